"""Rights from a seat: what its role holds everywhere, and what it holds on the objects of its own agency."""

import uuid
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db import models

from accounts.models import User
from accounts.roles import SEAT_ROLES
from agencies.access import seats_of
from core.dates import today


class SeatBackend(BaseBackend):
    """A focal point's rights follow the dated seat and the membership of its agency.

    An object says whose it is by `party_ids()`, the ids of agencies. Seats are kept on the user object, which lives for one
    request or task.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        """Whether a seat gives the permission, everywhere or on this object."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        seats = self._seats(user_obj)
        if any(perm in SEAT_ROLES[capacity].everywhere for _, capacity in seats):
            return True
        parties: set[uuid.UUID] = getattr(obj, "party_ids", set)() if obj is not None else set()
        return any(agency in parties and perm in SEAT_ROLES[capacity].own for agency, capacity in seats)

    def _seats(self, user: User) -> list[tuple[uuid.UUID, str]]:
        cached: list[tuple[uuid.UUID, str]] | None = getattr(user, "_seats", None)
        if cached is None:
            rows = seats_of(user, today()).values_list("agency_id", "capacity")
            cached = [(agency, capacity) for agency, capacity in rows if capacity in SEAT_ROLES]
            user._seats = cached  # type: ignore[attr-defined]  # noqa: SLF001
        return cached
