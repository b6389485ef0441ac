"""What the page of one person shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Prefetch

from accounts.factors import factors_of
from accounts.models import RoleAssignment, User
from agencies.models import Agency, FocalPoint
from agencies.people.listing import access_of


@dataclass(frozen=True)
class Profile:
    """A person's seats and roles over time, and how they sign in."""

    access: str
    seats: list[FocalPoint]
    roles: list[RoleAssignment]
    factors: list[Authenticator]
    sessions: int


def profile_of(person: User, on: dt.date) -> Profile:
    """Everything about one person, newest first."""
    agencies = Prefetch("agency", Agency.objects.named_on(on))
    factors = list(factors_of(person))
    person.has_factor = bool(factors)  # type: ignore[attr-defined]
    return Profile(
        access=access_of(person),
        seats=list(person.seats.select_related("mechanism").prefetch_related(agencies).order_by("-valid")),
        roles=list(person.role_assignments.select_related("given_by").order_by("-valid")),
        factors=factors,
        sessions=UserSession.objects.filter(user=person).count(),
    )
