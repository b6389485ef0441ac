"""A marking that somebody asks to have lowered, and what became of it."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Row
from core import tags
from core.access import can
from core.audit import audited
from core.sensitivity import Sensitivity
from core.tags import State
from taskforce.markings.kinds import KINDS, Kind, seen_subjects

DECIDE = "core.lower_marking"


class Outcome(models.TextChoices):
    """What became of it."""

    ASKED = "asked", _("Asked")
    LOWERED = "lowered", _("Lowered")
    DECLINED = "declined", _("Declined")
    TAKEN_BACK = "taken_back", _("Taken back")


tags.register(
    "lowering",
    {
        Outcome.ASKED: State(Outcome.ASKED.label, "blue"),
        Outcome.LOWERED: State(Outcome.LOWERED.label, "green"),
        Outcome.DECLINED: State(Outcome.DECLINED.label, "grey"),
        Outcome.TAKEN_BACK: State(Outcome.TAKEN_BACK.label, "grey"),
    },
)


class LoweringQuerySet(models.QuerySet["Lowering"]):
    """Requests to lower a marking."""

    def visible_to(self, user: Any) -> Self:
        """Of things that the person sees: one's own requests, and all for those who may decide."""
        if not getattr(user, "is_active", False):
            return self.none()
        who = Q() if can(user, DECIDE) else Q(asked_by=user.pk)
        return self.filter(seen_subjects(user) & who)

    def open(self) -> Self:
        """Those that wait for the second person."""
        return self.filter(outcome=Outcome.ASKED)

    def to_decide(self, user: Any) -> Self:
        """Those that wait for this person: never one's own."""
        if not can(user, DECIDE):
            return self.none()
        return self.open().visible_to(user).exclude(asked_by=user.pk)

    def for_list(self) -> Self:
        """With the people, the newest first."""
        return self.select_related("asked_by", "decided_by").order_by("-asked_at", "pk")


@audited()
class Lowering(Row):
    """Somebody asks that a thing be marked lower. Whoever sees neither the thing nor asked sees nothing of it."""

    kind = models.CharField(_("kind"), max_length=20, editable=False)
    subject_id = models.UUIDField(editable=False)
    called = models.CharField(_("what is meant"), max_length=300, editable=False)
    before = models.PositiveSmallIntegerField(_("marked"), choices=Sensitivity.choices)
    to = models.PositiveSmallIntegerField(_("to be marked"), choices=Sensitivity.choices)
    reason = models.TextField(_("reason"), max_length=2000)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.ASKED)
    answer = models.CharField(_("answer"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = LoweringQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject_id"), condition=Q(outcome="asked"), name="lowering_one_at_a_time"
            ),
            models.CheckConstraint(condition=Q(to__lt=F("before")), name="lowering_lowers"),
            models.CheckConstraint(
                condition=~Q(outcome__in=["lowered", "declined"])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="lowering_by_a_second_person",
            ),
        )

    def __str__(self) -> str:
        return self.called

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("markings:detail", args=[self.pk])

    def seen_by(self, user: Any) -> bool:
        """Whether the user is among those of `visible_to`."""
        return Lowering.objects.visible_to(user).filter(pk=self.pk).exists()

    @property
    def about(self) -> Kind:
        """The kind of the thing."""
        return KINDS[self.kind]
