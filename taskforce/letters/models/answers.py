"""What an office answered to each invitation, with its evidence, and what became of it since."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Row
from core import tags
from core.audit import audited
from core.dates import today
from core.models import StoredFile
from core.tags import State
from taskforce.letters.models.dispatches import Recipient
from taskforce.letters.models.letters import Letter
from taskforce.letters.models.parts import Invitation


class Choice(models.TextChoices):
    """What an office answers to an invitation, and what becomes of what it accepted."""

    NONE = "", gettext_lazy("No answer")
    ACCEPTED = "accepted", gettext_lazy("Accepted")
    DECLINED = "declined", gettext_lazy("Declined")
    UNDER_WAY = "under_way", gettext_lazy("Under way")
    DONE = "done", gettext_lazy("Done")


tags.register(
    "answer",
    {
        Choice.NONE: State(Choice.NONE.label, "grey"),
        Choice.ACCEPTED: State(Choice.ACCEPTED.label, "blue"),
        Choice.UNDER_WAY: State(Choice.UNDER_WAY.label, "teal"),
        Choice.DONE: State(Choice.DONE.label, "green"),
        Choice.DECLINED: State(Choice.DECLINED.label, "red"),
    },
)


class AnswerQuerySet(models.QuerySet["Answer"]):
    """Answers."""

    def visible_to(self, user: Any) -> Self:
        """Answers to the letters a person may see."""
        return self.filter(recipient__dispatch__letter__in=Letter.objects.visible_to(user))

    def with_work(self) -> Self:
        """With what came of them, and who does it."""
        named = models.Prefetch("assignment__agency", Agency.objects.named_on(today()))
        return self.prefetch_related("assignment", named)


@audited()
class Answer(Row):
    """What one office answered to one invitation. `day` is that of the choice, the evidence a file or a link."""

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="answers")
    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="answers")
    choice = models.CharField(gettext_lazy("answer"), max_length=10, choices=Choice.choices, blank=True)
    day = models.DateField(gettext_lazy("since"), null=True, blank=True)
    comment = models.TextField(gettext_lazy("comment"), blank=True)
    file = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("file"),
    )
    link = models.URLField(gettext_lazy("link"), max_length=500, blank=True)
    changed_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ("invitation__order",)
        constraints = (models.UniqueConstraint(fields=("recipient", "invitation"), name="answer_once"),)

    def __str__(self) -> str:
        return str(self.invitation)
