"""Who may sign in, and the rights from the roles of the house."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend
from django.db import models

from accounts.models import User
from core.dates import today


class SignInBackend(AuthenticationBackend):  # type: ignore[misc]
    """Sign-in by e-mail address and password. It gives no rights: those come from roles and seats."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Asked at sign-in and again on every request."""
        return isinstance(user, User) and user.may_sign_in

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        """None; Django's own permission tables are not used."""
        return False


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
