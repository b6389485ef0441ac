"""A succession is planned, shown, carried out in one transaction, and taken back while nothing was built on it.

The plan says in words what it will do; the very same plan is then carried out. Each row that it touches is kept with its
columns before and after, so that taking back can tell whether somebody has changed it since.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import IntegrityError, models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from agencies.actions import out_at_once, recorded
from agencies.models import (
    Agency,
    AgencyName,
    Changeover,
    FocalPoint,
    FocalPointQuerySet,
    Mechanism,
    MemberRole,
    Membership,
    MembershipQuerySet,
    Obligation,
    Succession,
    SuccessionKind,
    in_full,
)
from core.access import copy_grants, grants_of
from core.dates import DAY, Dated, long_date, span
from core.words import period

RANK = {role: place for place, role in enumerate(MemberRole.values)}
# What of a row must still be as the changeover left it, if it is to be taken back.
WATCHED: dict[str, tuple[str, ...]] = {
    "agency": ("valid",),
    "agencyname": ("valid", "name", "acronym"),
    "membership": ("valid", "role"),
    "focalpoint": ("valid",),
}


class BuiltOn(Exception):
    """The changeover cannot be taken back. The text says what was built on it."""


@dataclass(frozen=True)
class Step:
    """One row that is added (no `values`) or changed, under a heading of the check page, in words; without a row a mere word.

    `is_open` says whether every reader of the register may read the words afterwards.
    """

    heading: str
    text: str
    row: Any = None
    values: dict[str, Any] = field(default_factory=dict)
    is_open: bool = True


@dataclass
class Plan:
    """All that a succession will do. `founds` are the new bodies among the successors, with their names."""

    changeover: Changeover
    successions: list[Succession]
    steps: list[Step]
    founds: list[tuple[Agency, AgencyName]] = field(default_factory=list)
    grants: list[tuple[Group, Agency]] = field(default_factory=list)

    def said(self, *, to_all: bool = False) -> list[tuple[str, list[str]]]:
        """What will happen, by heading; what is said `to_all` counts nothing that not everybody sees."""
        found: dict[str, list[str]] = defaultdict(list)
        for step in self.steps:
            if step.is_open or not to_all:
                found[step.heading].append(step.text)
        return list(found.items())


@dataclass(frozen=True)
class Case:
    """Who follows whom, and what goes over: `heirs` receive the memberships, and people and grants where these are carried."""

    kind: SuccessionKind
    day: dt.date
    predecessors: Sequence[Agency]
    successors: Sequence[Agency]
    heirs: Sequence[Agency]
    people: bool
    access: bool
    founded: tuple[Agency, AgencyName] | None = None

    @property
    def eve(self) -> dt.date:
        """The last day of the predecessors."""
        return self.day - DAY


# ---------------------------------------------------------------- planning


def plan(case: Case) -> Plan:
    """What recording this succession will do. Changes nothing."""
    changeover = Changeover(agency=case.predecessors[0], kind=case.kind, day=case.day)
    return Plan(
        changeover,
        successions=[_link(case, changeover, *pair) for pair in _pairs(case)],
        steps=[*_bodies(case), *_seats(case), *_access(case), *_tasks(case)],
        founds=[case.founded] if case.founded else [],
        grants=[(old.group, heir) for old in case.predecessors for heir in case.heirs] if case.access else [],
    )


def _pairs(case: Case) -> Iterator[tuple[Agency, Agency]]:
    return ((old, new) for old in case.predecessors for new in case.successors)


def _link(case: Case, changeover: Changeover, old: Agency, new: Agency) -> Succession:
    return Succession(predecessor=old, successor=new, kind=case.kind, day=case.day, changeover=changeover)


def _bodies(case: Case) -> Iterator[Step]:
    """The predecessors end with their names; a new body begins."""
    heading, eve = _("Bodies"), long_date(case.eve)
    for old in case.predecessors:
        if old.last_day is None:
            text = _("%(body)s ends on %(day)s.") % {"body": in_full(old), "day": eve}
            yield _ended(heading, text, old, case.eve)
        for name in old.names.on(case.day):
            text = _("Its name “%(name)s” ends on %(day)s.") % {"name": name.name, "day": eve}
            yield _ended(heading, text, name, case.eve)
    if case.founded:
        agency, name = case.founded
        text = _("%(body)s begins on %(day)s.") % {"body": in_full(name), "day": long_date(case.day)}
        yield Step(heading, text, agency)
        yield Step(heading, _("Its first name is “%(name)s”.") % {"name": name.name}, name)


def _seats(case: Case) -> Iterator[Step]:
    """What the predecessors held ends; each heir receives one membership of each mechanism, in the highest role."""
    held = list(_memberships(case.predecessors, case.day))
    yield from (_end_membership(case, row) for row in held)
    by_mechanism: dict[Mechanism, list[Membership]] = defaultdict(list)
    for row in held:
        by_mechanism[row.mechanism].append(row)
    for heir in case.heirs:
        for mechanism, rows in by_mechanism.items():
            yield from _inherit(case, heir, mechanism, rows)
    yield from _people(case)


def _memberships(agencies: Iterable[Agency], day: dt.date) -> MembershipQuerySet:
    rows: MembershipQuerySet = Membership.objects.on(day).filter(agency__in=[agency.pk for agency in agencies])
    return rows.named_on(day - DAY).select_related("mechanism").order_by("mechanism__name", "rank")


def _end_membership(case: Case, row: Membership) -> Step:
    facts = {"body": row.name, "role": row.get_role_display(), "mechanism": row.mechanism, "day": long_date(case.eve)}
    text = _("%(mechanism)s: %(body)s, %(role)s, ends on %(day)s.") % facts
    return _ended(_("Memberships that end"), text, row, case.eve)


def _inherit(case: Case, heir: Agency, mechanism: Mechanism, rows: Sequence[Membership]) -> Iterator[Step]:
    """One seat in the place of all: a lower role that the heir holds already is raised on the day."""
    role = min((row.role for row in rows), key=RANK.__getitem__)
    until = _latest(rows)
    heading = _("Memberships of the successor")
    facts = {"mechanism": mechanism, "body": _said(case, heir)}
    own = heir.memberships.filter(mechanism=mechanism).on(case.day).first()
    if own and RANK[own.role] <= RANK[role]:
        keeps = _("%(mechanism)s: %(body)s keeps its seat as %(role)s.") % {**facts, "role": own.get_role_display()}
        yield Step(heading, keeps)
        return
    if own and own.first_day == case.day:
        text = _("%(mechanism)s: %(body)s begins as %(role)s.") % {**facts, "role": MemberRole(role).label}
        yield Step(heading, text, own, {"role": role})
        return
    if own:
        until = own.last_day
        text = _("%(mechanism)s: %(body)s is %(role)s until %(day)s.")
        facts_then = {**facts, "role": own.get_role_display(), "day": long_date(case.eve)}
        yield _ended(heading, text % facts_then, own, case.eve)
    if later := heir.memberships.filter(mechanism=mechanism, valid__fully_gt=span(case.day, case.day)).first():
        until = later.first_day - DAY
    new = Membership(agency=heir, mechanism=mechanism, role=role, valid=span(case.day, until))
    text = _("%(mechanism)s: %(body)s sits in it as %(role)s, %(held)s.")
    words = {**facts, "role": MemberRole(role).label, "held": period(case.day, until)}
    yield Step(heading, text % words, new)


def _people(case: Case) -> Iterator[Step]:
    """The predecessors' people leave their seats, and sit for the heir where they are carried over."""
    for seat in _holders(case):
        facts = {"person": seat.person, "capacity": seat.get_capacity_display(), "mechanism": seat.mechanism}
        text = _("%(mechanism)s: the seat of %(person)s, %(capacity)s, ends on %(day)s.")
        yield _ended(_("People"), text % {**facts, "day": long_date(case.eve)}, seat, case.eve)
    if case.people:
        there = FocalPoint.objects.filter(agency=case.heirs[0], valid__overlap=span(case.day))
        taken = {(one.person_id, one.mechanism_id) for one in there}
        for seat in _holders(case):
            if (seat.person_id, seat.mechanism_id) not in taken:
                taken.add((seat.person_id, seat.mechanism_id))
                yield _carried(case, seat)


