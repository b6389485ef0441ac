"""Why a person sees an object, or does not: the very grounds that decide, in words, with where they come from."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import ROLES
from agencies.access import reads_register
from agencies.models import Agency
from agencies.people.origins import Holdings, holdings_of, missing, say_seat
from assessments import access as assessments
from assessments.models import Assessment, Contribution
from core.access import given
from core.dates import long_date
from core.grounds import Ground
from taskforce.briefings import access as briefings
from taskforce.briefings.models import Pack
from taskforce.letters import access as letters
from taskforce.letters.models import Letter

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

REGISTER = "agencies.view_register"
PERMISSIONS = sorted(set().union(*(role.everywhere | role.own for role in ROLES.values())))


@dataclass(frozen=True)
class Kind:
    """A sort of object: its grounds, its restrictions in words, and the object in which it is kept, if any."""

    label: str | _StrPromise
    model: type[Model]
    grounds: Callable[[User, dt.date], list[Ground]]
    facts: Callable[[Any], str] = str
    named: Callable[[Any], str] = lambda obj: ""  # whom it was opened to, which not every reader of it knows
    within: Callable[[Any], tuple[str, Any]] | None = None

    @property
    def permissions(self) -> list[str]:
        """The rights that concern such an object."""
        return [permission for permission in PERMISSIONS if permission.startswith(f"{self.model._meta.app_label}.")]


def _register(user: User, on: dt.date) -> list[Ground]:
    words = gettext_lazy("The register is open to every reader of it.")
    return [Ground(words, Q(pk__isnull=False), REGISTER)] if reads_register(user) else []


def _level(obj: Any) -> str:
    return _("It is %(level)s.") % {"level": obj.get_sensitivity_display()}


def _named(obj: Assessment) -> str:
    agencies = ", ".join(str(agency) for agency in obj.named_agencies())
    return _("Named agencies: %(agencies)s.") % {"agencies": agencies} if agencies else ""


def _letter(obj: Letter) -> str:
    return f"{_level(obj)} {_('Its state: %(state)s.') % {'state': obj.get_status_display()}}"


def _pack(obj: Pack) -> str:
    return _("Its audience: %(audience)s.") % {"audience": obj.get_audience_display()}


KINDS = {
    "assessment": Kind(
        gettext_lazy("Assessment"),
        Assessment,
        lambda user, on: assessments.grounds(user, Assessment, on),
        _level,
        _named,
    ),
    "contribution": Kind(
        gettext_lazy("Contribution"),
        Contribution,
        assessments.contribution_grounds,
        lambda obj: "",
        within=lambda obj: ("assessment", obj.assessment),
    ),
    "letter": Kind(gettext_lazy("Letter"), Letter, lambda user, on: letters.grounds(user), _letter),
    "pack": Kind(gettext_lazy("Briefing pack"), Pack, lambda user, on: briefings.grounds(user), _pack),
    "agency": Kind(gettext_lazy("Agency"), Agency, _register, lambda obj: ""),
}


@dataclass(frozen=True)
class Reason:
    """Something that holds, and the roles, seats and grants from which it follows."""

    words: str
    origins: list[str]


@dataclass(frozen=True)
class Explanation:
    """Why a person sees an object: `within` first, where it is kept in another. Without reasons they do not see it."""

    sees: bool
    reasons: list[Reason]
    rights: list[Reason]
    facts: str
    missing: list[str]
    within: Explanation | None = None

    @property
    def rights_by_origin(self) -> dict[tuple[str, ...], list[str]]:
        """The names of the rights that follow from the same roles and seats, together."""
        found: dict[tuple[str, ...], list[str]] = {}
        for right in self.rights:
            found.setdefault(tuple(right.origins), []).append(right.words)
        return found


def explain(person: User, kind: str, obj: Any, on: dt.date, *, whole: bool = False) -> Explanation:
    """The answer for one person and one object on the day; the `whole` one also says to which other agencies it was opened."""
    held, about = holdings_of(person, on), KINDS[kind]
    within = explain(person, *about.within(obj), on, whole=whole) if about.within else None
    reasons = [
        Reason(str(ground.words), _origins(ground, held, obj))
        for ground in about.grounds(person, on)
        if about.model._default_manager.filter(ground.condition, pk=obj.pk).exists()
    ]
    return Explanation(
        sees=bool(reasons) and (within is None or within.sees),
        reasons=reasons,
        rights=_rights(person, held, about, obj),
        facts=" ".join(filter(None, [about.facts(obj), about.named(obj) if whole else ""])),
        missing=missing(person, on),
        within=within,
    )


def _origins(ground: Ground, held: Holdings, obj: Any) -> list[str]:
    """Where a ground comes from."""
    if ground.permission:
        return held.giving(ground.permission)
    parties = ground.parties(obj)
    seats = [say_seat(seat) for seat in held.of(parties)]
    return seats + (_grants(obj, held) if ground.granted else [])


def _grants(obj: Any, held: Holdings) -> list[str]:
    """Who named the person's agencies, and when."""
    agencies = {seat.agency.group_id: seat.agency for seat in held.seats}
    found = [
        (group, at, by)
        for group, at, by in given(f"{obj._meta.app_label}.view_{obj._meta.model_name}", obj)
        if group in agencies
    ]
    people = {str(one.pk): one.name for one in User.objects.filter(pk__in=[by for _group, _at, by in found if by])}
    return [
        _("%(agency)s was named by %(by)s on %(day)s.")
        % {"agency": agencies[group], "by": people.get(by, _("the portal")), "day": long_date(at.date())}
        for group, at, by in found
    ]


def _rights(person: User, held: Holdings, about: Kind, obj: Any) -> list[Reason]:
    """What the person may do with the object, and whence; nothing on what must be seen first and is not."""
    if not getattr(obj, "seen_by", lambda user: True)(person):
        return []
    parties: set[uuid.UUID] = getattr(obj, "party_ids", set)()
    found = [
        Reason(permission, held.giving(permission) + held.giving_own(permission, parties))
        for permission in about.permissions
    ]
    return [reason for reason in found if reason.origins]
