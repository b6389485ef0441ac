"""Flows, and what an assessment answers to the six questions for each."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Row
from assessments.models.schedule import Assessment, ChildQuerySet
from assessments.questions import BY_NUMBER, NUMBERS, Question
from assessments.workflow import CellState
from core import tags
from core.audit import audited
from core.tags import State


class Commodity(models.TextChoices):
    """What moves in a flow."""

    PEOPLE = "people", _("People")
    DRUGS = "drugs", _("Drugs")
    ENVIRONMENT = "environment", _("Environmental crimes")
    GOODS = "goods", _("Goods")
    ARMS = "arms", _("Arms")
    MONEY = "money", _("Money")
    RESOURCES = "resources", _("Natural resources")
    CORRUPTION = "corruption", _("Corrupt practices")


class Scope(models.TextChoices):
    """Whether a flow stays in the region or crosses its border."""

    INTRA = "intra", _("intra-regional")
    TRANS = "trans", _("trans-regional")
    BOTH = "both", _("not divided")


@audited()
class Flow(Row):
    """A flow that an assessment covers; `place` is its rank on the page."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="flows")
    commodity = models.CharField(_("group"), max_length=12, choices=Commodity.choices)
    name = models.CharField(_("flow"), max_length=150)
    scope = models.CharField(_("scope"), max_length=5, choices=Scope.choices, default=Scope.BOTH)
    place = models.PositiveSmallIntegerField(_("rank on the page"), default=0)

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ("place", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "commodity", "name", "scope"),
                name="flow_once",
                violation_error_message=_("The assessment has this flow already."),
            ),
        )

    def __str__(self) -> str:
        return self.name if self.scope == Scope.BOTH else f"{self.name}, {Scope(self.scope).label}"


tags.register(
    "cell",
    {
        CellState.BLANK: State(CellState.BLANK.label, "grey"),
        CellState.DRAFT: State(CellState.DRAFT.label, "yellow"),
        CellState.AGREED: State(CellState.AGREED.label, "green"),
    },
)


class Confidence(models.TextChoices):
    """How sure the writers are; a separate thing from likelihood and from the grading of sources."""

    LOW = "low", _("Low")
    MODERATE = "moderate", _("Moderate")
    HIGH = "high", _("High")


class CellQuerySet(models.QuerySet["Cell"]):
    """Answers."""

    def visible_to(self, user: Any) -> Self:
        """The answers of visible assessments."""
        return self.filter(flow__assessment__in=Assessment.objects.visible_to(user))


@audited()
class Cell(Row):
    """The answer to one of the six questions for one flow. A flow without this row is just as unanswered."""

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="cells")
    question = models.PositiveSmallIntegerField(_("question"))
    text = models.TextField(_("answer"), blank=True)
    state = models.CharField(_("state"), max_length=6, choices=CellState.choices, default=CellState.BLANK)
    confidence = models.CharField(_("confidence"), max_length=8, choices=Confidence.choices, blank=True)
    version = models.PositiveIntegerField(default=0)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    objects = CellQuerySet.as_manager()

    class Meta:
        ordering = ("flow__place", "question")
        constraints = (
            models.UniqueConstraint(fields=("flow", "question"), name="cell_once"),
            models.CheckConstraint(condition=Q(question__in=NUMBERS), name="cell_of_six_questions"),
            models.CheckConstraint(
                condition=Q(state=CellState.BLANK, text="") | (~Q(state=CellState.BLANK) & ~Q(text="")),
                name="cell_blank_without_text",
                violation_error_message=_("An unanswered question has no text, and an answer has one."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.flow}: {self.asked.short}"

    @property
    def asked(self) -> Question:
        """The question itself."""
        return BY_NUMBER[self.question]

    def party_ids(self) -> set[uuid.UUID]:
        """An answer belongs to the lead agency."""
        return self.flow.assessment.party_ids()

    def seen_by(self, user: Any) -> bool:
        """Whoever sees the assessment sees its answers."""
        return self.flow.assessment.seen_by(user)
