"""Which day brings which reminder: at a place, once, and only the last of those missed."""

import datetime as dt

import pytest

from agencies.actions import owe, settle
from agencies.models import Obligation, ObligationKind
from taskforce.reminders import actions, steps
from taskforce.reminders.models import Audience, Reminder, Rule
from tests.cast import Cast
from tests.factories import ObligationFactory
from tests.reminders.conftest import DUE, NOTED, at, sweep_daily


def sent() -> list[dt.date]:
    return list(Reminder.objects.order_by("occurs_on").values_list("occurs_on", flat=True))


def june(*days: int) -> list[dt.date]:
    return [dt.date(2030, 6, day) for day in days]


def test_the_days_before_the_deadline_and_the_day_itself(owed: Obligation) -> None:
    assert sweep_daily(at(1), days=30) == june(16, 23, 29, 30)


def test_when_overdue_it_reminds_weekly_up_to_a_cap_and_the_principal_once(owed: Obligation) -> None:
    sweep_daily(at(30), days=100)
    overdue = Reminder.objects.filter(occurs_on__gt=DUE)
    days = {audience: [] for audience in Audience.values}
    for reminder in overdue.order_by("occurs_on"):
        days[reminder.audience].append((reminder.occurs_on - DUE).days)
    assert days == {Audience.RESPONSIBLE: [7, 14, 21, 28], Audience.PRINCIPAL: [14]}


def test_the_same_day_reminds_once(owed: Obligation) -> None:
    for hour in (8, 9, 23):
        actions.sweep(at(16, hour=hour))
    assert sent() == june(16)


def test_after_days_of_standing_still_only_the_last_step_counts(owed: Obligation) -> None:
    actions.sweep(at(23))
    actions.sweep(at(30))
    actions.sweep(at(30, hour=13))
    assert sent() == june(23, 30), "the step of the 29th was missed and is not made up for"


def test_what_is_done_is_not_reminded_of(owed: Obligation) -> None:
    settle(owed.subject_id, kind=owed.kind, outcome="submitted")
    assert sweep_daily(at(1), days=60) == []


def test_what_was_asked_for_late_is_not_reminded_of_at_once(rules: list[Rule], cast: Cast) -> None:
    ObligationFactory(agency=cast.agency_a, due_on=DUE, noted_on=dt.date(2030, 6, 25))
    assert sweep_daily(at(25), days=6) == june(29, 30)


def test_a_deadline_that_is_put_off_reminds_again_for_the_new_one(owed: Obligation, time_machine) -> None:
    sweep_daily(at(16), days=15)
    time_machine.move_to(at(30))
    owe(
        kind=owed.kind,
        what=owed.what,
        page=owed.page,
        subject_id=owed.subject_id,
        due_on=dt.date(2030, 7, 10),
        agency=owed.agency,
    )
    assert sweep_daily(at(30, hour=13), days=11)[4:] == [dt.date(2030, 7, day) for day in (3, 9, 10)]


@pytest.mark.parametrize(
    ("zone", "reached"), [("Asia/Bangkok", june(30)), ("UTC", june(29)), ("America/New_York", june(29))]
)
def test_the_day_is_the_day_at_the_place(rules: list[Rule], cast: Cast, zone: str, reached: list[dt.date]) -> None:
    """00:30 in Greenwich on 30 June is 07:30 in Bangkok and the evening before in New York."""
    ObligationFactory(agency=cast.agency_a, due_on=DUE, noted_on=NOTED, time_zone=zone)
    steps.note(dt.datetime(2030, 6, 30, 0, 30, tzinfo=dt.UTC))
    assert sent() == reached


@pytest.mark.parametrize(
    ("moment", "reached"),
    [("2030-03-10T10:59Z", dt.date(2030, 3, 9)), ("2030-03-10T11:00Z", dt.date(2030, 3, 10))],
)
def test_seven_in_the_morning_follows_summer_time(rules: list[Rule], cast: Cast, moment: str, reached: dt.date) -> None:
    """On 10 March 2030 New York puts its clocks forward: 07:00 there is 11:00 in Greenwich, a day before it was 12:00."""
    due = dt.date(2030, 3, 10)
    ObligationFactory(agency=cast.agency_a, due_on=due, noted_on=NOTED, time_zone="America/New_York")
    steps.note(dt.datetime.fromisoformat(moment))
    assert sent() == [reached]


def test_a_rule_for_one_kind_leaves_the_others_alone(cast: Cast, db) -> None:
    Rule.objects.all().delete()
    Rule.objects.create(kind=ObligationKind.ANSWER, days=-3, since=NOTED)
    ObligationFactory(agency=cast.agency_a, due_on=DUE, noted_on=NOTED)
    answer = ObligationFactory(agency=cast.agency_a, kind=ObligationKind.ANSWER, due_on=DUE, noted_on=NOTED)
    steps.note(at(27))
    assert [reminder.obligation for reminder in Reminder.objects.all()] == [answer]


def test_a_new_rule_does_not_make_up_for_the_past(owed: Obligation) -> None:
    actions.sweep(at(23))
    Rule.objects.create(days=-10, since=dt.date(2030, 6, 22))
    actions.sweep(at(23, hour=13))
    assert sent() == june(23)


def test_what_comes_next_is_what_then_comes(owed: Obligation) -> None:
    foreseen = [step.occurs_on for step in steps.coming(at(17), days=14, limit=50)]
    actions.sweep(at(17))
    before = set(sent())
    sweep_daily(at(18), days=14)
    assert foreseen == june(23, 29, 30) == sorted(set(sent()) - before)