def _holders(case: Case) -> FocalPointQuerySet:
    rows = FocalPoint.objects.on(case.day).filter(agency__in=[agency.pk for agency in case.predecessors])
    return rows.for_list().order_by("mechanism__name", "person__name", "pk")


def _carried(case: Case, seat: FocalPoint) -> Step:
    new = FocalPoint(
        person=seat.person,
        agency=case.heirs[0],
        mechanism=seat.mechanism,
        capacity=seat.capacity,
        valid=span(case.day, seat.last_day),
    )
    facts = {"person": seat.person, "capacity": seat.get_capacity_display(), "body": _said(case, case.heirs[0])}
    text = _("%(mechanism)s: %(person)s sits for %(body)s as %(capacity)s from %(day)s.")
    return Step(_("People"), text % {**facts, "mechanism": seat.mechanism, "day": long_date(case.day)}, new)


def _said(case: Case, agency: Agency) -> str:
    return in_full(case.founded[1] if case.founded and case.founded[0] is agency else agency)


def _latest(rows: Iterable[Dated]) -> dt.date | None:
    """The last day of the one that holds longest; None where one has no end."""
    ends = [row.last_day for row in rows]
    return None if None in ends else max(end for end in ends if end)


def _ended(heading: str, text: str, row: Dated, last: dt.date) -> Step:
    return Step(heading, text, row, {"valid": span(row.first_day, last)})


