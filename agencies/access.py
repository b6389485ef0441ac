"""Who may see and do what, as SQL conditions on dated seats."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import models

from accounts.roles import SEAT_ROLES
from core.access import can
from core.dates import today

if TYPE_CHECKING:
    from agencies.models import FocalPointQuerySet

Q = TypeVar("Q", bound=models.QuerySet[Any])


def seats_of(user: Any, on: dt.date) -> FocalPointQuerySet:
    """The seats from which a person has rights on the day; a mere contact has none."""
    seats: FocalPointQuerySet = apps.get_model("agencies", "FocalPoint")._default_manager.filter(
        capacity__in=SEAT_ROLES
    )
    return seats.seats_of(user, on)


def agencies_of(user: Any, on: dt.date) -> models.QuerySet[Any]:
    """The ids of the agencies for which a person sits on the day, as a subquery."""
    return seats_of(user, on).values("agency_id")


def agencies_where(user: Any, permission: str, on: dt.date) -> models.QuerySet[Any]:
    """The ids of the agencies on whose objects a seat gives the person the permission on the day, as a subquery."""
    capacities = [key for key, role in SEAT_ROLES.items() if permission in role.own]
    return seats_of(user, on).filter(capacity__in=capacities).values("agency_id")


def groups_of(user: Any, on: dt.date) -> models.QuerySet[Group]:
    """The groups of those agencies: what was granted to them is granted to this person on that day."""
    return Group.objects.filter(agency__in=agencies_of(user, on))


def reads_register(user: Any) -> bool:
    """Whether the person may read the register at all."""
    return can(user, "agencies.view_register")


def own_or_all(rows: Q, user: Any, everywhere: str, *, agency: str = "agency") -> Q:
    """All rows for holders of the permission `everywhere`, else those whose `agency` is one of the person's own."""
    if can(user, everywhere):
        return rows
    if not getattr(user, "is_active", False):
        return rows.none()
    return rows.filter(**{f"{agency}__in": agencies_of(user, today())})
