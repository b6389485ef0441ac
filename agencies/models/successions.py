"""Who followed whom, and what the register did when that was recorded."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models.bodies import Agency
from agencies.models.rows import OpenQuerySet, Row, Sourced
from core.audit import audited
from core.dates import long_date


class SuccessionKind(models.TextChoices):
    """How one body followed another."""

    RENAMED = "renamed", _("was renamed")
    MERGED = "merged", _("merged into")
    SPLIT = "split", _("split into")


@audited(exclude=["said", "done"])
class Changeover(Row, Sourced):
    """One recorded succession as a whole: what it ended, added and changed in the register.

    `agency` is the body on whose page it was recorded; `done` is what taking it back needs (see agencies.changeovers).
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="changeovers")
    kind = models.CharField(_("kind"), max_length=10, choices=SuccessionKind.choices)
    day = models.DateField(_("day"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    said = models.JSONField(default=list)
    done = models.JSONField(default=list)

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ("day", "recorded_at")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {long_date(self.day)}"

    def get_absolute_url(self) -> str:
        """The page of what was done."""
        return reverse("agencies:changeover", args=[self.pk])


@audited()
class Succession(Row):
    """One body followed another on a day. Those that were not recorded in the portal itself have no changeover."""

    predecessor = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="origins")
    kind = models.CharField(_("kind"), max_length=10, choices=SuccessionKind.choices)
    day = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=300, blank=True)
    changeover = models.ForeignKey(
        Changeover, on_delete=models.PROTECT, null=True, blank=True, related_name="successions"
    )

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ("day",)
        constraints = (
            models.UniqueConstraint(fields=("predecessor", "successor"), name="succession_once"),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")),
                name="succession_of_another",
                violation_error_message=_("A body cannot follow itself."),
            ),
        )
