"""Two people send a letter: what one asked for another one releases, exactly that or nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from agencies.models import ResidentCoordinator
from core.workflow import IllegalMove
from taskforce.home.needs import of_house
from taskforce.letters import actions, releasing
from taskforce.letters.models import Dispatch, Letter, Release
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.factories import RoleAssignmentFactory
from tests.letters.scene import NOW, Scene, approved, asked, dispatched, office, ready, released, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _offices(db) -> None:
    office("Fiji", countries=5, person="Frank")
    office("Ghana", person="Gina", interim=True)


def status(letter: Letter) -> str:
    return Letter.objects.get(pk=letter.pk).status


def needs(person) -> list[str]:
    return [need.what for need in of_house(person, timezone.localdate(), "en")]


def test_one_asks_and_another_releases_what_was_shown(scene: Scene) -> None:
    letter = ready(scene)
    first, second = signed_in(scene.sam), signed_in(scene.lea)
    check, release = (reverse(f"letters:{name}", args=[letter.pk]) for name in ("dispatch", "release"))
    first.post(check, {"approved": first.get(check).context["plan"].sha256})
    assert status(letter) == Status.READY
    page = second.get(check)
    assert "Release to 2 offices" in page.content.decode()
    second.post(release, {"approved": page.context["plan"].sha256})
    dispatch = letter.dispatches.get()
    assert (status(letter), dispatch.release.asked_by, dispatch.started_by) == (
        Status.DISPATCHING,
        scene.sam,
        scene.lea,
    )


def test_who_asked_does_not_release(scene: Scene) -> None:
    waiting = asked(scene)
    with pytest.raises(IllegalMove, match="You asked for this dispatch"):
        released(waiting, scene.lea)
    page = signed_in(scene.lea).get(reverse("letters:dispatch", args=[waiting.letter_id])).content.decode()
    assert ("Release to" in page, "somebody else must release it" in page) == (False, True)


def test_who_cleared_it_does_not_release(scene: Scene) -> None:
    waiting = asked(scene)
    waiting.letter.clearances.filter(decided_by=scene.alice).update(decided_by=scene.sam)
    with pytest.raises(IllegalMove, match="You cleared this letter"):
        released(waiting, scene.sam)


def test_nor_does_the_database_let_one_person_do_both(scene: Scene) -> None:
    waiting = asked(scene)
    dispatch = released(waiting, scene.sam)
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(dispatch=dispatch).update(ended_by=scene.lea)


def test_a_focal_point_neither_asks_nor_releases(scene: Scene) -> None:
    letter = ready(scene)
    with pytest.raises(PermissionDenied):
        releasing.ask(
            letter=letter, approved=approved(letter), by=scene.alice, on=timezone.localdate(), at=timezone.now()
        )
    with pytest.raises(PermissionDenied):
        released(asked(scene, letter=letter), scene.cast.bob)


def test_what_changed_since_it_was_shown_is_not_asked_for(scene: Scene) -> None:
    letter = ready(scene)
    client, url = signed_in(scene.sam), reverse("letters:dispatch", args=[letter.pk])
    shown = client.get(url).context["plan"].sha256
    office("Chad", person="Carl")
    assert client.post(url, {"approved": shown}).status_code == 409
    assert not letter.releases.exists()


def test_what_changed_since_it_was_asked_for_is_told_and_not_released(scene: Scene) -> None:
    waiting = asked(scene)
    office("Chad", person="Carl")
    ResidentCoordinator.objects.filter(name="Frank").update(email="f@example.org")
    client = signed_in(scene.sam)
    answer = client.post(reverse("letters:release", args=[waiting.letter_id]), {"approved": waiting.sha256})
    page = answer.content.decode()
    assert (answer.status_code, Dispatch.objects.exists()) == (409, False)
    assert "Chad would get it now, and was not on the list." in page
    assert "Fiji has another addressee, address or country than on the list." in page
    assert "Release to" not in page


def test_what_is_asked_anew_takes_the_place_of_what_waits(scene: Scene) -> None:
    waiting = asked(scene)
    office("Chad", person="Carl")
    again = asked(scene, letter=waiting.letter)
    with pytest.raises(IllegalMove, match="taken back"):
        released(waiting, scene.sam)
    assert released(again, scene.sam).recipients.count() == 3


def test_another_release_than_the_one_that_was_looked_at_is_not_released(scene: Scene) -> None:
    waiting = asked(scene)
    office("Chad", person="Carl")
    asked(scene, letter=waiting.letter)
    client = signed_in(scene.sam)
    answer = client.post(reverse("letters:release", args=[waiting.letter_id]), {"approved": waiting.sha256})
    assert (answer.status_code, Dispatch.objects.exists()) == (409, False)


def test_released_the_next_day_the_letter_bears_the_date_that_was_asked_for(scene: Scene) -> None:
    waiting = asked(scene)
    with time_machine.travel(NOW + timedelta(days=1)):
        dispatch = released(waiting, scene.sam)
    assert (dispatch.day, dispatch.sha256) == (waiting.day, waiting.sha256)


def test_what_is_taken_back_is_not_released_and_can_be_asked_again(scene: Scene) -> None:
    waiting = asked(scene)
    signed_in(scene.sam).post(reverse("letters:take_back", args=[waiting.letter_id]))
    with pytest.raises(IllegalMove, match="taken back"):
        released(waiting, scene.sam)
    assert released(asked(scene, letter=waiting.letter), scene.sam).recipients.count() == 2


@pytest.mark.parametrize("step", [actions.revise, actions.withdraw_letter])
def test_a_letter_that_is_taken_from_the_cleared_ones_waits_for_nobody(scene: Scene, step) -> None:
    waiting = asked(scene)
    step(letter=waiting.letter, by=scene.sam)
    assert not Release.objects.open().exists()


def test_it_waits_on_the_dashboard_of_the_second_person_only(scene: Scene) -> None:
    letter = ready(scene)
    assert needs(scene.sam) == needs(scene.lea) == ["Send a letter"]
    asked(scene, letter=letter)
    assert (needs(scene.sam), needs(scene.lea), needs(scene.alice)) == (["Release a dispatch"], [], [])
    letter.clearances.filter(decided_by=scene.alice).update(decided_by=scene.sam)
    assert needs(scene.sam) == []


def test_a_second_lead_may_release_what_the_lead_asked_for(scene: Scene) -> None:
    RoleAssignmentFactory(user=scene.cast.nobody, role="secretariat_lead")
    assert released(asked(scene), scene.cast.nobody).started_by == scene.cast.nobody


def test_a_letter_that_is_not_cleared_is_not_asked_for(scene: Scene) -> None:
    with pytest.raises(IllegalMove, match="is dispatched when it is signed"):
        asked(scene, letter=submitted(scene))


def test_the_history_names_who_released(scene: Scene) -> None:
    dispatch = dispatched(scene)
    page = signed_in(scene.sam).get(reverse("letters:history", args=[dispatch.letter_id])).content.decode().lower()
    assert "released or taken back by" in page
