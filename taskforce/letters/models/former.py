"""Former attachments: what an attachment was before somebody gave it another file or text."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from agencies.models import Row
from core.audit import audited
from core.models import StoredFile
from core.richtext import to_html
from taskforce.letters import access
from taskforce.letters.models.letters import Letter


class FormerAttachmentQuerySet(models.QuerySet["FormerAttachment"]):
    """Former attachments."""

    def visible_to(self, user: Any) -> Self:
        """Those of letters that a person looks after, reviews or clears: what was taken out is not for every reader."""
        return self.filter(letter__in=access.reviewed_by(Letter.objects.visible_to(user), user))


@audited()
class FormerAttachment(Row):
    """A version of an attachment that the letter no longer uses, of the text version in which it last stood."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="former_attachments")
    title = models.CharField(gettext_lazy("title"), max_length=200)
    text = models.TextField(gettext_lazy("text"), blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    text_version = models.PositiveIntegerField(gettext_lazy("version of the text"))
    replaced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=gettext_lazy("replaced by")
    )
    replaced_at = models.DateTimeField(gettext_lazy("replaced"))

    objects = FormerAttachmentQuerySet.as_manager()

    class Meta:
        ordering = ("-replaced_at", "title")
        verbose_name = gettext_lazy("former attachment")

    def __str__(self) -> str:
        return self.title

    @property
    def html(self) -> str:
        """Its text, for the page."""
        return to_html(self.text)
