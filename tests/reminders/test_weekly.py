"""Whoever wants it so gets what can wait in one mail on Monday morning. 30 June 2030 is a Sunday; 17 June a Monday."""

import datetime as dt

import pytest

from agencies.actions import settle
from agencies.models import FocalPoint, Obligation
from agencies.people.models import MailChoice, Rhythm
from core.dates import span
from core.models import OutgoingMessage
from taskforce.reminders import actions
from taskforce.reminders.models import Notice, Outcome, Reminder
from tests.cast import Cast
from tests.factories import ObligationFactory
from tests.reminders.conftest import DUE, NOTED, at


@pytest.fixture
def weekly(cast: Cast) -> MailChoice:
    """Alice, in Nairobi, wants one mail a week."""
    cast.alice.time_zone = "Africa/Nairobi"
    cast.alice.save()
    return MailChoice.objects.create(person=cast.alice, rhythm=Rhythm.WEEKLY)


def test_what_can_wait_comes_on_monday_in_one_mail(
    owed: Obligation, weekly: MailChoice, cast: Cast, time_machine
) -> None:
    ObligationFactory(agency=cast.agency_a, what="Contribution on West Africa, second part", due_on=DUE, noted_on=NOTED)
    time_machine.move_to(at(16))
    actions.sweep(at(16))
    assert not OutgoingMessage.objects.exists()
    assert {reminder.outcome for reminder in Reminder.objects.all()} == {Outcome.WEEKLY}
    actions.sweep(at(17, hour=3))
    assert not OutgoingMessage.objects.exists(), "it is six in Nairobi"
    actions.sweep(at(17, hour=4))
    text = OutgoingMessage.objects.get(to="alice@example.org").text
    assert "Contribution on West Africa\n" in text
    assert "second part" in text
    assert "13 days are left" in text
    assert "as Focal point of AAA" in text
    assert {reminder.outcome for reminder in Reminder.objects.all()} == {Outcome.MAILED}
    actions.sweep(at(17, hour=5))
    assert OutgoingMessage.objects.count() == 1


def test_a_monday_without_the_portal_is_made_good_on_tuesday(owed, weekly, time_machine) -> None:
    time_machine.move_to(at(16))
    actions.sweep(at(16))
    actions.sweep(at(18))
    assert OutgoingMessage.objects.count() == 1


def test_what_is_due_before_the_next_monday_mail_comes_at_once(owed, weekly, time_machine) -> None:
    time_machine.move_to(at(29))
    actions.sweep(at(29))
    assert OutgoingMessage.objects.get().subject.endswith("due on 30 June 2030")


def test_what_is_done_by_monday_needs_no_mail(owed: Obligation, weekly, time_machine) -> None:
    time_machine.move_to(at(16))
    actions.sweep(at(16))
    settle(owed.subject_id, kind=owed.kind)
    actions.sweep(at(17))
    assert Reminder.objects.get().outcome == Outcome.NOT_NEEDED
    assert not OutgoingMessage.objects.exists()


def test_who_left_the_seat_by_monday_is_not_told_but_the_next_one_is(owed, weekly, cast: Cast, time_machine) -> None:
    time_machine.move_to(at(16))
    actions.sweep(at(16))
    FocalPoint.objects.filter(person=cast.alice).update(valid=span(dt.date(2010, 1, 1), dt.date(2030, 6, 16)))
    actions.sweep(at(17))
    assert [message.to for message in OutgoingMessage.objects.all()] == ["bob@example.org"]


def test_a_principal_hears_at_once_that_a_deadline_has_passed(owed, weekly, cast: Cast) -> None:
    FocalPoint.objects.filter(person=cast.alice).update(capacity="principal")
    actions.sweep(at(14, month=7))
    notice = Notice.objects.get(person=cast.alice, reminder__audience="principal")
    assert notice.message is not None


def test_the_other_focal_point_is_reminded_as_ever(owed, weekly, cast: Cast) -> None:
    FocalPoint.objects.filter(person=cast.bob).update(capacity="focal_point")
    actions.sweep(at(16))
    assert OutgoingMessage.objects.get().to == "bob@example.org"
    assert Reminder.objects.get().outcome == Outcome.MAILED