def _access(case: Case) -> Iterator[Step]:
    """Confidential objects that name the predecessors: their number is said, never what they are."""
    for old in case.predecessors:
        if not (number := len(grants_of(old.group))):
            continue
        if case.access:
            text = ngettext(
                "%(number)s object that was opened to %(body)s by name is open to the successor at once.",
                "%(number)s objects that were opened to %(body)s by name are open to the successor at once.",
                number,
            )
        else:
            text = ngettext(
                "%(number)s object that was opened to %(body)s by name is not opened to the successor.",
                "%(number)s objects that were opened to %(body)s by name are not opened to the successor.",
                number,
            )
        yield Step(_("Access by name"), text % {"number": number, "body": in_full(old)}, is_open=False)


def _tasks(case: Case) -> Iterator[Step]:
    """What the predecessors still owe stays theirs: the secretariat must ask the successor anew."""
    for old in case.predecessors:
        if number := Obligation.objects.open().filter(agency=old).count():
            text = ngettext(
                "%(number)s task of %(body)s is open and stays with it: the secretariat asks the successor anew.",
                "%(number)s tasks of %(body)s are open and stay with it: the secretariat asks the successor anew.",
                number,
            )
            yield Step(_("Open tasks"), text % {"number": number, "body": in_full(old)}, is_open=False)


def plan_name(name: AgencyName, first: dt.date, before: AgencyName | None) -> Plan:
    """What giving an agency another name will do: the name before it in that language ends the day before."""
    changeover = Changeover(agency=name.agency, kind=SuccessionKind.RENAMED, day=first)
    steps = []
    if before:
        eve = first - DAY
        text = _("The name “%(name)s” ends on %(day)s.") % {"name": before.name, "day": long_date(eve)}
        steps.append(_ended(_("Names"), text, before, eve))
    text = _("The name “%(name)s” holds, %(held)s.") % {"name": name.name, "held": period(first, name.last_day)}
    return Plan(changeover, [], [*steps, Step(_("Names"), text, name)])


# ---------------------------------------------------------------- carrying out, taking back


def carry_out(plan: Plan, *, by: User, source: str = "", document: Any = None) -> Changeover:
    """Do what the plan says, all of it or nothing. Raises IntegrityError where somebody else was faster."""
    changeover = plan.changeover
    with recorded(by):
        _lock(plan)
        changeover.recorded_by, changeover.source, changeover.document = by, source, document
        changeover.said = plan.said(to_all=True)
        for agency, _name in plan.founds:
            agency.group = Group.objects.create(name=f"agency {agency.pk}")
        done = [_do(step, source, document, by) for step in plan.steps if step.row]
        changeover.done = done + [_noted_grant(row) for one in plan.grants for row in copy_grants(one[0], one[1].group)]
        changeover.save()
        for link in plan.successions:
            link.source = source
            link.save()
    return changeover


