"""Releases: a dispatch that one person asked for, and what another made of it."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from agencies.models import Row
from core.audit import audited
from taskforce.letters.models.dispatches import Dispatch
from taskforce.letters.models.letters import Clearance, Letter


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Releases."""

    def open(self) -> Self:
        """Those that wait for the second person."""
        return self.filter(ended_at=None)

    def for_second(self, user: Any) -> Self:
        """Those that this person neither asked for nor cleared."""
        cleared = Clearance.objects.current().filter(letter=OuterRef("letter"), decided_by=user)
        return self.filter(~Q(asked_by=user) & ~Exists(cleared))

    def end(self, by: Any) -> int:
        """Take back those that wait; returns how many."""
        return self.open().update(ended_by=by, ended_at=timezone.now())


@audited(exclude=["offices"])
class Release(Row):
    """What somebody asked to be sent. A second person releases exactly that, which makes a dispatch, or it is taken back."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="releases")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=gettext_lazy("dispatch asked for by"),
    )
    asked_at = models.DateTimeField(gettext_lazy("dispatch asked for"))
    day = models.DateField(gettext_lazy("date of the letter"))
    sha256 = models.CharField("SHA-256", max_length=64)
    offices = models.JSONField(help_text="The SHA-256 of each addressee, by the id of its office.")
    reissue = models.BooleanField(gettext_lazy("re-issue to successors"), default=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=gettext_lazy("released or taken back by"),
    )
    ended_at = models.DateTimeField(gettext_lazy("released or taken back"), null=True)
    dispatch = models.OneToOneField(
        Dispatch,
        on_delete=models.PROTECT,
        null=True,
        related_name="release",
        verbose_name=gettext_lazy("dispatch"),
    )

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at",)
        constraints = (
            models.UniqueConstraint(fields=("letter",), condition=Q(ended_at=None), name="release_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(dispatch=None) | (Q(ended_by__isnull=False) & ~Q(ended_by=F("asked_by"))),
                name="release_by_a_second_person",
            ),
        )

    def __str__(self) -> str:
        return str(self.letter)

    def get_absolute_url(self) -> str:
        """The page on which it is checked and released."""
        return reverse("letters:reissue" if self.reissue else "letters:dispatch", args=[self.letter_id])
