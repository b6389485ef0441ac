"""What stands on a page of the register and, frozen, in a briefing pack."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agencies.models import (
    Agency,
    AgencyName,
    Capacity,
    FocalPoint,
    Mechanism,
    MemberRole,
    Membership,
    MembershipQuerySet,
    Succession,
    with_absence,
)
from core.charts import Bar, BarKind, Gantt, GanttRow, Mark
from core.dates import DAY, Dated, long_date
from core.words import period

if TYPE_CHECKING:
    import uuid

SEATS = (Capacity.PRINCIPAL, Capacity.FOCAL_POINT)
CHAIRS = (MemberRole.CHAIR, MemberRole.CO_CHAIR)
BARS: dict[str, BarKind] = {MemberRole.CHAIR: "current", MemberRole.CO_CHAIR: "current", MemberRole.LINKAGE: "planned"}


def held(row: Dated) -> str:
    """The time a fact held, in words; nobody knows of the start that no row gives."""
    if row.first_day is None and row.last_day is None:
        return _("start not recorded")
    return period(row.first_day, row.last_day)


def formerly(agency: Agency, day: dt.date) -> str:
    """The names that a body, and those whom it follows, had before the day; its names and origins are loaded."""
    names = [name for name in agency.names.all() if name.last_day and name.last_day < day]
    for step in agency.origins.all():
        names += step.predecessor.names.all() if step.day <= day else []
    words = dict.fromkeys(name.acronym or name.name for name in names if name.language == "en")
    words.pop(agency.acronym or agency.name, None)
    return _("formerly %(names)s") % {"names": ", ".join(words)} if words else ""


@dataclass(frozen=True)
class Seats:
    """Who speaks for a member on the day: principals, focal points, and everybody else. An empty tuple is a vacant seat."""

    membership: Membership
    principals: Sequence[FocalPoint]
    focal_points: Sequence[FocalPoint]
    others: Sequence[FocalPoint]


@dataclass(frozen=True)
class Composition:
    """A mechanism on one day. Each membership bears `name` and `acronym` of its agency on that day."""

    mechanism: Mechanism
    day: dt.date
    chairs: Sequence[Membership]
    members: Sequence[Membership]
    observers: Sequence[Membership]
    linkages: Sequence[Membership]
    seats: Sequence[Seats]

    @property
    def bodies(self) -> int:
        """How many bodies sit in it; a linkage is not a membership."""
        return len(self.chairs) + len(self.members) + len(self.observers)

    @property
    def vacant(self) -> int:
        """How many seats nobody holds."""
        return sum((not seats.principals) + (not seats.focal_points) for seats in self.seats)


def composition(mechanism: Mechanism, on: dt.date, language: str = "en") -> Composition:
    """Who sat in the mechanism on the day, in what role, and who spoke for them. Three queries."""
    rows = list(mechanism.memberships.on(on).named_on(on, language).select_related("agency"))
    return Composition(
        mechanism=mechanism,
        day=on,
        chairs=[row for row in rows if row.role in CHAIRS],
        members=[row for row in rows if row.role == MemberRole.MEMBER],
        observers=[row for row in rows if row.role == MemberRole.OBSERVER],
        linkages=[row for row in rows if row.role == MemberRole.LINKAGE],
        seats=speakers(mechanism, [row for row in rows if row.role != MemberRole.LINKAGE], on),
    )


def speakers(mechanism: Mechanism, members: Sequence[Membership], on: dt.date) -> list[Seats]:
    """Who spoke for these members on the day. Two queries, as large as the members are many."""
    rows = mechanism.focal_points.on(on).filter(agency__in=[row.agency_id for row in members])
    holders = _by_agency(with_absence(rows.for_list(), on))
    return [_seats(row, holders[row.agency_id]) for row in members]


def vacant(mechanism: Mechanism, bodies: int, on: dt.date) -> int:
    """How many seats of principals and focal points nobody held on the day, where so many bodies sat. One query."""
    taken = mechanism.focal_points.seated(on).filter(capacity__in=SEATS).values("agency", "capacity").distinct()
    return len(SEATS) * bodies - taken.count()


def _by_agency(rows: Iterable[FocalPoint]) -> dict[uuid.UUID, list[FocalPoint]]:
    found: dict[uuid.UUID, list[FocalPoint]] = defaultdict(list)
    for row in rows:
        found[row.agency_id].append(row)
    return found


def _seats(membership: Membership, holders: list[FocalPoint]) -> Seats:
    return Seats(
        membership=membership,
        principals=[row for row in holders if row.capacity == Capacity.PRINCIPAL],
        focal_points=[row for row in holders if row.capacity == Capacity.FOCAL_POINT],
        others=[row for row in holders if row.capacity not in SEATS],
    )


@dataclass(frozen=True)
class Vacancy:
    """A seat that nobody holds."""

    mechanism: Mechanism
    capacity: Capacity


def vacancies(agency: uuid.UUID, on: dt.date, mechanism: Mechanism | None = None) -> list[Vacancy]:
    """The seats of an agency that nobody holds on the day, in one mechanism or in all in which it sits. Two queries."""
    rows = Membership.objects.seated().on(on).filter(agency=agency).select_related("mechanism")
    if mechanism:
        rows = rows.filter(mechanism=mechanism)
    taken = set(FocalPoint.objects.on(on).filter(agency=agency).values_list("mechanism", "capacity"))
    return [
        Vacancy(row.mechanism, capacity)
        for row in rows.order_by("mechanism__name")
        for capacity in SEATS
        if (row.mechanism_id, capacity) not in taken
    ]


def ever_seated(mechanism: Mechanism, day: dt.date, today: dt.date) -> MembershipQuerySet:
    """All memberships that began at any time; a day of the past knows nobody who came later."""
    rows: MembershipQuerySet = mechanism.memberships.all()
    return rows if day == today else rows.begun_by(day)


def timeline(members: MembershipQuerySet, rows: Sequence[Membership], day: dt.date, today: dt.date) -> Gantt | None:
    """Membership over the years: who sat, in what role, under which name, and who followed whom.

    Draws `rows`, some of `members` with their agencies, on the time that all of them span; None where no membership has a first
    day. Names are those of `day`, older ones stand in the note.
    """
    past = None if day == today else day
    spanned = members.aggregate(first=models.Min("valid__startswith"), end=models.Max("valid__endswith"))
    if not spanned["first"]:
        return None
    first = spanned["first"].replace(month=1, day=1)  # so that a year begins where its name stands
    last = max(today, spanned["end"] - DAY) if spanned["end"] else today
    return Gantt(
        caption=_("Membership over the years"),
        rows=[_stretch(row, first, last, past) for row in rows],
        first=first,
        last=last,
        today=day,
        mark=_("Today:") if day == today else _("Day shown:"),
        what=_("Body"),
        heads=(_("Role"), pgettext("time", "Held"), _("Names and successors")),
        names={
            "current": _("Chair or co-chair"),
            "done": _("Member or observer"),
            "planned": _("Linkage"),
            "renamed": _("New name"),
            "followed": _("Another body followed, or this one followed another"),
        },
    )


def _stretch(row: Membership, first: dt.date, last: dt.date, past: dt.date | None) -> GanttRow:
    kind = BARS.get(row.role, "done")
    bar = Bar(row.first_day or first, row.last_day or last, kind)
    fates = _fates(row, past)
    return GanttRow(
        label=row.acronym or row.name,
        planned=bar if kind == "planned" else None,
        current=bar if kind != "planned" else None,
        planned_text=str(row.get_role_display()),
        current_text=held(row),
        note="; ".join(fate.words for fate in fates),
        url=row.agency.get_absolute_url(),
        marks=list(dict.fromkeys(fate.mark for fate in fates if fate.mark and _beside(bar, fate.mark.day))),
    )


@dataclass(frozen=True)
class Fate:
    """What became of a body: in words for the table, and as a mark for the picture where the day is known."""

    words: str
    mark: Mark | None


def _fates(row: Membership, past: dt.date | None) -> list[Fate]:
    """Names that the agency had while it sat there and has no more, whom it followed, and who followed it."""
    known = past or dt.date.max
    steps = [*row.agency.origins.all(), *row.agency.successions.all()]
    return [*_renamed(row, known), *(_step(row, step) for step in steps if step.day <= known)]


def _renamed(row: Membership, known: dt.date) -> list[Fate]:
    names = [name for name in row.agency.names.all() if name.language == "en" and (name.first_day or known) <= known]
    return [
        Fate(
            f"{name.acronym or name.name} ({held(name)})",
            Mark(after.first_day, "renamed") if after.first_day else None,
        )
        for name, after in pairwise(names)
        if name.meets(row)
    ]


def _step(row: Membership, step: Succession) -> Fate:
    if step.successor_id == row.agency_id:
        body, words = step.predecessor, _("follows %(body)s (%(day)s)")
    else:
        body, words = step.successor, f"{step.get_kind_display()} %(body)s (%(day)s)"
    return Fate(words % {"body": _label(body.names.all()), "day": long_date(step.day)}, Mark(step.day, "followed"))


def _beside(bar: Bar, day: dt.date) -> bool:
    """Whether the day falls on the bar, or is the one on which it is over."""
    return bar.first <= day <= bar.last + DAY


def _label(names: Iterable[AgencyName]) -> str:
    """The acronym of the last English name."""
    english = [name for name in names if name.language == "en"]
    return (english[-1].acronym or english[-1].name) if english else ""
