"""From an answer to work: what is to follow a yes to an invitation, and what an agency does about it."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Row
from core import tags
from core.audit import audited
from core.dates import today
from core.tags import State
from taskforce.letters.models.answers import Answer
from taskforce.letters.models.letters import Letter
from taskforce.letters.models.parts import Invitation


class WorkKind(models.TextChoices):
    """What a yes to an invitation asks of an agency."""

    BRIEFING = "briefing", gettext_lazy("A meeting: the office asks for a briefing")
    EXPERTISE = "expertise", gettext_lazy("Expertise: the office asks for advice or experts")
    COMMITMENT = "commitment", gettext_lazy("A commitment of the office to accompany")


class WorkState(models.TextChoices):
    """How far an agency is."""

    OPEN = "open", gettext_lazy("Open")
    TAKEN_UP = "taken_up", gettext_lazy("Taken up")
    DONE = "done", gettext_lazy("Done")


tags.register(
    "work",
    {
        WorkState.OPEN: State(WorkState.OPEN.label, "yellow"),
        WorkState.TAKEN_UP: State(WorkState.TAKEN_UP.label, "blue"),
        WorkState.DONE: State(WorkState.DONE.label, "green"),
    },
)


@audited()
class Sequel(Row):
    """What is to follow a yes to one invitation, by which agency, within how many days. Without one, nothing follows."""

    invitation = models.OneToOneField(Invitation, on_delete=models.CASCADE, related_name="sequel")
    kind = models.CharField(gettext_lazy("what follows"), max_length=10, choices=WorkKind.choices)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", verbose_name=gettext_lazy("responsible agency")
    )
    days = models.PositiveSmallIntegerField(
        gettext_lazy("days to do it"), default=30, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments."""

    def visible_to(self, user: Any) -> Self:
        """Assignments that came of letters a person may see."""
        return self.filter(answer__recipient__dispatch__letter__in=Letter.objects.visible_to(user))

    def for_list(self) -> Self:
        """With what a list shows, the agencies as they are called today, by deadline."""
        rows = self.select_related("answer__invitation", "answer__recipient__dispatch__letter__mechanism")
        named = models.Prefetch("agency", Agency.objects.named_on(today()))
        return rows.prefetch_related(named).order_by("due_on", "pk")


@audited()
class Assignment(Row):
    """What an agency does because an office said yes; one for each answer. `by` is whoever acted on it last."""

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="assignment")
    kind = models.CharField(gettext_lazy("what it is"), max_length=10, choices=WorkKind.choices)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", verbose_name=gettext_lazy("responsible agency")
    )
    due_on = models.DateField(gettext_lazy("due on"))
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=WorkState.choices, default=WorkState.OPEN)
    note = models.TextField(gettext_lazy("note"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open") | Q(by__isnull=False), name="assignment_moved_by_somebody"
            ),
        )

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has acted on it yet."""
        return self.by_id is None

    def party_ids(self) -> set[uuid.UUID]:
        """It belongs to the agency that does it."""
        return {self.agency_id}

    def seen_by(self, user: Any) -> bool:
        """Whether the user is among those of `visible_to`."""
        return Assignment.objects.visible_to(user).filter(pk=self.pk).exists()

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("letters:assignment", args=[self.pk])
