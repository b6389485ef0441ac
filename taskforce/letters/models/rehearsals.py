"""Rehearsals: a letter as it would arrive, sent to people of the house."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from agencies.models import Row
from core.audit import audited
from taskforce.letters.models.letters import Letter


@audited()
class Rehearsal(Row):
    """Sample letters to a guest list: no dispatch, no recipient, no answer; the letter stays as it is."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="rehearsals")
    guests = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", verbose_name=gettext_lazy("guests"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=gettext_lazy("rehearsed by")
    )
    asked_at = models.DateTimeField(gettext_lazy("rehearsed"))

    class Meta:
        ordering = ("-asked_at",)

    def __str__(self) -> str:
        return str(self.letter)
