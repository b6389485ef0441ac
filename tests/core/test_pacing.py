"""A dispatch can be paused at any moment, and the relay is given no more messages a minute than it takes."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core import outbox, pacing
from core.models import MessageState, OutgoingMessage, Pace, SendHold
from core.outbox import sending
from tests.cast import Cast
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db
BATCH = uuid.uuid4()


def queue(number: int, batch: uuid.UUID | None = BATCH) -> None:
    for one in range(number):
        outbox.enqueue(key=f"{batch}:{one}", to=f"a{one}@example.org", subject="A letter", text="Text.", batch=batch)


def test_a_paused_dispatch_waits_and_others_leave(cast: Cast, sink: Sink) -> None:
    queue(2)
    queue(1, batch=None)
    assert outbox.pause_batch(BATCH, reason="Letter", by=cast.sam)
    assert not outbox.pause_batch(BATCH, reason="Letter", by=cast.sam)
    assert outbox.deliver() == 1
    assert outbox.hold_of(BATCH).held_by == cast.sam
    outbox.resume_batch(BATCH, by=cast.lea)
    assert (outbox.deliver(), outbox.hold_of(BATCH)) == (2, None)


def test_what_was_claimed_before_a_pause_does_not_pass_the_fence(cast: Cast, sink: Sink) -> None:
    queue(1)
    token = uuid.uuid4()
    [message] = outbox.claim(token)
    outbox.pause_batch(BATCH, reason="Letter", by=cast.sam)
    assert not sending._fence(message, token)
    outbox.resume_batch(BATCH, by=cast.sam)
    assert not sending._fence(message, token)
    assert outbox.deliver() == 1


def test_a_claim_that_did_not_see_the_pause_meets_it_at_the_fence(cast: Cast) -> None:
    queue(1)
    token = uuid.uuid4()
    [message] = outbox.claim(token)
    SendHold.objects.create(batch=BATCH, reason="Letter")
    assert not sending._fence(message, token)


def test_the_end_of_a_stop_of_all_mail_does_not_end_a_pause(cast: Cast, sink: Sink) -> None:
    queue(1)
    outbox.pause_batch(BATCH, reason="Letter", by=cast.sam)
    outbox.pause("Maintenance")
    outbox.release(by=cast.ada)
    assert (outbox.deliver(), outbox.on_hold()) == (0, False)
    assert outbox.cancel(BATCH) == 1


def test_the_relay_gets_no_more_a_minute_than_it_takes(settings, sink: Sink) -> None:
    settings.MAIL_PER_MINUTE = 24
    queue(60)
    given = []
    with time_machine.travel(timezone.now() + timedelta(seconds=1), tick=False) as clock:
        for _second in range(120):
            given.append(sum(outbox.deliver() for _worker in range(3)))
            clock.shift(1)
    assert max(given) == 2
    assert (sum(given[:60]), sum(given)) == (24, 48)


def test_the_pace_is_known_to_whoever_asks(settings, sink: Sink) -> None:
    assert (pacing.minutes(100), pacing.wait()) == (None, 0)
    settings.MAIL_PER_MINUTE = 60
    queue(5)
    assert outbox.deliver() == 5
    assert 4 < pacing.wait() <= 5
    assert (pacing.minutes(100), pacing.minutes(60)) == (2, 1)
    assert Pace.objects.count() == 1
    assert OutgoingMessage.objects.filter(state=MessageState.HANDED_OVER).count() == 5
