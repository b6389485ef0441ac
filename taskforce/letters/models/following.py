"""Following a letter up: who was chased, and of whom no reply is expected."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from agencies.models import Row
from core.audit import audited
from taskforce.letters.models.dispatches import Recipient
from taskforce.letters.models.letters import Letter


@audited()
class Exemption(Row):
    """No reply is expected of an office, for a reason. Taken back, it is removed; the history keeps it."""

    recipient = models.OneToOneField(Recipient, on_delete=models.CASCADE, related_name="exemption")
    why = models.CharField(gettext_lazy("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(gettext_lazy("noted"))

    def __str__(self) -> str:
        return self.why


@audited()
class Chase(Row):
    """All who had not answered were written to at once, by one person, with the same words."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="chases")
    recipients = models.ManyToManyField(Recipient, related_name="chases", verbose_name=gettext_lazy("offices"))
    note = models.TextField(gettext_lazy("message"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=gettext_lazy("chased by")
    )
    at = models.DateTimeField(gettext_lazy("chased"))

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return str(self.letter)
