"""Who may invite for which agencies, as SQL conditions on dated seats."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from django.db import models

from agencies.access import agencies_where
from core.access import can
from core.dates import today

Q = TypeVar("Q", bound=models.QuerySet[Any])
INVITE = "agencies.invite_person"


def invites_for(user: Any, on: dt.date) -> models.QuerySet[Any]:
    """The ids of the agencies for which a seat lets the person invite, as a subquery."""
    return agencies_where(user, INVITE, on)


def may_invite(user: Any) -> bool:
    """Whether the person invites at all: everywhere, or for an agency of theirs."""
    return can(user, INVITE) or (user.is_active and invites_for(user, today()).exists())


def invitable(rows: Q, user: Any, agency: str) -> Q:
    """All rows for whoever invites everywhere, else those whose `agency` the person may invite for."""
    if can(user, INVITE):
        return rows
    if not getattr(user, "is_active", False):
        return rows.none()
    return rows.filter(**{f"{agency}__in": invites_for(user, today())})
