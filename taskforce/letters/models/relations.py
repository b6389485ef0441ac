"""Relations between letters: what one is to another."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from agencies.models import Row
from core.audit import audited
from taskforce.letters.models.letters import Letter


class RelationKind(models.TextChoices):
    """What a letter is to an earlier one."""

    FOLLOW_UP = "follow_up", gettext_lazy("Follow-up to")
    SUPERSEDES = "supersedes", gettext_lazy("Supersedes")
    REPLY = "reply", gettext_lazy("Reply to")
    CORRECTION = "correction", gettext_lazy("Correction of")


# How the earlier letter says the same.
SEEN_FROM_THERE = {
    RelationKind.FOLLOW_UP: gettext_lazy("Followed up by"),
    RelationKind.SUPERSEDES: gettext_lazy("Superseded by"),
    RelationKind.REPLY: gettext_lazy("Replied to by"),
    RelationKind.CORRECTION: gettext_lazy("Corrected by"),
}


class RelationQuerySet(models.QuerySet["Relation"]):
    """Relations."""

    def visible_to(self, user: Any) -> Self:
        """Those between letters of which a person may see both."""
        seen = Letter.objects.visible_to(user).values("pk")
        return self.filter(letter__in=seen, earlier__in=seen)

    def of(self, letter: Letter) -> Self:
        """Those of a letter, in both directions."""
        return self.filter(Q(letter=letter) | Q(earlier=letter))


@audited()
class Relation(Row):
    """What `letter` is to an `earlier` one. It is no part of the text: nobody clears or signs it."""

    Kind = RelationKind

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="relations")
    kind = models.CharField(gettext_lazy("relation"), max_length=12, choices=Kind.choices)
    earlier = models.ForeignKey(
        Letter, on_delete=models.PROTECT, related_name="later_relations", verbose_name=gettext_lazy("earlier letter")
    )

    objects = RelationQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "pk")
        verbose_name = gettext_lazy("relation")
        constraints = (
            models.UniqueConstraint(fields=("letter", "earlier", "kind"), name="relation_once"),
            models.CheckConstraint(condition=~Q(letter=F("earlier")), name="relation_to_another_letter"),
        )

    def __str__(self) -> str:
        return str(self.get_kind_display())
