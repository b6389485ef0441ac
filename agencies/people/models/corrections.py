"""Requests to correct what one cannot change oneself."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Row
from core.access import can
from core.audit import audited


class CorrectionQuerySet(models.QuerySet["Correction"]):
    """Requests for correction."""

    def visible_to(self, user: Any) -> Self:
        """All of them for whoever keeps people, else one's own."""
        return self if can(user, "accounts.change_person") else self.filter(person=user.pk)

    def open(self) -> Self:
        """Not answered yet."""
        return self.filter(answered_at=None)


@audited(exclude=["text", "answer"])
class Correction(Row):
    """A person says what is wrong in what the portal keeps about them; an administrator mends it and answers."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="corrections")
    text = models.TextField(_("What is wrong, and how it is right"), max_length=2000)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    answer = models.TextField(_("Answer"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="correction_answered_by_someone",
            ),
        )

    def __str__(self) -> str:
        return str(self.person)

    @property
    def state(self) -> str:
        """Open or answered, as a status tag."""
        return "answered" if self.answered_at else "open"

    def get_absolute_url(self) -> str:
        """Where an administrator answers."""
        return reverse("people:correction", args=[self.pk])
