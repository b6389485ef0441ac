"""Where a person's rights come from, in words: roles of the house and seats, as they hold on a day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment, User
from accounts.roles import HOUSE_ROLES, SEAT_ROLES
from agencies.access import seats_of
from agencies.models import Agency, FocalPoint, Membership
from core.dates import long_date
from core.words import period


@dataclass(frozen=True)
class Holdings:
    """What a person holds on a day: the same rows from which their rights follow."""

    is_superuser: bool
    roles: list[RoleAssignment]
    seats: list[FocalPoint]

    def giving(self, permission: str) -> list[str]:
        """The roles and seats that give the permission on every object."""
        roles = [say_role(one) for one in self.roles if permission in HOUSE_ROLES[one.role].everywhere]
        seats = [say_seat(one) for one in self.seats if permission in SEAT_ROLES[one.capacity].everywhere]
        return self._superuser() + roles + seats

    def giving_own(self, permission: str, parties: Collection[uuid.UUID]) -> list[str]:
        """The seats that give the permission on what belongs to one of the agencies."""
        own = [seat for seat in self.of(parties) if permission in SEAT_ROLES[seat.capacity].own]
        return [say_seat(seat) for seat in own]

    def of(self, parties: Collection[uuid.UUID]) -> list[FocalPoint]:
        """The seats for one of the agencies."""
        return [seat for seat in self.seats if seat.agency_id in parties]

    def _superuser(self) -> list[str]:
        return [_("A break-glass account, which may do everything.")] if self.is_superuser else []


def holdings_of(person: User, on: dt.date) -> Holdings:
    """Nothing for whoever is deactivated."""
    if not person.is_active:
        return Holdings(is_superuser=False, roles=[], seats=[])
    roles = person.role_assignments.on(on).filter(role__in=HOUSE_ROLES).select_related("given_by")
    seats = _told(seats_of(person, on), on).order_by("capacity", "pk")
    return Holdings(is_superuser=person.is_superuser, roles=list(roles), seats=list(seats))


def missing(person: User, on: dt.date) -> list[str]:
    """Why a person holds nothing, or less than one might think."""
    if not person.is_active:
        return [_("The account is deactivated.")]
    held = holdings_of(person, on)
    said = (
        [] if held.roles or held.seats else [_("They hold no role of the house and no seat that gives rights today.")]
    )
    others = _told(FocalPoint.objects.filter(person=person).exclude(pk__in=[seat.pk for seat in held.seats]), on)
    said += [_void_seat(seat, on) for seat in others.order_by("-valid")]
    ended = person.role_assignments.exclude(pk__in=[role.pk for role in held.roles]).select_related("given_by")
    return said + [_("Not today: %(role)s") % {"role": say_role(role)} for role in ended]


def _told(seats: Any, on: dt.date) -> Any:
    """Seats with the agency's name and membership of the day."""
    memberships = Prefetch("memberships", Membership.objects.seated().on(on), to_attr="memberships_then")
    agencies = Prefetch("agency", Agency.objects.named_on(on).prefetch_related(memberships))
    return seats.select_related("mechanism").prefetch_related(agencies)


def say_role(role: RoleAssignment) -> str:
    """Secretariat, a role of the house, since 1 January 2010; given by Ada."""
    words = {"role": role.get_role_display(), "period": period(role.first_day, role.last_day), "by": role.given_by}
    if role.given_by:
        return _("%(role)s, a role of the house, %(period)s; given by %(by)s") % words
    return _("%(role)s, a role of the house, %(period)s") % words


def say_seat(seat: FocalPoint) -> str:
    """Focal point of UNODC in the Task Force, since …; UNODC sits there as co-chair, since …."""
    words = _seat_words(seat)
    for sits in _memberships(seat):
        more = {"role": sits.get_role_display(), "since": period(sits.first_day, sits.last_day)}
        return _("%(seat)s, %(period)s; %(agency)s sits there (%(role)s, %(since)s)") % (words | more)
    return _("%(seat)s, %(period)s") % words


def _seat_words(seat: FocalPoint) -> dict[str, object]:
    names = {"capacity": seat.get_capacity_display(), "agency": seat.agency, "mechanism": seat.mechanism}
    said = _("%(capacity)s of %(agency)s in %(mechanism)s") % names
    return {"seat": said, "agency": seat.agency, "period": period(seat.first_day, seat.last_day)}


def _memberships(seat: FocalPoint) -> Iterator[Membership]:
    told: list[Membership] = seat.agency.memberships_then  # type: ignore[attr-defined]
    return (membership for membership in told if membership.mechanism_id == seat.mechanism_id)


def _void_seat(seat: FocalPoint, on: dt.date) -> str:
    """A seat that gives no right today, and why."""
    words = _seat_words(seat)
    if seat.last_day and seat.last_day < on:
        return _("%(seat)s: ended on %(day)s.") % (words | {"day": long_date(seat.last_day)})
    if not seat.holds_on(on):
        return _("%(seat)s: has not begun.") % words
    if seat.capacity not in SEAT_ROLES:
        return _("%(seat)s: a contact, which gives no rights.") % words
    return _("%(seat)s: the agency does not sit there today.") % words
