"""Editions are frozen, known by their hash, made with the rights of their audience and marked by what they contain."""

import hashlib

import pytest
from django.db import InternalError, transaction

from core import jobs
from core.models import Job, JobState, StoredFile
from taskforce.briefings import actions, tasks
from taskforce.briefings.actions import Chosen, ask_for_edition, make_edition
from taskforce.briefings.models import Edition
from taskforce.briefings.sections import NotOpen
from tests.briefings.scene import assessed, issued, pack_of
from tests.cast import Cast
from tests.paper import pages_of

assert tasks.edition  # the worker knows the kind of job by importing it


def quiet(_done: int, _total: int, _what: str) -> None:
    """Tells nobody."""


def test_the_hash_is_that_of_the_pdf(cast: Cast) -> None:
    edition = issued(pack_of(cast))
    assert edition.sha256 == hashlib.sha256(edition.file.read()).hexdigest()


def test_an_edition_cannot_be_changed(cast: Cast) -> None:
    edition = issued(pack_of(cast))
    with pytest.raises(InternalError), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(sensitivity=0, content={})
    with pytest.raises(InternalError), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).delete()


def test_the_frozen_values_are_those_of_the_day(cast: Cast) -> None:
    content = issued(pack_of(cast)).content
    values = content["chapters"][0]["content"]["values"]
    assert content["as_of"] == "2026-01-15"
    assert [body["acronym"] for body in values["chairs"]] == ["AAA"]
    assert content["chapters"][0]["figures"]["bodies"]["figure"]["value"] == "2"


def test_each_figure_has_a_source_and_a_day(cast: Cast) -> None:
    chosen = [Chosen("at_a_glance"), Chosen("schedule"), Chosen("heat_map", assessed(cast).pk)]
    chapters = issued(pack_of(cast, *chosen)).content["chapters"]
    figures = [each for chapter in chapters for each in chapter["figures"].values()]
    assert [each["number"] for each in figures] == list(range(1, len(figures) + 1))
    assert all(each["figure"]["source"] and each["figure"]["as_of"] for each in figures)


def test_the_next_edition_has_the_next_number(cast: Cast) -> None:
    pack = pack_of(cast)
    assert [issued(pack).number, issued(pack).number] == [1, 2]


def test_work_begun_again_makes_no_second_edition(cast: Cast) -> None:
    pack = pack_of(cast)
    job = ask_for_edition(pack=pack, by=cast.sam)
    assert make_edition(pack=pack, job=job, tell=quiet) == make_edition(pack=pack, job=job, tell=quiet)
    assert StoredFile.objects.count() == 1


def test_asked_for_twice_one_edition_is_made(cast: Cast) -> None:
    pack = pack_of(cast)
    assert ask_for_edition(pack=pack, by=cast.sam) == ask_for_edition(pack=pack, by=cast.lea)


def test_a_pack_takes_the_marking_of_what_it_contains(cast: Cast) -> None:
    secret = assessed(cast, sensitivity=1, tlp="amber")
    edition = issued(pack_of(cast, Chosen("at_a_glance"), Chosen("heat_map", secret.pk), audience="secretariat"))
    assert (edition.sensitivity, edition.tlp) == (1, "amber")
    assert all(page.count("Confidential · TLP:AMBER") >= 2 for page in pages_of(edition.file.read()))


def test_a_pack_for_the_members_shows_nothing_they_may_not_see(cast: Cast) -> None:
    """Sam may read the assessment, the audience may not."""
    pack = pack_of(cast, Chosen("heat_map", assessed(cast, sensitivity=1).pk))
    with pytest.raises(NotOpen):
        issued(pack, cast.sam)


def test_the_schedule_leaves_out_what_the_audience_may_not_see(cast: Cast) -> None:
    assessed(cast, title="Open matter")
    assessed(cast, title="Quiet matter", sensitivity=1)
    text = "".join(pages_of(issued(pack_of(cast, Chosen("schedule")), cast.sam).file.read()))
    assert "Open matter" in text
    assert "Quiet matter" not in text


def test_progress_names_each_section(cast: Cast) -> None:
    told = []
    pack = pack_of(cast, Chosen("at_a_glance"), Chosen("schedule"))
    make_edition(pack=pack, job=ask_for_edition(pack=pack, by=cast.sam), tell=lambda *step: told.append(step))
    assert [(done, total) for done, total, _what in told] == [(0, 3), (1, 3), (2, 3)]
    assert [what for _done, _total, what in told] == [
        "The mechanism at a glance",
        "Schedule of assessments",
        "Setting the pages",
    ]


def test_a_pack_that_cannot_be_set_fails_alone_and_says_why(cast: Cast, monkeypatch) -> None:
    poisoned, sound = ask_for_edition(pack=pack_of(cast), by=cast.sam), ask_for_edition(pack=pack_of(cast), by=cast.sam)
    with monkeypatch.context() as patch:
        patch.setattr(actions, "SHEETS", ("css/none.css",))
        jobs.run(poisoned.pk)
    jobs.run(sound.pk)
    states = {job.pk: (job.state, job.message) for job in Job.objects.all()}
    assert states[poisoned.pk][0] == JobState.FAILED
    assert "css/none.css" in states[poisoned.pk][1]
    assert states[sound.pk] == (JobState.DONE, "")


def test_rights_lost_meanwhile_end_the_work(cast: Cast) -> None:
    job = ask_for_edition(pack=pack_of(cast, by=cast.alice), by=cast.alice)
    cast.alice.seats.all().delete()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert not Edition.objects.exists()
