"""Which mail a person wants, as far as they may choose."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Row
from core.audit import audited


class Rhythm(models.TextChoices):
    """How reminders of what is due later reach a person."""

    EACH = "each", _("Each by itself, on its day")
    WEEKLY = "weekly", _("All in one mail on Monday morning")


@audited()
class MailChoice(Row):
    """A person's own choice; who has made none gets each reminder by itself."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_choice")
    rhythm = models.CharField(
        _("Reminders of what is due later"), max_length=6, choices=Rhythm.choices, default=Rhythm.EACH
    )
    copy_when_absent = models.BooleanField(
        _("While I am absent, send my reminders to me as well as to my alternate"), default=False
    )
