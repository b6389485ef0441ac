"""Comments on the text of a letter, each anchored to a paragraph as it was."""

from __future__ import annotations

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Row
from core.audit import audited
from taskforce.letters import access
from taskforce.letters.models.letters import Letter

SAID = ("letter", "parent", "place", "quote", "text_version", "body", "author", "agency", "at")


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments."""

    def visible_to(self, user: Any) -> Self:
        """Those on letters a person may see, for whoever takes part in the review."""
        return self.filter(letter__in=access.reviewed_by(Letter.objects.visible_to(user), user))

    def threads(self) -> Self:
        """Those that begin a thread."""
        return self.filter(parent=None)

    def open(self) -> Self:
        """Threads that nobody resolved."""
        return self.threads().filter(resolved_at=None)


@audited()
class Comment(Row):
    """What somebody says to a paragraph of the main text, or in reply. What is said stays; a thread is resolved.

    `place` is the paragraph's number from 1 in the version commented on, 0 for the whole letter; `quote` is what stood there.
    `agency` is the one for which the author speaks; none for those who look after letters.
    """

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="comments")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="replies")
    place = models.PositiveSmallIntegerField(gettext_lazy("paragraph"), default=0)
    quote = models.TextField(gettext_lazy("what it is about"), blank=True)
    text_version = models.PositiveIntegerField(gettext_lazy("version of the text"))
    body = models.TextField(gettext_lazy("comment"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=gettext_lazy("author")
    )
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=gettext_lazy("agency")
    )
    at = models.DateTimeField(gettext_lazy("said"))
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=gettext_lazy("resolved by"),
    )
    resolved_at = models.DateTimeField(gettext_lazy("resolved"), null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        verbose_name = gettext_lazy("comment")
        constraints = (
            models.CheckConstraint(condition=Q(parent=None) | Q(resolved_at=None), name="comment_thread_is_resolved"),
            models.CheckConstraint(condition=~Q(body=""), name="comment_says_something"),
        )
        triggers = (pgtrigger.ReadOnly(name="said_once", fields=list(SAID)),)

    def __str__(self) -> str:
        return self.body[:60]
