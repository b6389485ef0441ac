"""No more deliveries at once than the relay has places; a session that ends leaves its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from core import outbox, places
from core.tasks import deliver_mail
from taskforce.celery import app
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(sink: Sink) -> Iterator[Sink]:
    """The relay, and a message that waits for it; no task is left in the queue."""
    outbox.enqueue(key="one", to="a@example.org", subject="A letter", text="Text.")
    app.control.purge()
    yield sink
    app.control.purge()


@pytest.fixture
def other() -> Iterator[Any]:
    """The session of another worker."""
    session = connection.copy()
    yield session
    session.close()


def takes(session: Any, place: int) -> bool:
    """Whether the place was free for that session, which holds it now."""
    with session.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [places.number(place)])
        return bool(cursor.fetchone()[0])


def test_where_another_worker_delivers_a_second_delivery_ends_and_begins_no_chain(waiting: Sink, other: Any) -> None:
    assert takes(other, 0)
    assert (deliver_mail(), waiting.addresses(), app.control.purge()) == (0, [], 0)


def test_a_worker_that_dies_leaves_its_place_to_the_next(waiting: Sink, other: Any) -> None:
    assert takes(other, 0)
    with other.cursor() as theirs, connection.cursor() as ours:
        theirs.execute("SELECT pg_backend_pid()")
        ours.execute("SELECT pg_terminate_backend(%s, 10000)", theirs.fetchone())  # waits for its end
    assert (deliver_mail(), waiting.addresses()) == (1, ["a@example.org"])


def test_as_many_deliver_at_once_as_are_wanted(waiting: Sink, other: Any, settings) -> None:
    settings.MAIL_CONNECTIONS = 2
    assert takes(other, 0)
    assert deliver_mail() == 1
    outbox.enqueue(key="two", to="b@example.org", subject="A letter", text="Text.")
    assert takes(other, 1)  # was left after the delivery
    assert deliver_mail() == 0


def test_each_relay_has_places_of_its_own(settings) -> None:
    first = {places.number(place) for place in range(3)}
    settings.EMAIL_HOST = "relay.example.org"
    assert len(first | {places.number(place) for place in range(3)}) == 6
