"""The sample letters: one to work on, one that went out, and figures to show."""

import pytest
from django.utils import timezone

import agencies.sample
from core import outbox
from taskforce.letters import sample
from taskforce.letters.documents import figures
from taskforce.letters.languages import Readiness, texts_of
from taskforce.letters.models import Letter
from taskforce.letters.workflow import Status

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded(db) -> None:
    agencies.sample.load()
    sample.load()


def test_the_letter_of_2011_is_a_draft_ready_to_be_cleared() -> None:
    letter = Letter.objects.get(reference="TF/2011/1")
    assert (letter.status, letter.missing()) == (Status.DRAFT, [])
    assert [agency.acronym for agency in letter.co_chairs(timezone.localdate())] == ["DPPA", "UNODC"]
    assert (letter.invitations.count(), letter.attachments.count(), letter.signatories.count()) == (5, 2, 3)


def test_the_letters_are_in_several_languages() -> None:
    [draft] = texts_of(Letter.objects.get(reference="TF/2011/1"))
    assert (draft.row.language, draft.state) == ("fr", Readiness.NOT_ASKED)
    sent = Letter.objects.get(status=Status.DISPATCHED)
    assert {one.state for one in texts_of(sent)} == {Readiness.READY}
    assert {"en", "fr"} <= set(sent.dispatches.get().recipients.values_list("language", flat=True))


def test_both_dates_of_the_letter_are_kept_with_their_sources() -> None:
    notes = Letter.objects.get(reference="TF/2011/1").notes.all()
    assert [note.statement[:16] for note in notes] == ["7 September 2011", "24 November 2012"]
    assert all(note.source for note in notes)


def test_the_small_letter_is_partly_answered() -> None:
    facts = figures(Letter.objects.get(status=Status.DISPATCHED))
    assert 0 < facts.acknowledged < facts.offices_reached < facts.offices
    assert sum(number for _state, _label, number in facts.states) == facts.offices
    assert sum(region.offices for region in facts.regions) == facts.offices
    for row in facts.invitations:
        assert sum(number for _choice, _label, number in row.counts) == facts.offices


def test_loading_again_adds_nothing_and_sends_nothing() -> None:
    before = Letter.objects.count()
    sample.load()
    assert Letter.objects.count() == before
    assert outbox.deliver() == 0
