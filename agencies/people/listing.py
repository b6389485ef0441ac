"""What the lists of people and invitations show."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.factors import FACTORS
from accounts.models import RoleAssignment, User
from accounts.roles import HOUSE_ROLES
from agencies.models import Agency, Capacity, FocalPoint
from agencies.people.models import Invitation, Standing
from core import tags
from core.dates import today
from core.lists import Column

ACCESS = tags.register(
    "access",
    {
        "active": tags.State(_("Active"), "green"),
        "no_factor": tags.State(_("No second factor yet"), "yellow"),
        "sample": tags.State(_("Sample sign-in"), "purple"),
        "inactive": tags.State(_("Deactivated"), "grey"),
    },
)


def people_for_list(people: QuerySet[User], on: dt.date) -> QuerySet[User]:
    """People with their second factor, and the roles and seats of the day: four queries, however many people."""
    agencies = Prefetch("agency", Agency.objects.named_on(on))
    seats = FocalPoint.objects.on(on).select_related("mechanism").prefetch_related(agencies)
    factor = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    return people.annotate(has_factor=Exists(factor)).prefetch_related(
        Prefetch("role_assignments", RoleAssignment.objects.on(on), to_attr="roles_then"),
        Prefetch("seats", seats, to_attr="seats_then"),
    )


def access_of(person: Any) -> str:
    """How the access of a listed person stands."""
    if not person.is_active:
        return "inactive"
    if person.is_sample:
        return "sample"
    return "active" if person.has_factor else "no_factor"


def standing_for(person: Any) -> str:
    """Roles and seats of a listed person, in words."""
    roles = [str(role.get_role_display()) for role in person.roles_then]
    seats = [f"{seat.get_capacity_display()}, {seat.agency}" for seat in person.seats_then]
    return "; ".join([*roles, *seats])


PEOPLE_COLUMNS = [
    Column(
        "name",
        _("Name"),
        "name",
        link=lambda person: reverse("people:detail", args=[person.pk]),
        sort=("name", "email"),
        sub="email",
    ),
    Column("title", _("Functional title"), "functional_title", sort="functional_title"),
    Column("standing", _("Roles and seats today"), standing_for),
    Column("access", _("Access"), access_of, tag="access"),
    Column("last_login", _("Last sign-in"), "last_login", sort="last_login"),
    Column("email", _("E-mail address"), "email", on_page=False),
    Column("language", _("Language"), "get_language_display", on_page=False),
]

LATELY = dt.timedelta(days=30)
LONG = dt.timedelta(days=180)
SIGN_INS = [
    ("lately", _("In the last 30 days")),
    ("long_ago", _("Not for 180 days")),
    ("never", _("Never")),
]


class PeopleFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Find people."""

    q = django_filters.CharFilter(label=_("Name or e-mail address"), method="search")
    access = django_filters.ChoiceFilter(
        label=_("Access"), choices=[(key, state.word) for key, state in ACCESS.items()], method="by_access"
    )
    agency = django_filters.ModelChoiceFilter(
        label=_("Seat today for"), queryset=Agency.objects.none(), method="by_agency"
    )
    role = django_filters.ChoiceFilter(
        label=_("Role or capacity today"),
        choices=[*((key, role.label) for key, role in HOUSE_ROLES.items()), *Capacity.choices],
        method="by_role",
    )
    last = django_filters.ChoiceFilter(label=_("Last sign-in"), choices=SIGN_INS, method="by_sign_in")

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        seated = Agency.objects.filter(pk__in=FocalPoint.objects.on(today()).values("agency"))
        self.filters["agency"].queryset = seated.named_on(today()).order_by("acronym", "name")

    def by_agency(self, people: QuerySet[User], _name: str, value: Agency) -> QuerySet[User]:
        """Those who speak for it today, in whatever capacity."""
        return people.filter(pk__in=FocalPoint.objects.on(today()).filter(agency=value).values("person"))

    def by_role(self, people: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        """Those who hold the role of the house, or sit in that capacity, today."""
        if value in HOUSE_ROLES:
            return people.filter(pk__in=RoleAssignment.objects.on(today()).filter(role=value).values("user"))
        return people.filter(pk__in=FocalPoint.objects.on(today()).filter(capacity=value).values("person"))

    def by_sign_in(self, people: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        """Lately, not for long, or never."""
        now = timezone.now()
        conditions = {
            "lately": Q(last_login__gte=now - LATELY),
            "long_ago": Q(last_login__lt=now - LONG),
            "never": Q(last_login=None),
        }
        return people.filter(conditions[value])

    def search(self, people: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        """Part of the name or address."""
        return people.filter(Q(name__icontains=value) | Q(email__icontains=value))

    def by_access(self, people: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        """The same four cases as the tag."""
        if value == "inactive":
            return people.filter(is_active=False)
        if value == "sample":
            return people.filter(is_active=True, is_sample=True)
        return people.filter(Q(has_factor=value == "active"), is_active=True, is_sample=False)


def standing_of(invitation: Invitation) -> str:
    """How a listed invitation stands now."""
    return invitation.standing(timezone.now())


INVITATION_COLUMNS = [
    Column(
        "email",
        _("Invited"),
        lambda invitation: invitation.email or invitation.name,
        link=lambda invitation: reverse("people:invitation", args=[invitation.pk]),
        sort="email",
        sub="name",
    ),
    Column("offer", _("As"), "offer"),
    Column("standing", _("State"), standing_of, tag="invitation"),
    Column("by", _("Invited by"), "invited_by.name", sort="invited_by__name"),
    Column("sent_at", _("Sent"), "sent_at", sort="sent_at"),
    Column("expires_at", _("Open until"), "expires_at", sort="expires_at"),
]


class InvitationFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Find invitations."""

    standing = django_filters.ChoiceFilter(label=_("State"), choices=Standing.choices, method="by_standing")

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = ()

    def by_standing(self, invitations: QuerySet[Invitation], _name: str, value: str) -> QuerySet[Invitation]:
        """The same four cases as `Invitation.standing`."""
        now = timezone.now()
        conditions = {
            Standing.ACCEPTED: Q(accepted_at__isnull=False),
            Standing.REVOKED: Q(revoked_at__isnull=False),
            Standing.PENDING: Q(accepted_at=None, revoked_at=None, expires_at__gt=now),
            Standing.EXPIRED: Q(accepted_at=None, revoked_at=None, expires_at__lte=now),
        }
        return invitations.filter(conditions[Standing(value)])
