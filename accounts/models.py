"""Users and the roles of the house they hold for a time."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.moments import MOMENTS
from accounts.roles import HOUSE_ROLES, Role
from core.access import can
from core.audit import audited
from core.dates import Dated, DatedQuerySet, no_overlap, today

NO_PASSWORD = models.Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)


class UserQuerySet(models.QuerySet["User"]):
    """People."""

    def visible_to(self, user: Any) -> Self:
        """Everyone for whoever keeps or audits people, else oneself."""
        return self if can(user, "accounts.view_person") else self.filter(pk=user.pk)


class UserManager(BaseUserManager["User"]):
    """Makes users; an e-mail address is a name whatever its case."""

    def get_queryset(self) -> UserQuerySet:
        """Every person."""
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: Any) -> UserQuerySet:
        """The people that the user may see."""
        return self.get_queryset().visible_to(user)

    def get_by_natural_key(self, username: str | None) -> User:
        """The user with this e-mail address."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new user; without a password they cannot sign in by password."""
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def never_here(self) -> models.QuerySet[User]:
        """People who are only written down, as contacts or holders of a seat: they have no password and never signed in."""
        return self.filter(NO_PASSWORD, last_login=None)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A break-glass account; the secretariat and administrators are never superusers."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


@audited(exclude=["password", "last_login", "email"], moments=MOMENTS)
class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. The e-mail address is the name; whose contact data have expired has none and never signs in.

    The history keeps no contact data: what never stood there need not be taken out of what nobody may change.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=200)
    functional_title = models.CharField(_("functional title"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may enter Django's admin"), default=False)
    is_sample = models.BooleanField(_("sample sign-in of the local run"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("name", "email")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                condition=~models.Q(email=""),
                violation_error_message=_("A person with this address is known already."),
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        """The address in small letters: the sign-in looks it up so. Who breaks the glass does no daily work."""
        super().clean()
        self.email = self.email.lower()
        if self.is_superuser and self.role_assignments.on(today()).exists():
            raise ValidationError(_("Whoever holds a role of the house is no superuser. Make an account of its own."))

    def get_full_name(self) -> str:
        """The name, for allauth and Django."""
        return self.name

    @property
    def may_sign_in(self) -> bool:
        """Whether the person may enter at all; sample sign-ins exist in a trial run only."""
        return self.is_active and (settings.TRIAL or not self.is_sample)

    def house_roles(self, on: dt.date) -> list[Role]:
        """The roles of the house this person holds on a day."""
        keys = self.role_assignments.on(on).values_list("role", flat=True)
        return [HOUSE_ROLES[key] for key in keys if key in HOUSE_ROLES]


class RoleAssignmentQuerySet(DatedQuerySet):
    """Roles of the house, over time."""

    def visible_to(self, user: Any) -> Self:
        """Everyone's for whoever keeps or audits people, else one's own."""
        return self if can(user, "accounts.view_person") else self.filter(user=user.pk)


@audited()
class RoleAssignment(Dated):
    """A person holds a role of the house for some time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_assignments")
    role = models.CharField(_("role"), max_length=30, choices=[(role.key, role.label) for role in HOUSE_ROLES.values()])
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        constraints = (
            no_overlap(
                "role_assignment_once", "user", "role", message=_("This person holds this role already in that time.")
            ),
            models.CheckConstraint(
                condition=~models.Q(user=models.F("given_by")),
                name="role_assignment_no_self_grant",
                violation_error_message=_("Nobody gives a role to themselves."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"

    def clean(self) -> None:
        """Whoever breaks the glass does no daily work with the same account."""
        super().clean()
        if self.user.is_superuser:
            raise ValidationError(_("A superuser holds no role of the house: that account is for emergencies."))
