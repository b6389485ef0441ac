"""A request for sight and its outcome."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.access import agencies_of
from agencies.models import Agency, Row, short_then
from core import tags
from core.access import can
from core.audit import audited
from core.dates import today
from core.tags import State
from taskforce.sight.kinds import KINDS

# Who answers a request for what is not there: nobody may learn from the silence that nothing is.
ANSWERS_FOR_NOTHING = "core.view_strictly_confidential"


class Outcome(models.TextChoices):
    """What became of a request."""

    ASKED = "asked", _("Asked")
    GRANTED = "granted", _("Granted")
    DECLINED = "declined", _("Declined")


tags.register(
    "sight",
    {
        Outcome.ASKED: State(Outcome.ASKED.label, "blue"),
        Outcome.GRANTED: State(Outcome.GRANTED.label, "green"),
        Outcome.DECLINED: State(Outcome.DECLINED.label, "grey"),
    },
)


class SightRequestQuerySet(models.QuerySet["SightRequest"]):
    """Requests for sight."""

    def visible_to(self, user: Any) -> Self:
        """One's own, and those that one may decide or could have decided."""
        if not getattr(user, "is_active", False):
            return self.none()
        return self.filter(Q(asked_by=user.pk) | self._decidable(user))

    def to_decide(self, user: Any) -> Self:
        """Those that wait for this person: never one's own, nor one of an agency of one's own."""
        if not getattr(user, "is_active", False):
            return self.none()
        return self.filter(self._decidable(user), outcome=Outcome.ASKED)

    def _decidable(self, user: Any) -> Q:
        mine = Q(asked_by=user.pk) | Q(agency__in=agencies_of(user, today()))
        found = Q(kind="") if can(user, ANSWERS_FOR_NOTHING) else Q(pk__in=[])
        for kind in KINDS.values():
            found |= Q(kind=kind.key, subject_id__in=kind.grantable(user).values("pk"))
        return ~mine & found

    def for_list(self) -> Self:
        """With the agency's short name and the asker, the newest first."""
        named = self.annotate(agency_name=short_then(today(), "agency"))
        return named.select_related("asked_by", "decided_by", "agency__group").order_by("-asked_at", "pk")


@audited()
class SightRequest(Row):
    """An agency asks to see what somebody there has heard of. `kind` and `subject_id` are what was meant; empty when it is not there.

    The asker never sees these two: what is hidden and what does not exist read alike.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("agency"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    reference = models.CharField(_("what is meant"), max_length=300)
    reason = models.TextField(_("reason"))
    kind = models.CharField(max_length=20, blank=True, editable=False)
    subject_id = models.UUIDField(null=True, editable=False)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.ASKED)
    answer = models.CharField(_("answer"), max_length=1000, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    agency_name: str  # by for_list()

    objects = SightRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at",)
        constraints = (
            models.UniqueConstraint(
                "agency", Lower("reference"), name="sight_request_once", condition=Q(outcome="asked")
            ),
            models.CheckConstraint(
                condition=Q(outcome="asked", decided_at__isnull=True)
                | (~Q(outcome="asked") & Q(decided_at__isnull=False)),
                name="sight_request_decided_with_time",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="declined") | ~Q(answer=""), name="sight_request_declined_with_reason"
            ),
        )

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("sight:detail", args=[self.pk])

    def party_ids(self) -> set[uuid.UUID]:
        """A request belongs to the agency that asks."""
        return {self.agency_id}

    def seen_by(self, user: Any) -> bool:
        """Whether the user is among those of `visible_to`."""
        return SightRequest.objects.visible_to(user).filter(pk=self.pk).exists()

    def subject(self, user: Any) -> models.Model | None:
        """What was meant, if the user may see it."""
        kind = KINDS.get(self.kind)
        seen = kind.model._default_manager.visible_to(user).filter(pk=self.subject_id) if kind else None
        found: models.Model | None = seen.first() if seen is not None else None
        return found
