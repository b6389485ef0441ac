"""Invitations."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.roles import HOUSE_ROLES
from agencies.models import Agency, Capacity, Mechanism, Row
from agencies.people import access
from core import tags
from core.audit import audited
from core.dates import Dated, DatedQuerySet

OPEN_FOR = dt.timedelta(hours=72)


class Standing(models.TextChoices):
    """How an invitation stands."""

    PENDING = "pending", _("Waiting for an answer")
    EXPIRED = "expired", _("Expired")
    ACCEPTED = "accepted", _("Accepted")
    REVOKED = "revoked", _("Revoked")


STANDINGS = tags.register(
    "invitation",
    {
        Standing.PENDING: tags.State(Standing.PENDING.label, "blue"),
        Standing.EXPIRED: tags.State(Standing.EXPIRED.label, "yellow"),
        Standing.ACCEPTED: tags.State(Standing.ACCEPTED.label, "green"),
        Standing.REVOKED: tags.State(Standing.REVOKED.label, "grey"),
    },
)


class InvitationQuerySet(DatedQuerySet):
    """Invitations."""

    def unanswered(self) -> Self:
        """Neither accepted nor revoked; some of them may have expired."""
        return self.filter(accepted_at=None, revoked_at=None)

    def visible_to(self, user: Any) -> Self:
        """Every one for whoever invites everywhere, else those of the agencies that the person may invite for."""
        return access.invitable(self, user, "agency")

    def for_list(self, on: dt.date) -> Self:
        """With what a list shows."""
        agencies = models.Prefetch("agency", Agency.objects.named_on(on))
        return self.select_related("mechanism", "invited_by").prefetch_related(agencies).order_by("-sent_at", "pk")


@audited(exclude=["email", "name"])
class Invitation(Row, Dated):
    """Somebody is asked to join: for a seat of an agency, or for a role of the house. `valid` is the time of either.

    The link in the mail is a sealed token of id and `version`: sending it again raises the version, so that only the newest
    link works. Accepting makes the person and gives them what was offered, in one step.
    """

    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=200)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    mechanism = models.ForeignKey(Mechanism, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    capacity = models.CharField(_("capacity"), max_length=15, choices=Capacity.choices, blank=True)
    role = models.CharField(
        _("role"), max_length=30, choices=[(role.key, role.label) for role in HOUSE_ROLES.values()], blank=True
    )
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)
    sent_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("open until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="invitation"
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                Lower("email"), name="invitation_once", condition=Q(accepted_at=None, revoked_at=None)
            ),
            models.CheckConstraint(
                name="invitation_for_seat_or_role",
                condition=Q(role="", agency__isnull=False, mechanism__isnull=False) & ~Q(capacity="")
                | Q(agency=None, mechanism=None, capacity="") & ~Q(role=""),
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_someone",
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at=None),
            ),
        )

    def __str__(self) -> str:
        return self.email

    def party_ids(self) -> set[uuid.UUID]:
        """An invitation for a seat belongs to the seat's agency."""
        return {self.agency_id} if self.agency_id else set()

    def standing(self, now: dt.datetime) -> Standing:
        """How it stands at that moment."""
        if self.accepted_at:
            return Standing.ACCEPTED
        if self.revoked_at:
            return Standing.REVOKED
        return Standing.PENDING if now < self.expires_at else Standing.EXPIRED

    @property
    def offer(self) -> str:
        """What is offered, in words: “Focal point of UNODC” or “Secretariat”."""
        if self.role:
            return str(self.get_role_display())
        return str(_("%(capacity)s of %(agency)s") % {"capacity": self.get_capacity_display(), "agency": self.agency})
