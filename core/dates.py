"""Dated facts and dates of known precision.

A fact that holds for some time is a row with `valid`, a `daterange` whose last day PostgreSQL keeps as an exclusive bound.
People see and type the last day included: only `span()`, `first_day` and `last_day` translate between the two.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_month_names
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

DAY = dt.timedelta(days=1)
YEARS = range(1800, 2201)  # that people may name: near the end of the calendar no moment can be reckoned with


def today() -> dt.date:
    """The day in the active time zone. Called at the door (views, tasks) only; everything below takes `on=`."""
    return timezone.localdate()


def day_at(zone: str, now: dt.datetime) -> dt.date:
    """The day at a place, by its time zone such as "Asia/Bangkok"."""
    return now.astimezone(ZoneInfo(zone)).date()


def span(first: dt.date | None, last: dt.date | None = None) -> DateRange:
    """The range from `first` to `last`, both included; None leaves that side open."""
    if first and last and last < first:
        raise ValidationError(_("The last day is before the first day."), code="end_before_start")
    return DateRange(first, last + DAY if last else None, "[)")


def locale() -> str:
    """The active language as Babel spells it."""
    return (get_language() or "en").replace("zh-hans", "zh_Hans").replace("-", "_")


# The patterns of the house as languages write them that do more than put words beside each other.
WRITTEN = {
    "es": {"d MMMM y": "d 'de' MMMM 'de' y", "LLLL y": "LLLL 'de' y"},
    "zh_Hans": {"d MMMM y": "y年M月d日", "LLLL y": "y年M月", "y": "y年"},
}


def in_words(day: dt.date, pattern: str) -> str:
    """A day by a CLDR pattern, in the active language. In Arabic the months have both their names, as the United Nations writes them."""
    text = format_date(day, WRITTEN.get(locale(), {}).get(pattern, pattern), locale=locale())
    if locale() != "ar":
        return text
    month, eastern = (get_month_names("wide", locale=place)[day.month] for place in ("ar", "ar_LB"))
    return text.replace(month, f"{eastern}/{month}")


def long_date(day: dt.date) -> str:
    """21 November 2026, in the active language."""
    return in_words(day, "d MMMM y")


class Precision(models.TextChoices):
    """How much of a date is known."""

    DAY = "day", _("day")
    MONTH = "month", _("month")
    YEAR = "year", _("year")


PATTERNS = {Precision.DAY: "d MMMM y", Precision.MONTH: "LLLL y", Precision.YEAR: "y"}


@dataclass(frozen=True, order=True)
class FuzzyDate:
    """A date known to the day, the month or the year. `day` is the first day it may mean."""

    day: dt.date
    precision: Precision = Precision.DAY

    @classmethod
    def of(cls, year: int, month: int | None = None, day: int | None = None) -> FuzzyDate:
        """The date with the precision that the given parts have."""
        precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
        return cls(dt.date(year, month or 1, day or 1), precision)

    @property
    def last_day(self) -> dt.date:
        """The last day it may mean."""
        if self.precision == Precision.DAY:
            return self.day
        year = self.day.year + (self.precision == Precision.YEAR or self.day.month == 12)
        month = 1 if self.precision == Precision.YEAR else self.day.month % 12 + 1
        return dt.date(year, month, 1) - DAY

    def __str__(self) -> str:
        return in_words(self.day, PATTERNS[Precision(self.precision)])


class DatedQuerySet(models.QuerySet[Any]):
    """Rows that hold for some time."""

    def on(self, day: dt.date) -> Self:
        """The rows that hold on `day`."""
        return self.filter(valid__contains=day)

    def begun_by(self, day: dt.date) -> Self:
        """The rows that had begun on `day`, whether they still held or not."""
        return self.exclude(valid__fully_gt=span(day, day))

    def ahead(self, day: dt.date) -> Self:
        """The rows that hold on `day` or later."""
        return self.filter(models.Q(valid__upper_inf=True) | models.Q(valid__endswith__gt=day))

    def started_before(self, day: dt.date) -> Self:
        """The rows that hold on `day` and held before it too."""
        return self.on(day).filter(valid__contains=day - DAY)


def last_day_column() -> models.Func:
    """`last_day` of a row, for a query."""
    return models.Func("valid", template="(upper(%(expressions)s) - 1)", output_field=models.DateField())


class Dated(models.Model):
    """A fact that holds from a first to a last day."""

    valid = DateRangeField(
        _("holds"), help_text=_("First and last day. Leave the last day empty while it still holds.")
    )

    class Meta:
        abstract = True

    @property
    def first_day(self) -> dt.date | None:
        """The first day on which the fact holds; None when it always held."""
        return self.valid.lower

    @property
    def last_day(self) -> dt.date | None:
        """The last day on which the fact holds, included; None while it still holds."""
        return self.valid.upper - DAY if self.valid.upper else None

    def holds_on(self, day: dt.date) -> bool:
        """Whether the fact holds on `day`."""
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)

    def started_before(self, day: dt.date) -> bool:
        """Whether the fact holds on `day` and held before it too."""
        return self.holds_on(day) and (self.first_day is None or self.first_day < day)

    def meets(self, other: Dated) -> bool:
        """Whether both hold on some day."""
        ends_before = self.last_day and other.first_day and self.last_day < other.first_day
        begins_after = self.first_day and other.last_day and self.first_day > other.last_day
        return not (ends_before or begins_after)


def no_overlap(name: str, *fields: str, message: str | _StrPromise, **options: Any) -> ExclusionConstraint:
    """The constraint that no two rows with the same `fields` hold on the same day; `message` explains it in a form."""
    expressions = [(field, RangeOperators.EQUAL) for field in fields]
    return ExclusionConstraint(
        name=name,
        expressions=[("valid", RangeOperators.OVERLAPS), *expressions],
        violation_error_message=message,
        violation_error_code="overlap",
        **options,
    )


@dataclass(frozen=True)
class AsOf:
    """The day a register page shows. Anything but today is read-only."""

    day: dt.date
    is_today: bool
    error: str = ""


def as_of(request: HttpRequest) -> AsOf:
    """The day named by `?as_of=YYYY-MM-DD`, else today; a value that is no date shows today and says so."""
    now = today()
    given = request.GET.get("as_of", "").strip()
    if not given:
        return AsOf(now, is_today=True)
    day = _named(given)
    if day is None:
        return AsOf(
            now,
            is_today=True,
            error=str(_("“%(given)s” is not a date such as 2011-09-07. You see today.") % {"given": given}),
        )
    return AsOf(day, is_today=day == now)


def _named(given: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(given)
    except ValueError:
        return None
    return day if day.year in YEARS else None
