"""From the beat to the relay, with a real worker, broker and SMTP: one mail to the right person, once, under two beats."""

import datetime as dt

import pytest
from django.utils import timezone

from agencies.models import Obligation
from core.models import MessageState, OutgoingMessage, Sweep
from taskforce.celery import app
from taskforce.reminders.models import Notice, Reminder, Rule
from taskforce.reminders.steps import HOUR
from taskforce.reminders.tasks import sweep_reminders
from tests.cast import Cast, make_cast
from tests.factories import ObligationFactory, OfficeFactory, ResidentCoordinatorFactory
from tests.reminders.conftest import DUE, NOTED
from tests.smtp_sink import Sink
from tests.worker import Worker, eventually

ENTRY = "remind of what is due, once an hour"


def due_in_a_week(**party) -> Obligation:
    """Owed in seven days, by the clock of the sweep at Greenwich."""
    day = (timezone.now() - dt.timedelta(hours=HOUR)).date()
    return ObligationFactory(due_on=day + dt.timedelta(days=7), noted_on=day - dt.timedelta(days=30), **party)


def beat() -> None:
    """Send what the beat sends."""
    line = app.conf.beat_schedule[ENTRY]
    app.send_task(line["task"], **line["options"])


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_contribution_and_an_unanswered_letter_each_lead_to_one_mail(sink: Sink, worker: Worker) -> None:
    cast = make_cast()
    Rule.objects.all().delete()
    Rule.objects.create(days=-7, since=dt.date(2000, 1, 1))
    office = OfficeFactory(email="office@example.org")
    ResidentCoordinatorFactory(office=office, email="rc@example.org")
    due_in_a_week(agency=cast.agency_a)
    due_in_a_week(agency=None, office=office, kind="answer")
    for _beat in range(2):
        beat()
    eventually(lambda: OutgoingMessage.objects.filter(state=MessageState.HANDED_OVER).count() == 2)
    due_in_a_week(agency=cast.agency_b)
    Sweep.objects.filter(name="reminders").delete()
    beat()
    eventually(lambda: OutgoingMessage.objects.filter(state=MessageState.HANDED_OVER).count() == 3)
    assert sorted(sink.addresses()) == ["alice@example.org", "charlie@example.org", "rc@example.org"]
    assert (Reminder.objects.count(), Notice.objects.count(), OutgoingMessage.objects.count()) == (3, 3, 3)


def test_an_hour_is_swept_once_however_many_beats_ask(cast: Cast, time_machine) -> None:
    time_machine.move_to(dt.datetime(2030, 6, 16, 9, 10, tzinfo=dt.UTC), tick=False)
    Rule.objects.all().delete()
    Rule.objects.create(days=-14, since=dt.date(2000, 1, 1))
    ObligationFactory(agency=cast.agency_a, due_on=DUE, noted_on=NOTED)
    assert sweep_reminders() == 1
    ObligationFactory(agency=cast.agency_a, due_on=DUE, noted_on=NOTED)
    assert sweep_reminders() == 0
    time_machine.shift(3600)
    assert sweep_reminders() == 1
