"""The silence procedure: adopted at the end of the day unless somebody objects; reservations stand beside it."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from agencies.models import Obligation
from core.models import OutgoingMessage
from core.workflow import IllegalMove
from taskforce.letters import actions, silence
from taskforce.letters.models import Letter
from taskforce.letters.stages import stages_of
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.letters.scene import TODAY, Scene, clear, clearance_of, draft

pytestmark = pytest.mark.django_db

LAST = TODAY + dt.timedelta(7)  # 28 November 2026: it ends at 05:00 UTC of the next day
END = dt.datetime(2026, 11, 29, 5, 0, tzinfo=dt.UTC)


def running(scene: Scene, *, with_members: bool = False) -> Letter:
    """A letter that is adopted unless somebody objects."""
    return actions.submit_letter(
        letter=draft(scene), clear_by=LAST, by=scene.sam, on=TODAY, in_silence=True, with_members=with_members
    )


def said(letter: Letter) -> dict[str, str]:
    return {row.agency.acronym: row.state for row in letter.clearances.for_list(TODAY)}


def test_it_is_adopted_when_the_last_day_is_over_in_new_york(scene: Scene) -> None:
    letter = running(scene)
    assert silence.adopt_due(END - dt.timedelta(seconds=1)) == 0
    there, here = "the end of 28 November 2026 (UTC−05:00, New York)", "29 November 2026, 05:00 (UTC)"
    assert stages_of(letter)[1].next == f"adopted at {there}; where you are, {here}, unless somebody objects before"
    with timezone.override("America/New_York"):
        assert stages_of(letter)[1].next == f"adopted at {there}, unless somebody objects before"
    assert (silence.adopt_due(END), silence.adopt_due(END)) == (1, 0)
    letter.refresh_from_db()
    assert (letter.status, said(letter)) == (Status.IN_SIGNATURE, {"AAA": "silent", "CCC": "silent"})
    assert (letter.silences.get().state, letter.signings.count()) == ("adopted", 2)
    assert not Obligation.objects.open().filter(kind="clearance").exists()


def test_the_co_chairs_are_told_or_all_members(scene: Scene) -> None:
    running(scene)
    assert set(OutgoingMessage.objects.values_list("to", flat=True)) == {"alice@example.org", "dora@example.org"}


def test_everyone_is_told_the_end_where_they_are(scene: Scene) -> None:
    User.objects.filter(pk=scene.dora.pk).update(time_zone="Asia/Bangkok")
    letter = running(scene)
    told = OutgoingMessage.objects.get(to="dora@example.org").text
    assert "the end of 28 November 2026 (UTC−05:00, New York); where you are, 29 November 2026, 12:00" in told
    page = signed_in(User.objects.get(pk=scene.dora.pk)).get(letter.get_absolute_url()).content.decode()
    assert page.count("where you are, 29 November 2026, 12:00 (UTC+07:00, Bangkok)") == 2


def test_members_are_asked_where_that_was_chosen(scene: Scene) -> None:
    letter = running(scene, with_members=True)
    assert OutgoingMessage.objects.filter(to="charlie@example.org").count() == 1
    assert Letter.objects.visible_to(scene.cast.charlie).contains(letter)
    asked = clearance_of(letter, scene.cast.charlie)
    actions.object_to_letter(clearance=asked, comment="Too early.", by=scene.cast.charlie, at=timezone.now())
    assert letter.silences.get().state == "broken"


def test_an_objection_stops_it_and_says_who_and_why(scene: Scene) -> None:
    letter = running(scene)
    asked = clearance_of(letter, scene.dora)
    actions.object_to_letter(clearance=asked, comment="The title is wrong.", by=scene.dora, at=timezone.now())
    assert silence.adopt_due(END) == 0
    page = signed_in(scene.sam).get(letter.get_absolute_url()).content.decode()
    assert all(words in page for words in ("Silence broken", "The title is wrong.", "Dora"))
    assert Letter.objects.get().status == Status.IN_CLEARANCE


def test_reservations_and_explicit_clearances_stand_beside_the_adoption(scene: Scene) -> None:
    letter = running(scene, with_members=True)
    clear(letter, scene.alice)
    page = reverse("letters:clearance", args=[clearance_of(letter, scene.dora).pk])
    client = signed_in(scene.dora)
    assert client.post(page, {"decision": "reserve"}).status_code == 422
    client.post(page, {"decision": "reserve", "comment": "We read “support” as advice."})
    assert silence.adopt_due(END) == 1
    assert said(letter) == {"AAA": "cleared", "BBB": "silent", "CCC": "reserved"}


def test_it_ends_early_when_nobody_is_left_to_be_silent(scene: Scene) -> None:
    letter = running(scene)
    clear(letter, scene.alice)
    assert clear(letter, scene.dora).status == Status.IN_SIGNATURE
    assert letter.silences.get().state == "adopted"


def test_an_objection_after_the_end_comes_too_late_even_before_the_sweep(scene: Scene) -> None:
    asked = clearance_of(running(scene), scene.dora)
    with time_machine.travel(END), pytest.raises(IllegalMove, match="silence is over"):
        actions.object_to_letter(clearance=asked, comment="Too late.", by=scene.dora, at=timezone.now())


def test_a_change_withdraws_the_silence(scene: Scene) -> None:
    letter = actions.revise(letter=running(scene), by=scene.sam)
    assert (letter.silences.get().state, silence.adopt_due(END)) == ("withdrawn", 0)


def test_it_is_chosen_when_the_letter_is_submitted(scene: Scene) -> None:
    letter = draft(scene)
    day = {"clear_by_day": LAST.day, "clear_by_month": LAST.month, "clear_by_year": LAST.year}
    client = signed_in(scene.sam)
    client.post(reverse("letters:submit", args=[letter.pk]), {"way": "silence_all", **day})
    procedure = letter.silences.get()
    assert (procedure.ends_on, procedure.with_members, procedure.started_by) == (LAST, True, scene.sam)
