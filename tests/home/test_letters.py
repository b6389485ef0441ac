"""The main job on the dashboard: a letter asks its co-chairs, then the secretariat, then is news; its subject stays in if restricted."""

from collections.abc import Iterator

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Obligation
from core.sensitivity import Sensitivity
from taskforce.home.dashboard import dashboard_of
from taskforce.letters import actions
from taskforce.letters.models import Letter
from tests.cast import Cast
from tests.letters.scene import NOW, Scene, clear, clearance_of, draft, make_scene, signed, submitted


@pytest.fixture
def scene(cast: Cast) -> Iterator[Scene]:
    """Two co-chairs, on a fixed morning."""
    with time_machine.travel(NOW, tick=True):
        yield make_scene(cast)


def needs(user) -> list[tuple[str, str]]:
    return [(need.what, need.url) for need in dashboard_of(user, timezone.now(), "en").urgent]


def test_each_co_chair_is_asked_for_its_own_clearance(scene: Scene) -> None:
    letter = submitted(scene)
    for person in (scene.alice, scene.dora):
        page = f"/letters/clearances/{clearance_of(letter, person).pk}/"
        assert needs(person) == [(f"Clear letter {letter}", page)]
    clear(letter, scene.alice)
    assert needs(scene.alice) == []


def test_a_cleared_letter_waits_for_the_secretariat(scene: Scene) -> None:
    letter = submitted(scene)
    assert needs(scene.sam) == []
    clear(letter, scene.alice)
    letter = clear(letter, scene.dora)
    assert needs(scene.sam) == [("Have a letter signed", f"/letters/{letter.pk}/")]
    signed(scene, letter)
    assert needs(scene.sam) == [("Send a letter", f"/letters/{letter.pk}/")]


def test_an_objection_waits_for_the_secretariat(scene: Scene) -> None:
    letter = submitted(scene)
    actions.object_to_letter(
        clearance=clearance_of(letter, scene.alice), by=scene.alice, at=timezone.now(), comment="Too long"
    )
    assert needs(scene.sam) == [("Answer an objection to a letter", f"/letters/{letter.pk}/")]


def test_the_subject_of_a_restricted_letter_stays_out_of_lists_and_mail(scene: Scene) -> None:
    letter = draft(scene)
    Letter.objects.filter(pk=letter.pk).update(sensitivity=Sensitivity.CONFIDENTIAL)
    letter.refresh_from_db()
    actions.submit_letter(letter=letter, clear_by=NOW.date(), by=scene.sam, on=NOW.date())
    assert {owed.what for owed in Obligation.objects.all()} == {f"Clear letter {letter.reference}"}
