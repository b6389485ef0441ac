"""A worker killed with -9 while it sets letters: nothing is lost, nothing goes out twice. While it sends: see `chaos`."""

import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from core import jobs, outbox
from core.models import Job, MessageState, OutgoingMessage
from taskforce.letters.models import Dispatch, RecipientState
from tests.cast import make_cast
from tests.letters.scene import PLAIN, dispatched, make_scene, office
from tests.smtp_sink import Sink
from tests.worker import Worker, eventually

OFFICES = 120
pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dispatch(transactional_db, sink: Sink, worker: Worker) -> Dispatch:
    """A dispatch to more offices than fit into one transaction, begun by a person while a real worker runs."""
    scene = make_scene(make_cast())
    for number in range(OFFICES):
        office(f"Office{number:03}", person=f"Person{number:03}")
    month = timezone.localdate() + timedelta(days=30)  # the worker's day is today, not that of the other tests
    return dispatched(scene, replace(PLAIN, deadline=month.isoformat()))


def sweep() -> None:
    """What beat does every half minute."""
    outbox.reap()
    outbox.wake()
    jobs.sweep()


def settled(dispatch: Dispatch) -> bool:
    waiting = [MessageState.QUEUED, MessageState.IN_FLIGHT]
    unsent = OutgoingMessage.objects.of(dispatch.pk).filter(state__in=waiting)
    return not dispatch.recipients.to_prepare().exists() and not unsent.exists()


def check(dispatch: Dispatch, sink: Sink) -> None:
    """Every office has exactly one message in the sink, or its row says that nobody knows; none has two."""
    taken = Counter(sink.addresses())
    assert max(taken.values()) == 1
    assert OutgoingMessage.objects.of(dispatch.pk).count() == OFFICES
    for row in dispatch.recipients.with_state():
        if row.state == RecipientState.HANDED_OVER:
            assert taken[row.email] == 1
        else:
            assert (row.state, taken[row.email] <= 1) == (RecipientState.UNCERTAIN, True)


def test_killed_while_letters_are_set(dispatch: Dispatch, worker: Worker, sink: Sink) -> None:
    eventually(lambda: OutgoingMessage.objects.exists())
    assert dispatch.recipients.to_prepare().exists(), "it was to be killed before all are prepared"
    worker.kill()
    time.sleep(1)
    before = len(sink.taken)
    worker.start()
    end_of_lease(dispatch)
    eventually(lambda: sweep() or settled(dispatch), seconds=120)
    assert len(sink.taken) >= before
    assert Job.objects.get(subject_id=dispatch.pk).state == "done"
    check(dispatch, sink)


def end_of_lease(dispatch: Dispatch) -> None:
    """Let the dead sender's leases run out now instead of in minutes."""
    OutgoingMessage.objects.of(dispatch.pk).exclude(lease_until=None).update(lease_until=timezone.now())
