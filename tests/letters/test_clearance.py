"""Both co-chairs clear a letter; a change takes every clearance back; nobody else has a say."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from agencies.models import Agency, Obligation
from core.models import OutgoingMessage
from core.workflow import IllegalMove
from taskforce.letters import actions
from taskforce.letters.models import Clearance, Letter
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.letters.scene import (
    PLAIN,
    TEXT,
    TODAY,
    Scene,
    clear,
    clearance_of,
    cleared,
    dispatched,
    draft,
    office,
    submitted,
)

pytestmark = pytest.mark.django_db


def test_a_letter_is_cleared_when_both_co_chairs_have(scene: Scene) -> None:
    letter = submitted(scene)
    assert clear(letter, scene.alice).status == Status.IN_CLEARANCE
    assert clear(letter, scene.dora).status == Status.IN_SIGNATURE


def test_each_co_chair_owes_its_clearance_until_it_clears(scene: Scene) -> None:
    letter = submitted(scene)
    owed = Obligation.objects.open().filter(kind="clearance")
    assert {row.agency_id for row in owed} == letter.party_ids()
    clear(letter, scene.alice)
    assert [row.subject_id for row in owed.all()] == [clearance_of(letter, scene.dora).pk]


@pytest.mark.usefixtures("catalogues")
def test_what_is_owed_is_read_by_each_in_their_own_language(scene: Scene) -> None:
    with translation.override("ar"):
        clear(submitted(scene), scene.alice)
    done, owed = Obligation.objects.filter(kind="clearance").order_by("closed_at")
    assert (owed.what, done.outcome) == (f"Clear letter {TEXT.reference} {TEXT.subject}", "Cleared")
    with translation.override("ar"):
        assert (owed.said, done.ended) == (f"الموافقة على الرسالة {TEXT.reference} {TEXT.subject}", "تمت الموافقة")


def test_a_member_that_is_no_co_chair_cannot_clear(scene: Scene) -> None:
    letter = submitted(scene)
    with pytest.raises(PermissionDenied):
        actions.clear_letter(clearance=clearance_of(letter, scene.alice), by=scene.cast.charlie, at=timezone.now())


def test_a_co_chair_cannot_clear_for_the_other(scene: Scene) -> None:
    letter = submitted(scene)
    with pytest.raises(PermissionDenied):
        actions.clear_letter(clearance=clearance_of(letter, scene.dora), by=scene.alice, at=timezone.now())


def test_an_alternate_does_not_clear(scene: Scene) -> None:
    letter = submitted(scene)
    with pytest.raises(PermissionDenied):
        actions.clear_letter(clearance=clearance_of(letter, scene.alice), by=scene.cast.bob, at=timezone.now())


def test_a_change_of_the_text_withdraws_what_was_cleared(scene: Scene) -> None:
    letter = cleared(scene)
    changed = replace(TEXT, body=TEXT.body + "\n\nOne more thing.")
    letter = actions.change_letter(letter=letter, version=1, text=changed, by=scene.sam)
    assert (letter.status, letter.version) == (Status.DRAFT, 2)
    assert set(letter.clearances.values_list("state", flat=True)) == {Clearance.State.WITHDRAWN}
    assert not letter.is_cleared()


def test_a_change_of_an_invitation_withdraws_too(scene: Scene) -> None:
    letter = cleared(scene)
    changed = replace(TEXT, invitations=(*TEXT.invitations, "A third"))
    assert actions.change_letter(letter=letter, version=1, text=changed, by=scene.sam).status == Status.DRAFT


def test_saving_without_a_change_withdraws_nothing(scene: Scene) -> None:
    letter = actions.change_letter(letter=cleared(scene), version=1, text=TEXT, by=scene.sam)
    assert (letter.status, letter.version) == (Status.IN_SIGNATURE, 1)


def test_after_a_change_both_are_asked_anew(scene: Scene) -> None:
    letter = cleared(scene)
    actions.revise(letter=letter, by=scene.sam)
    letter = actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.sam, on=TODAY)
    assert [row.state for row in letter.clearances.current()] == ["asked", "asked"]
    assert Obligation.objects.open().filter(kind="clearance").count() == 2


def test_an_objection_says_why_and_holds_the_letter(scene: Scene) -> None:
    letter = submitted(scene)
    clear(letter, scene.alice)
    asked = clearance_of(letter, scene.dora)
    letter = actions.object_to_letter(clearance=asked, comment="The title is wrong.", by=scene.dora, at=timezone.now())
    assert (letter.status, letter.is_cleared()) == (Status.IN_CLEARANCE, False)
    assert clear(letter, scene.dora).status == Status.IN_SIGNATURE


def test_a_withdrawn_question_cannot_be_answered(scene: Scene) -> None:
    letter = submitted(scene)
    asked = clearance_of(letter, scene.alice)
    actions.revise(letter=letter, by=scene.sam)
    with pytest.raises(IllegalMove):
        actions.clear_letter(clearance=asked, by=scene.alice, at=timezone.now())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": " "}, "text is empty"),
        ({"body": "{{ offic }}"}, "not a merge field"),
        ({"signatories": ()}, "Nobody signs"),
        ({"deadline": "2026-11-20"}, "has passed"),
        ({"sensitivity": 2}, "Strictly Confidential"),
    ],
)
def test_an_unready_draft_is_not_submitted(scene: Scene, change: dict[str, object], words: str) -> None:
    letter = draft(scene, replace(TEXT, **change))
    with pytest.raises(IllegalMove, match=words):
        actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.lea, on=TODAY)


def test_only_the_secretariat_writes(scene: Scene) -> None:
    with pytest.raises(PermissionDenied):
        actions.submit_letter(letter=draft(scene), clear_by=TODAY, by=scene.alice, on=TODAY)


def test_two_people_saving_meet_a_conflict(scene: Scene) -> None:
    letter = draft(scene)
    actions.change_letter(letter=letter, version=1, text=replace(TEXT, subject="By Sam"), by=scene.sam)
    with pytest.raises(actions.Conflict) as conflict:
        actions.change_letter(letter=letter, version=1, text=replace(TEXT, subject="By Lea"), by=scene.cast.lea)
    assert conflict.value.letter.subject == "By Sam"


def test_a_co_chair_is_asked_by_its_own_clock(scene: Scene) -> None:
    Agency.objects.filter(pk=scene.cast.agency_a.pk).update(time_zone="Asia/Bangkok")
    asked = clearance_of(submitted(scene), scene.alice)
    assert Obligation.objects.get(subject_id=asked.pk).time_zone == "Asia/Bangkok"


def test_a_co_chair_whose_clearance_was_withdrawn_no_longer_sees_the_letter(scene: Scene) -> None:
    letter = cleared(scene)
    assert Letter.objects.visible_to(scene.alice).contains(letter)
    actions.revise(letter=letter, by=scene.sam)
    assert not Letter.objects.visible_to(scene.alice).exists()


def test_closing_a_letter_asks_the_database_the_same_for_any_number_of_offices(scene: Scene) -> None:
    counts = []
    for number, name in enumerate(["Fiji", "Ghana", "Chad"], start=1):
        office(name, person=f"P{number}")
        letter = dispatched(scene, replace(PLAIN, reference=f"TF/2026/{number}")).letter
        OutgoingMessage.objects.all().delete()
        Letter.objects.filter(pk=letter.pk).update(status=Status.DISPATCHED)
        letter.dispatches.get().recipients.update(acknowledged_at=timezone.now(), acknowledged_by="Frank")
        with CaptureQueriesContext(connection) as asked:
            actions.close_letter(letter=letter, by=scene.sam)
        counts.append(len(asked))
    assert len(set(counts)) == 1


def test_what_was_said_of_an_earlier_text_stands_apart(scene: Scene) -> None:
    letter = submitted(scene)
    objected = clearance_of(letter, scene.dora)
    actions.object_to_letter(clearance=objected, comment="Too long.", by=scene.dora, at=timezone.now())
    actions.revise(letter=letter, by=scene.sam)
    page = signed_in(scene.sam).get(letter.get_absolute_url()).content.decode()
    assert "2 withdrawn by changes" in page
    assert "Objected" in page
