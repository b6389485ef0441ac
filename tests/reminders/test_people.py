"""Reminders reach the right person of that day, or say that there is nobody."""

import datetime as dt

import pytest

from agencies.models import Capacity, FocalPoint, Obligation
from core.dates import span
from core.models import MessageState, OutgoingMessage
from taskforce.reminders import actions
from taskforce.reminders.models import Notice, Outcome, Reminder, Rule
from tests.cast import Cast
from tests.factories import (
    FocalPointFactory,
    MechanismFactory,
    MembershipFactory,
    ObligationFactory,
    OfficeFactory,
    ResidentCoordinatorFactory,
    UserFactory,
)
from tests.queries import count_queries
from tests.reminders.conftest import DUE, NOTED, at


def reached() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("message__to").values_list("message__to", "why"))


def test_an_agencys_focal_point_is_reminded(owed: Obligation, cast: Cast) -> None:
    actions.sweep(at(16))
    assert reached() == [("alice@example.org", "Focal point of AAA")]
    assert Reminder.objects.get().outcome == Outcome.MAILED


def test_every_focal_point_gets_a_message_of_their_own(owed: Obligation, cast: Cast) -> None:
    FocalPointFactory(person=UserFactory(email="second@example.org"), agency=cast.agency_a, mechanism=cast.task_force)
    actions.sweep(at(16))
    assert [address for address, _why in reached()] == ["alice@example.org", "second@example.org"]


def test_in_a_vacancy_the_alternate_stands_in(owed: Obligation, cast: Cast) -> None:
    FocalPoint.objects.filter(person=cast.alice).update(valid=span(dt.date(2010, 1, 1), dt.date(2030, 6, 15)))
    actions.sweep(at(16))
    assert reached() == [("bob@example.org", "Alternate of AAA")]


def test_a_person_who_left_the_house_is_not_reminded(owed: Obligation, cast: Cast) -> None:
    cast.alice.is_active = False
    cast.alice.save()
    actions.sweep(at(16))
    assert [address for address, _why in reached()] == ["bob@example.org"]


def test_who_sits_in_another_mechanism_is_not_asked_for_this_one(owed: Obligation, cast: Cast) -> None:
    other = MechanismFactory(slug="rule-of-law")
    MembershipFactory(agency=cast.agency_a, mechanism=other)
    FocalPointFactory(person=UserFactory(email="other@example.org"), agency=cast.agency_a, mechanism=other)
    Obligation.objects.update(mechanism=cast.task_force)
    actions.sweep(at(16))
    assert [address for address, _why in reached()] == ["alice@example.org"]


def test_nobody_there_is_said_and_nothing_is_sent(owed: Obligation, cast: Cast) -> None:
    FocalPoint.objects.filter(agency=cast.agency_a).update(valid=span(dt.date(2010, 1, 1), dt.date(2029, 12, 31)))
    actions.sweep(at(16))
    assert Reminder.objects.get().outcome == Outcome.NOBODY
    assert list(Reminder.objects.unheard()) == list(Reminder.objects.all())
    assert not OutgoingMessage.objects.exists()


def test_what_found_nobody_is_heard_of_no_more_once_somebody_is_there(owed: Obligation, cast: Cast) -> None:
    FocalPoint.objects.filter(agency=cast.agency_a).update(valid=span(dt.date(2030, 6, 20)))
    actions.sweep(at(16))
    actions.sweep(at(23))
    assert list(Reminder.objects.unheard()) == []


def test_after_two_weeks_the_principal_is_told_as_well(owed: Obligation, cast: Cast) -> None:
    principal = UserFactory(email="principal@example.org")
    FocalPointFactory(person=principal, agency=cast.agency_a, mechanism=cast.task_force, capacity=Capacity.PRINCIPAL)
    actions.sweep(at(14, month=7))
    assert [address for address, _why in reached()] == ["alice@example.org", "principal@example.org"]
    assert "deadline has passed" in OutgoingMessage.objects.get(to="principal@example.org").text


@pytest.mark.parametrize(
    ("last", "address"),
    [(None, "rc@example.org"), (dt.date(2030, 6, 15), "office@example.org")],
)
def test_an_office_is_reminded_through_its_coordinator_of_that_day_else_its_mailbox(
    rules: list[Rule], last: dt.date | None, address: str
) -> None:
    office = OfficeFactory(email="office@example.org")
    ResidentCoordinatorFactory(office=office, email="rc@example.org", last=last)
    ObligationFactory(agency=None, office=office, due_on=DUE, noted_on=NOTED, time_zone=office.time_zone)
    actions.sweep(at(16))
    assert [to for to, _why in reached()] == [address]


def test_an_office_has_no_principal(rules: list[Rule]) -> None:
    ObligationFactory(agency=None, office=OfficeFactory(), due_on=DUE, noted_on=NOTED)
    actions.sweep(at(14, month=7))
    assert [reminder.audience for reminder in Reminder.objects.all()] == ["responsible"]


def test_the_number_of_queries_does_not_grow_with_the_reminders(rules: list[Rule], cast: Cast) -> None:
    """As many are noted as are taken back because they are done meanwhile."""

    def owe(rows: int) -> None:
        for _row in range(rows):
            ObligationFactory(agency=cast.agency_a, due_on=DUE, noted_on=NOTED)
            ObligationFactory(agency=None, office=OfficeFactory(), due_on=DUE, noted_on=NOTED)

    def queries(rows: int) -> int:
        owe(rows)
        actions.sweep(at(16))
        Obligation.objects.update(closed_at=at(16))
        owe(rows)
        return count_queries(lambda: actions.sweep(at(16)))

    assert queries(1) == queries(20)
    assert OutgoingMessage.objects.filter(state=MessageState.CANCELLED).count() == 44


def test_mail_that_has_not_left_goes_to_the_successor_instead(owed: Obligation, cast: Cast) -> None:
    beside = FocalPointFactory(agency=cast.agency_a, mechanism=cast.task_force, capacity=Capacity.FOCAL_POINT).person
    actions.sweep(at(16))
    FocalPoint.objects.filter(person=cast.alice).update(valid=span(None, dt.date(2020, 1, 1)))
    FocalPointFactory(
        person=cast.nobody, agency=cast.agency_a, mechanism=cast.task_force, capacity=Capacity.FOCAL_POINT
    )
    actions.sweep(at(16, hour=14))
    states = dict(OutgoingMessage.objects.values_list("to", "state"))
    assert states == {
        cast.alice.email: MessageState.CANCELLED,
        beside.email: MessageState.QUEUED,
        cast.nobody.email: MessageState.QUEUED,
    }
    actions.sweep(at(16, hour=15))
    assert OutgoingMessage.objects.count() == 3
