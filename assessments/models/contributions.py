"""Contributions: what agencies were asked to give, by when, and what they gave."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Row, short_then
from assessments import access
from assessments.workflow import CONTRIBUTION, OPEN, OWED, ContributionStatus
from core.audit import audited
from core.dates import day_at, today
from core.models import StoredFile

if TYPE_CHECKING:
    from accounts.models import User

from assessments.models.flows import Flow
from assessments.models.schedule import Assessment


class ContributionQuerySet(models.QuerySet["Contribution"]):
    """Contributions."""

    def visible_to(self, user: Any) -> Self:
        """On visible assessments: one's own agencies', and all for the lead agency and the secretariat."""
        seen = Assessment.objects.visible_to(user)
        return self.filter(access.own_contributions(user, today()), assessment__in=seen)

    def for_list(self) -> Self:
        """With the agency and its short name of today, by deadline."""
        named = self.annotate(agency_name=short_then(today(), "agency"))
        return named.select_related("agency").order_by("due_on", "pk")


@audited()
class Contribution(Row):
    """An agency was asked for its contribution to an assessment by a day."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="contributions")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="contributions")
    flows = models.ManyToManyField(Flow, blank=True, related_name="contributions", verbose_name=_("flows"))
    what = models.CharField(_("what is asked"), max_length=500)
    due_on = models.DateField(_("due on"))
    status = models.CharField(
        _("status"), max_length=10, choices=ContributionStatus.choices, default=ContributionStatus.ASKED
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    text = models.TextField(_("contribution"), blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    agency_name: str  # by for_list()
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ContributionQuerySet.as_manager()

    class Meta:
        ordering = ("due_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "agency"), condition=Q(status__in=OPEN), name="contribution_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[ContributionStatus.RECEIVED, ContributionStatus.ACCEPTED])
                | Q(submitted_at__isnull=False),
                name="contribution_received_with_time",
            ),
        )
        triggers = (CONTRIBUTION.trigger(),)

    def __str__(self) -> str:
        return self.what

    @property
    def is_owed(self) -> bool:
        """Whether the agency has the next step."""
        return self.status in OWED

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("assessments:contribution", args=[self.pk])

    def is_overdue(self, now: dt.datetime) -> bool:
        """Whether it is owed and its day has passed at the agency's duty station."""
        return self.is_owed and self.due_on < day_at(self.agency.time_zone, now)

    def party_ids(self) -> set[uuid.UUID]:
        """A contribution belongs to the agency that owes it."""
        return {self.agency_id}

    def seen_by(self, user: User) -> bool:
        """Whether the user is among those of `visible_to`."""
        return Contribution.objects.visible_to(user).filter(pk=self.pk).exists()
