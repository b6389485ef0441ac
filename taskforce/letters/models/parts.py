"""The ordered parts of a letter: invitations, signatories, attachments, contacts, notes from the sources."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from agencies.models import Row
from core.audit import audited
from core.models import StoredFile
from taskforce.letters.models.letters import Letter


class Part(Row):
    """An ordered part of a letter."""

    order = models.PositiveSmallIntegerField(gettext_lazy("order"), default=1)

    class Meta:
        abstract = True
        ordering = ("order", "pk")


@audited()
class Invitation(Part):
    """Something the letter invites its recipients to do; each answers it for itself."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="invitations")
    text = models.CharField(gettext_lazy("invitation"), max_length=400)

    def __str__(self) -> str:
        return self.text


@audited()
class Signatory(Part):
    """Who signs, in order of protocol: by functional title and office; a name only where one is given."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="signatories")
    title = models.CharField(gettext_lazy("functional title"), max_length=200)
    office = models.CharField(gettext_lazy("office"), max_length=200)
    name = models.CharField(gettext_lazy("name"), max_length=200, blank=True)

    class Meta(Part.Meta):
        verbose_name_plural = "signatories"

    def __str__(self) -> str:
        return f"{self.title}, {self.office}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Attachments."""

    def visible_to(self, user: Any) -> Self:
        """Attachments of the letters a person may see."""
        return self.filter(letter__in=Letter.objects.visible_to(user))


@audited()
class Attachment(Part):
    """What goes with the letter and is counted on it: a short text of ours or a file."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="attachments")
    title = models.CharField(gettext_lazy("title"), max_length=200)
    text = models.TextField(gettext_lazy("text"), blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AttachmentQuerySet.as_manager()

    class Meta(Part.Meta):
        constraints = (
            models.CheckConstraint(
                condition=~Q(text="") ^ Q(file__isnull=False),
                name="attachment_text_or_file",
                violation_error_message=gettext_lazy("Give either a text or a file."),
            ),
        )

    def __str__(self) -> str:
        return self.title


class ContactKind(models.TextChoices):
    """Where a contact works."""

    HEADQUARTERS = "headquarters", gettext_lazy("At headquarters")
    FIELD = "field", gettext_lazy("In the field")


@audited()
class Contact(Part):
    """Whom to ask, at headquarters or in the field, by role."""

    Kind = ContactKind

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(gettext_lazy("role"), max_length=200)
    email = models.EmailField(gettext_lazy("e-mail address"))
    kind = models.CharField(gettext_lazy("place"), max_length=12, choices=Kind.choices, default=Kind.HEADQUARTERS)

    def __str__(self) -> str:
        return self.role


@audited()
class Note(Part):
    """A statement about a letter with its source. Statements that contradict each other stand side by side."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="notes")
    about = models.CharField(gettext_lazy("about"), max_length=100)
    statement = models.CharField(gettext_lazy("statement"), max_length=400)
    source = models.CharField(gettext_lazy("source"), max_length=300)
