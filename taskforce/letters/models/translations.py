"""The texts of a letter in further languages."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy

from agencies.models import Row
from core.audit import audited
from taskforce.letters.models.letters import Letter


class TranslationQuerySet(models.QuerySet["Translation"]):
    """Texts in further languages."""

    def visible_to(self, user: Any) -> Self:
        """Those of the letters a person may see."""
        return self.filter(letter__in=Letter.objects.visible_to(user))


@audited()
class Translation(Row):
    """A letter's text in a language beside its main one, and the main text from which it was made."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="translations")
    language = models.CharField(gettext_lazy("language"), max_length=10, choices=settings.LANGUAGES)
    words = models.JSONField(gettext_lazy("text"), help_text="The wording.Wording.")
    version = models.PositiveIntegerField(default=1, editable=False)
    source = models.JSONField(gettext_lazy("made from"), help_text="The wording.Wording of the main text then.")
    source_version = models.PositiveIntegerField(gettext_lazy("made from version"))
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(gettext_lazy("changed"))

    objects = TranslationQuerySet.as_manager()

    class Meta:
        ordering = ("language",)
        constraints = (models.UniqueConstraint(fields=("letter", "language"), name="translation_once"),)

    def __str__(self) -> str:
        return str(self.get_language_display())

    def get_absolute_url(self) -> str:
        """The page of this text."""
        return reverse("letters:translation", args=[self.letter_id, self.language])
