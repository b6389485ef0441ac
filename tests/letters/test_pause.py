"""A dispatch that runs is paused and goes on, or is stopped meanwhile; a message that came back is noted by hand."""

import pytest
from django.urls import reverse

from core import jobs, outbox
from core.models import JobState, MessageState, OutgoingMessage
from taskforce.letters import dispatching
from taskforce.letters.models import Dispatch, Recipient, RecipientState
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.letters.scene import Scene, cleared, dispatched, office
from tests.letters.test_dispatch import deliver, run, states, status
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispatch(scene: Scene) -> Dispatch:
    """Released to two offices; nothing is prepared."""
    office("Fiji", person="Frank")
    office("Ghana", person="Gina")
    return dispatched(scene)


def test_a_pause_stops_the_preparation_and_it_goes_on_later(scene: Scene, sink: Sink, dispatch: Dispatch) -> None:
    client, letter = signed_in(scene.lea), dispatch.letter
    client.post(reverse("letters:pause", args=[letter.pk]))
    assert run(dispatch).state == JobState.CANCELLED
    assert not OutgoingMessage.objects.exists()
    page = client.get(letter.get_absolute_url()).content.decode()
    assert ("This dispatch is paused" in page, "Lea" in page, "has stopped" in page) == (True, True, False)
    jobs.run(dispatching.resume(dispatch=dispatch, by=scene.sam).pk)
    assert dispatching.job_of(dispatch).state == JobState.DONE
    deliver()
    assert sorted(sink.addresses()) == ["frank@example.org", "gina@example.org"]


def test_messages_that_wait_stay_through_a_pause(scene: Scene, sink: Sink, dispatch: Dispatch) -> None:
    run(dispatch)
    dispatching.pause(dispatch=dispatch, by=scene.sam)
    deliver()
    assert (sink.addresses(), states(dispatch)) == ([], {RecipientState.QUEUED: 2})
    assert dispatching.finish_dispatches() == 0
    signed_in(scene.lea).post(reverse("letters:resume", args=[dispatch.letter_id]))
    deliver()
    assert len(sink.addresses()) == 2


def test_a_paused_dispatch_can_be_stopped(scene: Scene, sink: Sink, dispatch: Dispatch) -> None:
    run(dispatch)
    dispatching.pause(dispatch=dispatch, by=scene.sam)
    dispatching.cancel_dispatch(dispatch=dispatch, by=scene.sam, at=dispatch.started_at)
    deliver()
    assert (sink.addresses(), outbox.hold_of(dispatch.pk)) == ([], None)
    assert status(dispatch) != Status.DISPATCHING


def test_who_may_not_send_may_not_pause(scene: Scene, dispatch: Dispatch) -> None:
    assert signed_in(scene.alice).post(reverse("letters:pause", args=[dispatch.letter_id])).status_code == 403
    assert outbox.hold_of(dispatch.pk) is None


@pytest.fixture
def fiji(sink: Sink, dispatch: Dispatch) -> Recipient:
    """The relay took the letter to Fiji."""
    run(dispatch)
    deliver()
    return dispatch.recipients.get(office_name="Fiji")


def test_it_is_noted_by_hand_that_a_letter_came_back(scene: Scene, fiji: Recipient) -> None:
    client, address = signed_in(scene.sam), reverse("letters:came_back", args=[fiji.pk])
    assert "Say why it came back." in client.post(address, {"reason": " "}).content.decode()
    client.post(address, {"reason": "The mailbox is closed"})
    row = Recipient.objects.for_list().get(pk=fiji.pk)
    assert (row.state, row.reason) == (RecipientState.BOUNCED, "The mailbox is closed (noted by Sam)")
    assert "Correct the address" in client.get(reverse("letters:recipient", args=[fiji.pk])).content.decode()
    client.post(reverse("letters:resolve", args=[fiji.pk]), {"arrived": "no"})
    assert Recipient.objects.with_state().get(pk=fiji.pk).state == RecipientState.BOUNCED
    client.post(reverse("letters:resolve", args=[fiji.pk]), {"arrived": "yes"})
    assert Recipient.objects.with_state().get(pk=fiji.pk).state == RecipientState.HANDED_OVER


def test_what_did_not_leave_cannot_come_back(scene: Scene, fiji: Recipient) -> None:
    OutgoingMessage.objects.filter(pk=fiji.message_id).update(state=MessageState.REFUSED)
    signed_in(scene.sam).post(reverse("letters:came_back", args=[fiji.pk]), {"reason": "Closed"})
    assert Recipient.objects.with_state().get(pk=fiji.pk).state == RecipientState.REFUSED


def test_the_check_page_says_how_long_it_takes(scene: Scene, settings) -> None:
    settings.MAIL_PER_MINUTE = 2
    for name in ("Chad", "Fiji", "Ghana"):
        office(name, person=f"{name}ian")
    page = signed_in(scene.sam).get(reverse("letters:dispatch", args=[cleared(scene).pk])).content.decode()
    assert "About 2 minutes" in page
