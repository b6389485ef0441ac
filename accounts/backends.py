"""Rights from the roles of the house."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db import models

from accounts.models import User
from core.dates import today


class RoleBackend(BaseBackend):
    """A role of the house holds everywhere, on the days it is assigned.

    The answer is kept on the user object, which lives for one request or task.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        """Whether a role of the house gives the permission; an object makes no difference."""
        return isinstance(user_obj, User) and user_obj.is_active and perm in self._everywhere(user_obj)

    def _everywhere(self, user: User) -> frozenset[str]:
        cached: frozenset[str] | None = getattr(user, "_house_permissions", None)
        if cached is None:
            cached = frozenset().union(*(role.everywhere for role in user.house_roles(today())))
            user._house_permissions = cached  # type: ignore[attr-defined]  # noqa: SLF001
        return cached
