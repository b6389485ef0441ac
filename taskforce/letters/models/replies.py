"""Replies by e-mail, as they came: filed to an office, or waiting for somebody to file them. None of them is an answer yet."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from agencies.models import Row
from core.access import can
from core.audit import audited
from core.models import StoredFile
from taskforce.letters.models.dispatches import Recipient
from taskforce.letters.models.letters import Letter


class MailedReplyQuerySet(models.QuerySet["MailedReply"]):
    """Replies by e-mail."""

    def visible_to(self, user: Any) -> Self:
        """Those to letters that a person may see, and those that are filed to none, for whoever records answers."""
        if not can(user, "letters.record_answer"):
            return self.none()
        seen = Recipient.objects.filter(dispatch__letter__in=Letter.objects.visible_to(user)).values("pk")
        return self.filter(models.Q(recipient=None) | models.Q(recipient__in=seen))

    def unfiled(self) -> Self:
        """Those that wait for somebody to say to which office they belong."""
        return self.filter(recipient=None, settled_at=None)

    def for_list(self) -> Self:
        """With their files, the newest first."""
        rows = self.select_related("recipient__dispatch__letter", "settled_by")
        return rows.prefetch_related("enclosed__file").order_by("-received_at", "pk")


@audited(exclude=["sender", "sender_name", "subject", "text"])
class MailedReply(Row):
    """A mail to the address of a letter. `settled_at` is when somebody read it into answers, or found nothing to record."""

    recipient = models.ForeignKey(
        Recipient,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="mails",
        verbose_name=gettext_lazy("office"),
    )
    sender = models.CharField(gettext_lazy("sender"), max_length=320, blank=True)
    sender_name = models.CharField(gettext_lazy("name of the sender"), max_length=200, blank=True)
    subject = models.CharField(gettext_lazy("subject"), max_length=300, blank=True)
    text = models.TextField(gettext_lazy("text"), blank=True)
    sent_at = models.DateTimeField(gettext_lazy("dated"), null=True, blank=True)
    received_at = models.DateTimeField(gettext_lazy("came in"))
    automatic = models.BooleanField(gettext_lazy("answered by a machine"), default=False)
    left_out = models.TextField(gettext_lazy("not kept"), blank=True)
    settled_at = models.DateTimeField(gettext_lazy("read"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = MailedReplyQuerySet.as_manager()

    class Meta:
        ordering = ("-received_at",)
        indexes = (
            models.Index(fields=("received_at",), condition=models.Q(recipient=None), name="mailed_reply_unfiled"),
        )

    def __str__(self) -> str:
        return self.sender_name or self.sender or str(gettext_lazy("an unknown sender"))


class ReplyFile(Row):
    """A file that came with a reply."""

    reply = models.ForeignKey(MailedReply, on_delete=models.CASCADE, related_name="enclosed")
    order = models.PositiveSmallIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("order",)
        constraints = (models.UniqueConstraint(fields=("reply", "order"), name="reply_file_place_once"),)
