"""The mail says what is owed, by when and where, to whom, and how it stops; nothing of it twice."""

import datetime as dt
import threading

import pytest
from django.db import connection

from agencies.actions import settle
from agencies.models import Obligation
from core import outbox
from core.models import MessageState, OutgoingMessage
from core.tokens import unseal
from taskforce.reminders import actions, steps
from taskforce.reminders.models import Outcome, Reminder, Rule
from tests.cast import Cast
from tests.factories import ObligationFactory, OfficeFactory
from tests.reminders.conftest import DUE, NOTED, at
from tests.smtp_sink import Sink


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at(16), "Due on 30 June 2030 (UTC): 14 days are left."),
        (at(29), "Due on 30 June 2030 (UTC): 1 day is left."),
        (at(30), "Due today, 30 June 2030 (UTC)."),
        (at(7, month=7), "Was due on 30 June 2030 (UTC), 7 days ago."),
    ],
)
def test_it_says_how_long_there_is(owed: Obligation, moment: dt.datetime, words: str) -> None:
    actions.sweep(moment)
    assert words in OutgoingMessage.objects.get().text


def test_it_names_party_matter_recipient_and_link(owed: Obligation, cast: Cast, settings) -> None:
    Obligation.objects.update(mechanism=cast.task_force, page="admin:auth_group_change")
    actions.sweep(at(16))
    message = OutgoingMessage.objects.get()
    assert f"AAA owes {cast.task_force.name}:" in message.text
    assert "Contribution: Contribution on West Africa" in message.text
    assert f"{settings.PORTAL_URL}/admin/auth/group/{owed.subject_id}/change/" in message.text
    assert "This comes to you as Focal point of AAA." in message.text
    assert message.reply_to == settings.DEFAULT_FROM_EMAIL


def test_the_subject_is_neutral(owed: Obligation, settings) -> None:
    actions.sweep(at(16))
    assert OutgoingMessage.objects.get().subject == f"{settings.PORTAL_NAME}: due on 30 June 2030"


def test_the_deadline_is_named_with_its_place(rules: list[Rule], cast: Cast) -> None:
    ObligationFactory(agency=cast.agency_a, due_on=DUE, noted_on=NOTED, time_zone="Asia/Bangkok")
    actions.sweep(dt.datetime(2030, 6, 30, 0, 30, tzinfo=dt.UTC))
    assert "Due today, 30 June 2030 (UTC+07:00, Bangkok)." in OutgoingMessage.objects.get().text


def test_whoever_has_no_account_gets_a_sealed_link(rules: list[Rule], settings) -> None:
    owed = ObligationFactory(
        agency=None, office=OfficeFactory(), due_on=DUE, noted_on=NOTED, page="admin:auth_group_change", sealed=True
    )
    actions.sweep(at(16))
    [link] = [line.strip() for line in OutgoingMessage.objects.get().text.splitlines() if "http" in line]
    assert unseal(owed.page, link.removeprefix(settings.PORTAL_URL).split("/")[4]) == (owed.subject_id, 1)
    assert "you need no account" in OutgoingMessage.objects.get().text


def test_mail_that_has_not_left_is_taken_back_when_it_is_done(owed: Obligation, sink: Sink, time_machine) -> None:
    time_machine.move_to(at(16))
    actions.sweep(at(16))
    time_machine.move_to(at(16, hour=13))
    settle(owed.subject_id, kind=owed.kind)
    actions.sweep(at(16, hour=14))
    assert OutgoingMessage.objects.get().state == MessageState.CANCELLED
    assert outbox.deliver() == 0


def test_what_was_done_between_noting_and_writing_is_not_mailed(owed: Obligation) -> None:
    steps.note(at(16))
    settle(owed.subject_id, kind=owed.kind)
    actions.write_mail(at(16))
    assert Reminder.objects.get().outcome == Outcome.NOT_NEEDED
    assert not OutgoingMessage.objects.exists()


def test_a_sweep_that_died_after_noting_is_made_good_by_the_next(owed: Obligation) -> None:
    steps.note(at(16))
    actions.sweep(at(16, hour=13))
    assert Reminder.objects.get().outcome == Outcome.MAILED
    assert OutgoingMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_remind_once(owed: Obligation, cast: Cast) -> None:
    for _number in range(30):
        ObligationFactory(agency=cast.agency_a, due_on=DUE, noted_on=NOTED)
    start = threading.Barrier(3)

    def beat() -> None:
        start.wait(10)
        actions.sweep(at(16))
        connection.close()

    beats = [threading.Thread(target=beat) for _beat in range(3)]
    for thread in beats:
        thread.start()
    for thread in beats:
        thread.join(60)
    assert Reminder.objects.filter(outcome=Outcome.MAILED).count() == 31
    assert OutgoingMessage.objects.count() == 31
