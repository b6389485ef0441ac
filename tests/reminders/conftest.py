"""The rules a new portal begins with, and an obligation of agency A."""

import datetime as dt
from importlib import import_module

import pytest

from agencies.models import Obligation
from taskforce.reminders import actions
from taskforce.reminders.models import Reminder, Rule
from tests.cast import Cast
from tests.factories import ObligationFactory

DEFAULTS = import_module("taskforce.reminders.migrations.0002_default_rules")
DUE = dt.date(2030, 6, 30)
NOTED = dt.date(2030, 1, 1)


@pytest.fixture
def rules(db) -> list[Rule]:
    """14, 7 and 1 days before, on the day, four times weekly when overdue, the principal after two weeks."""
    Rule.objects.all().delete()
    return Rule.objects.bulk_create(Rule(since=DEFAULTS.LONG_AGO, **fields) for fields in DEFAULTS.RULES)


@pytest.fixture
def owed(rules, cast: Cast) -> Obligation:
    """Agency A, for which Alice sits, owes a contribution by 30 June 2030, end of the day in UTC."""
    return ObligationFactory(agency=cast.agency_a, what="Contribution on West Africa", due_on=DUE, noted_on=NOTED)


def at(day: int, *, month: int = 6, hour: int = 12) -> dt.datetime:
    """A moment of 2030, in UTC."""
    return dt.datetime(2030, month, day, hour, tzinfo=dt.UTC)


def sweep_daily(first: dt.datetime, days: int) -> list[dt.date]:
    """Sweep once a day at the same hour; the days whose reminders came of it."""
    for day in range(days):
        actions.sweep(first + dt.timedelta(days=day))
    return list(Reminder.objects.order_by("occurs_on", "audience").values_list("occurs_on", flat=True))