def _lock(plan: Plan) -> None:
    """Two who record the same succession wait for each other, and the second is refused."""
    bodies = {plan.changeover.agency_id} | {
        pk for link in plan.successions for pk in (link.predecessor_id, link.successor_id)
    }
    list(Agency.objects.select_for_update(of=("self",)).filter(pk__in=bodies).order_by("pk"))
    for step in plan.steps:
        if step.values and _columns(step.row) != _columns(type(step.row)._default_manager.get(pk=step.row.pk)):
            raise IntegrityError("A row has changed since it was planned.")


def _do(step: Step, source: str, document: Any, by: User) -> dict[str, Any]:
    """Write one row; what taking it back needs."""
    row, before = step.row, _columns(step.row) if step.values else None
    for attribute, value in step.values.items():
        setattr(row, attribute, value)
    if not step.values and isinstance(row, (Membership, AgencyName)):
        row.source, row.document = source, document
    row.save(update_fields=list(step.values) or None)
    out_at_once(row, by)
    return {"model": row._meta.label_lower, "id": str(row.pk), "before": before, "after": _columns(row)}


def _noted_grant(row: models.Model) -> dict[str, Any]:
    return {"model": row._meta.label_lower, "id": str(row.pk), "before": None, "after": {}}


def _columns(row: models.Model) -> dict[str, Any]:
    """The watched columns of a row as JSON keeps them."""
    return {name: _plain(getattr(row, name)) for name in WATCHED[row._meta.model_name or ""]}


def _plain(value: Any) -> Any:
    if isinstance(value, DateRange):
        return [day.isoformat() if day else None for day in (value.lower, value.upper)]
    return str(value)


def _rich(value: Any) -> Any:
    if isinstance(value, list):
        first, upper = (dt.date.fromisoformat(day) if day else None for day in value)
        return DateRange(first, upper, "[)")
    return value


def take_back(changeover: Changeover, *, by: User) -> None:
    """Undo a succession that was recorded in error. The history keeps it. Raises BuiltOn; then nothing is undone."""
    try:
        with recorded(by):
            _refuse_later(changeover)
            changeover.successions.all().delete()
            for entry in reversed(changeover.done):
                _undo(entry)
            changeover.delete()
    except (models.ProtectedError, IntegrityError) as error:
        raise BuiltOn(_("The register was built upon since: something else refers to what it added.")) from error


def _refuse_later(changeover: Changeover) -> None:
    """Seats given since, in a membership that it added, would be left without one."""
    added = {entry["id"] for entry in changeover.done if entry["before"] is None}
    for row in Membership.objects.filter(pk__in=added).select_related("mechanism"):
        seats = FocalPoint.objects.filter(agency=row.agency_id, mechanism=row.mechanism_id)
        given_since = seats.filter(valid__startswith__gte=row.first_day).exclude(pk__in=added)
        if seat := given_since.select_related("person").first():
            facts = {"person": seat.person, "mechanism": row.mechanism}
            raise BuiltOn(_("%(person)s was given a seat in the %(mechanism)s since. End it first.") % facts)


def _undo(entry: dict[str, Any]) -> None:
    """Put one row back; it must still be as the changeover left it."""
    model = apps.get_model(entry["model"])
    row = model._default_manager.select_for_update(of=("self",)).filter(pk=entry["id"]).first()
    if not entry["after"]:  # a grant: gone already is as good
        if row:
            row.delete()
        return
    if row is None or _columns(row) != entry["after"]:
        kind = str(model._meta.verbose_name)
        raise BuiltOn(_("Something that it changed was changed again since (%(kind)s).") % {"kind": kind})
    if entry["before"] is None:
        row.delete()
        return
    for attribute, value in entry["before"].items():
        setattr(row, attribute, _rich(value))
    row.save(update_fields=list(entry["before"]))
