"""How far a letter got and what came back: by region and country, on a map, in time, and who is late. Finished values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Country
from agencies.world import world_map
from core.charts import AreaMap
from core.models import MessageState
from taskforce.letters.documents import REACHED
from taskforce.letters.models import Choice, Letter, Recipient, RecipientState

LEVELS = (
    gettext_lazy("No letter"),
    gettext_lazy("Letter did not arrive, or not yet"),
    gettext_lazy("Reached, no answer"),
    gettext_lazy("Answered"),
    gettext_lazy("Accepted something, or does it"),
)
NO_LETTER, NOT_REACHED, REACHED_ONLY, ANSWERED, ACCEPTED = range(5)
YES = frozenset({Choice.ACCEPTED, Choice.UNDER_WAY, Choice.DONE})
# The first and last day of each step of the distribution of answers.
STEPS = ((0, 0), (1, 3), (4, 7), (8, 14), (15, 30), (31, None))


@dataclass(frozen=True)
class CountryLine:
    """A country or territory and how far the letter got in it."""

    country: str
    region: str
    office: str
    recipient_id: str
    state: str
    level: int
    answered: dt.datetime | None

    @property
    def in_words(self) -> str:
        """The level by its name."""
        return str(LEVELS[self.level])


@dataclass(frozen=True)
class RegionLine:
    """How many countries and offices of a region the letter reached, and how many answered."""

    region: str
    offices: int
    offices_answered: int
    countries: int
    reached: int
    answered: int
    accepted: int


@dataclass(frozen=True)
class TimeStep:
    """How many answers came within these days; `share` is of the largest step, in hundredths."""

    label: str
    number: int
    share: int


@dataclass(frozen=True)
class Coverage:
    """What became of a letter, by place and in time. `median_days` is None before the first answer."""

    regions: Sequence[RegionLine]
    countries: Sequence[CountryLine]
    picture: AreaMap
    answers: int
    median_days: float | None
    times: Sequence[TimeStep]
    overdue: Sequence[Any]

    @property
    def countries_answered(self) -> int:
        """How many countries and territories an answer speaks for."""
        return sum(line.level >= ANSWERED for line in self.countries)


def coverage_of(letter: Letter) -> Coverage:
    """One row for each office, that of its last dispatch; a constant number of queries."""
    ours = Recipient.objects.filter(dispatch__letter=letter)
    rows: list[Any] = list(ours.latest().for_list())
    countries = sorted(_countries(rows), key=lambda line: (line.region, line.country))
    days = [_days(row) for row in rows if row.acknowledged_at]
    return Coverage(
        regions=[_region(name, rows, countries) for name in sorted({row.region for row in rows})],
        countries=countries,
        picture=_picture(countries),
        answers=len(days),
        median_days=median(days) if days else None,
        times=_times(days),
        overdue=list(ours.owing().order_by("office_name", "pk")) if letter.deadline_is_over() else [],
    )


def _countries(rows: Sequence[Any]) -> Iterator[CountryLine]:
    for row in rows:
        level = _level(row)
        for country in row.countries:
            yield CountryLine(country, row.region, row.office_name, str(row.pk), row.state, level, row.acknowledged_at)


def _level(row: Any) -> int:
    choices = {answer.choice for answer in row.answers.all()}
    if choices & YES:
        return ACCEPTED
    if row.state == RecipientState.ACKNOWLEDGED or any(choices):
        return ANSWERED
    return REACHED_ONLY if row.state in REACHED else NOT_REACHED


def _region(name: str, rows: Sequence[Any], countries: Sequence[CountryLine]) -> RegionLine:
    offices = [row for row in rows if row.region == name]
    levels = [line.level for line in countries if line.region == name]
    return RegionLine(
        region=name,
        offices=len(offices),
        offices_answered=sum(_level(row) >= ANSWERED for row in offices),
        countries=len(levels),
        reached=sum(level >= REACHED_ONLY for level in levels),
        answered=sum(level >= ANSWERED for level in levels),
        accepted=sum(level >= ACCEPTED for level in levels),
    )


def _picture(countries: Sequence[CountryLine]) -> AreaMap:
    """The map, by the codes that the countries have today; one that was renamed since stands in the table alone."""
    lines = {line.country: line for line in countries}
    codes = Country.objects.filter(name__in=lines).values_list("name", "m49")
    values = {m49: (lines[name].level, f"{name}: {lines[name].in_words}") for name, m49 in codes}
    return world_map(_("Coverage by country"), LEVELS, values)


def _days(row: Any) -> int:
    """Whole days from the hour at which the relay took the letter, else from the dispatch, to the first answer."""
    message = row.message
    handed = message.settled_at if message and message.state == MessageState.HANDED_OVER else None
    spent: dt.timedelta = row.acknowledged_at - (handed or row.dispatch.started_at)
    return max(spent.days, 0)


def _times(days: Sequence[int]) -> list[TimeStep]:
    numbers = [sum(first <= day and (last is None or day <= last) for day in days) for first, last in STEPS]
    most = max(*numbers, 1)
    return [
        TimeStep(_step(*step), number, round(100 * number / most)) for step, number in zip(STEPS, numbers, strict=True)
    ]


def _step(first: int, last: int | None) -> str:
    if last == 0:
        return _("Within a day")
    if last is None:
        return _("After more than %(days)d days") % {"days": first - 1}
    return _("After %(first)d to %(last)d days") % {"first": first, "last": last}
