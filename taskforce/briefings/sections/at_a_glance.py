"""The mechanism at a glance: what it is for, who sat in it on the day, who spoke for them, how it came to be."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.documents import Composition, Seats, composition
from agencies.models import Mandate, Membership, Milestone
from core.words import period
from taskforce.briefings import sections
from taskforce.briefings.documents import Content, Figure
from taskforce.briefings.sections import Order, Section


@dataclass(frozen=True)
class Body:
    """A body that sits in the mechanism, or is linked to it, under its name of the day."""

    acronym: str
    name: str
    role: str
    since: str
    source: str


@dataclass(frozen=True)
class Seat:
    """Who speaks for a body; an empty tuple is a vacant seat."""

    acronym: str
    principals: tuple[str, ...]
    focal_points: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """A milestone, dated as precisely as its source."""

    date: str
    what: str
    source: str


@dataclass(frozen=True)
class AtAGlance:
    """The mechanism on one day. The two sources are those of most rows; a row from elsewhere names its own."""

    name: str
    mandate: tuple[str, ...]
    authority: str
    set_up: str
    as_of: dt.date
    members_source: str
    milestones_source: str
    chairs: tuple[Body, ...]
    members: tuple[Body, ...]
    linkages: tuple[Body, ...]
    seats: tuple[Seat, ...]
    milestones: tuple[Step, ...]


def gather(order: Order) -> Content:
    """The mechanism as it was on the day of the pack, for whoever may read the register."""
    mechanism = order.mechanism
    then = composition(mechanism, order.as_of)
    steps = [_step(row) for row in Milestone.objects.visible_to(order.reader).filter(mechanism=mechanism)]
    values = AtAGlance(
        name=mechanism.name,
        mandate=_lines(mechanism.mandate_on(order.as_of)),
        authority=mechanism.authority,
        set_up=str(mechanism.set_up or ""),
        as_of=order.as_of,
        members_source=_most([row.source for row in (*then.chairs, *then.members, *then.observers)]),
        milestones_source=_most([step.source for step in steps]),
        chairs=_bodies(then.chairs),
        members=_bodies([*then.members, *then.observers]),
        linkages=_bodies(then.linkages),
        seats=tuple(_seat(row) for row in then.seats),
        milestones=tuple(steps),
    )
    return Content(values, _figures(then))


def _lines(mandate: Mandate | None) -> tuple[str, ...]:
    return tuple(line for line in mandate.text.splitlines() if line.strip()) if mandate else ()


def _figures(then: Composition) -> dict[str, Figure]:
    register, day = _("Register of the portal: memberships"), then.day
    seats = _("Register of the portal: focal points")
    return {
        "bodies": Figure(_("Bodies that sit in it"), str(then.bodies), register, day),
        "chairs": Figure(_("Chairs and co-chairs"), str(len(then.chairs)), register, day),
        "linkages": Figure(_("Linkages, which are not memberships"), str(len(then.linkages)), register, day),
        "vacant": Figure(_("Seats of principals and focal points that nobody holds"), str(then.vacant), seats, day),
    }


def _most(sources: list[str]) -> str:
    """The source that most rows have; empty when none has any."""
    named = Counter(source for source in sources if source)
    return named.most_common(1)[0][0] if named else ""


def _bodies(rows: Sequence[Membership]) -> tuple[Body, ...]:
    return tuple(_body(row) for row in rows)


def _body(row: Membership) -> Body:
    names = row.__dict__  # the queryset annotates name and acronym
    return Body(
        acronym=names["acronym"] or names["name"],
        name=names["name"],
        role=str(row.get_role_display()),
        since=period(row.first_day, row.last_day),
        source=row.source,
    )


def _seat(row: Seats) -> Seat:
    names = row.membership.__dict__
    return Seat(
        acronym=names["acronym"] or names["name"],
        principals=tuple(str(one.person) for one in row.principals),
        focal_points=tuple(str(one.person) for one in row.focal_points),
    )


def _step(row: Milestone) -> Step:
    return Step(str(row.date or _("undated")), row.what, row.source)


SECTION = sections.register(
    Section(
        key="at_a_glance",
        place=1,
        label=gettext_lazy("The mechanism at a glance"),
        what=gettext_lazy("Purpose, members, co-chairs, seats, linkages and milestones on the day."),
        template="briefings/pdf/at_a_glance.html",
        gather=gather,
    )
)
