"""Rows of the ground: stored files, mail that leaves the house, long work, periods already swept."""

from __future__ import annotations

import uuid
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.access import can
from core.audit import audited


def opaque_path(file: StoredFile, name: str = "") -> str:
    """Where the bytes of a file lie below the storage's root; nothing of its name or type shows."""
    return f"{str(file.pk)[:2]}/{file.pk}"


class StoredFile(models.Model):
    """A file of ours or of a user, unchangeable, known by its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    blob = models.FileField(upload_to=opaque_path, max_length=100)
    stored_at = models.DateTimeField(default=timezone.now)
    stored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        triggers = (pgtrigger.Protect(name="unchangeable", operation=pgtrigger.Update),)

    def __str__(self) -> str:
        return self.name

    def read(self) -> bytes:
        """All bytes of the file."""
        with self.blob.open("rb") as stream:
            data: bytes = stream.read()
        return data


# ---------------------------------------------------------------- mail


class MessageState(models.TextChoices):
    """What is known about a message. There is no "delivered": SMTP cannot prove it."""

    QUEUED = "queued", _("queued")
    HELD = "held", _("held")
    IN_FLIGHT = "in_flight", _("being handed over")
    HANDED_OVER = "handed_over", _("handed to relay")
    REFUSED = "refused", _("refused")
    UNCERTAIN = "uncertain", _("uncertain")
    BOUNCED = "bounced", _("came back")
    CANCELLED = "cancelled", _("cancelled")


class MessageQuerySet(models.QuerySet["OutgoingMessage"]):
    """Mail that leaves the house."""

    def visible_to(self, user: Any) -> Self:
        """Everything for those who look after the system, else nothing."""
        return self if can(user, "core.view_mail") else self.none()

    def about(self, key: str) -> Self:
        """Those whose key begins so: the messages about one thing."""
        return self.filter(key__startswith=f"{key}:")

    def of(self, batch: uuid.UUID) -> Self:
        """The messages of one dispatch."""
        return self.filter(batch=batch)

    def waiting(self) -> Self:
        """Messages that may be claimed now: due, and leased by nobody who is still in time."""
        now = Now()
        unleased = Q(lease_until=None) | Q(lease_until__lt=now)
        return self.free().filter(unleased, state=MessageState.QUEUED, not_before__lte=now)

    def free(self) -> Self:
        """Those whose dispatch is not paused."""
        return self.filter(~Exists(SendHold.objects.open().filter(batch=OuterRef("batch"))))

    def stranded(self) -> Self:
        """Messages whose sender vanished after the fence: nobody knows whether the relay took them."""
        return self.filter(state=MessageState.IN_FLIGHT, lease_until__lt=Now())


@audited(exclude=["to", "text", "html", "lease_token", "lease_until"], passing={"state": MessageState.IN_FLIGHT})
class OutgoingMessage(models.Model):
    """One message to one recipient: a row first, sent afterwards. Its content is frozen when the row is made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(_("what it is, once"), max_length=200, unique=True)
    batch = models.UUIDField(_("dispatch"), null=True, blank=True, db_index=True)
    to = models.EmailField(_("to"))
    sender = models.CharField(_("from"), max_length=320)
    reply_to = models.CharField(_("reply to"), max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    html = models.TextField(blank=True)
    files = models.ManyToManyField(StoredFile, through="Enclosure", related_name="+")
    message_id = models.CharField("Message-ID", max_length=200, unique=True)
    digest = models.CharField(_("SHA-256 of the frozen content"), max_length=64)
    state = models.CharField(_("state"), max_length=12, choices=MessageState.choices, default=MessageState.QUEUED)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("queued at"), default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=("not_before",), condition=Q(state="queued"), name="message_queued"),
            models.Index(fields=("lease_until",), condition=Q(state="in_flight"), name="message_in_flight"),
        )
        triggers = (
            pgtrigger.ReadOnly(
                name="frozen",
                fields=[
                    "key",
                    "to",
                    "sender",
                    "reply_to",
                    "subject",
                    "text",
                    "html",
                    "message_id",
                    "digest",
                    "created_at",
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"

    @property
    def open_name(self) -> str:
        """How others than those who look after the mail may read of it."""
        return self.subject


class Enclosure(models.Model):
    """A file that goes with a message, in its place."""

    message = models.ForeignKey(OutgoingMessage, on_delete=models.CASCADE, related_name="enclosures")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("place",)
        constraints = (models.UniqueConstraint(fields=("message", "place"), name="enclosure_place_once"),)


class SendHoldQuerySet(models.QuerySet["SendHold"]):
    """Stops of mail."""

    def open(self) -> Self:
        """Those that nobody has ended."""
        return self.filter(released_at=None)

    def of_all(self) -> Self:
        """Those of all mail, not of one dispatch."""
        return self.filter(batch=None)

    def visible_to(self, user: Any) -> Self:
        """Everything for those who look after mail or audit the portal, else nothing."""
        return self if can(user, "core.view_mail") or can(user, "core.view_audit") else self.none()


@audited()
class SendHold(models.Model):
    """While a hold is open nothing leaves the house until a person releases it; with a batch, nothing of that dispatch."""

    batch = models.UUIDField(_("dispatch"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    since = models.DateTimeField(default=timezone.now)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = SendHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("stop of mail")
        constraints = (
            models.UniqueConstraint(fields=("batch",), condition=Q(released_at=None), name="hold_of_batch_once"),
        )

    def __str__(self) -> str:
        return self.reason


class Pace(models.Model):
    """When a relay may be given the next messages, where it takes only so many a minute."""

    relay = models.CharField(max_length=300, unique=True)
    free_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.relay


class Filing(models.TextChoices):
    """What became of a mail that came in."""

    FILED = "filed", _("filed")
    ASIDE = "aside", _("put aside")


class ReceivedMail(models.Model):
    """A mail that came in, known by its bytes, so that it is filed once. Neither its sender nor its text is kept here."""

    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    tag = models.CharField(max_length=20, blank=True)
    about = models.UUIDField(null=True, db_index=True)
    outcome = models.CharField(max_length=6, choices=Filing.choices, default=Filing.ASIDE)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.note


# ---------------------------------------------------------------- long work


class JobState(models.TextChoices):
    """How far a job is."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class JobQuerySet(models.QuerySet["Job"]):
    """Long work."""

    def visible_to(self, user: Any) -> Self:
        """One's own jobs; all of them for those who look after the work."""
        if can(user, "core.view_job"):
            return self
        return self.filter(requested_by=user.pk) if getattr(user, "is_active", False) else self.none()

    def unfinished(self) -> Self:
        """Waiting or running."""
        return self.filter(state__in=[JobState.QUEUED, JobState.RUNNING])


@audited(exclude=["done", "total", "message", "furthest", "furthest_before", "seen_at"])
class Job(models.Model):
    """Long work with its progress. The row is the truth; Celery only carries its id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    label = models.CharField(_("what"), max_length=200)
    subject_id = models.UUIDField(null=True, blank=True, db_index=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs")
    state = models.CharField(_("state"), max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(_("what it is doing"), max_length=300, blank=True)
    result_url = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(_("times begun without getting further"), default=0)
    furthest = models.PositiveIntegerField(default=0)
    furthest_before = models.PositiveIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject_id"), condition=Q(state__in=["queued", "running"]), name="job_once_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100."""
        if self.state == JobState.DONE:
            return 100
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in {JobState.QUEUED, JobState.RUNNING}


class Sweep(models.Model):
    """A swept job claimed a period: the same (name, period) cannot be claimed twice, however many beats run."""

    name = models.CharField(max_length=60)
    period = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("name", "period"), name="sweep_once"),)


# ---------------------------------------------------------------- the chain of the history


class Block(models.Model):
    """What one transaction wrote into the history, sealed when it commits: its hash covers the hash of the block before.

    Written by triggers only (core/chain.py). An open block has no sequence and is seen by its own transaction alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sequence = models.BigIntegerField(unique=True, null=True)
    sealed_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, blank=True)  # of what is sealed again, for example after a migration
    hash = models.CharField("SHA-256", max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


class Link(models.Model):
    """One event of the history in its block, with the hash of its row; also what the audit is searched by."""

    block = models.ForeignKey(Block, on_delete=models.DO_NOTHING, db_constraint=False, related_name="links")
    history = models.CharField(max_length=63)  # the table of the event
    event = models.BigIntegerField()
    row_hash = models.CharField("SHA-256", max_length=64)
    at = models.DateTimeField()
    label = models.CharField(max_length=60)
    object = models.CharField(max_length=60)
    by = models.CharField(max_length=60)  # id of the user, or empty

    class Meta:
        indexes = (
            models.Index(fields=("history", "event"), name="link_of_event"),
            models.Index(fields=("object", "id"), name="link_of_object"),
            models.Index(fields=("by", "id"), name="link_of_person"),
            models.Index(fields=("at",), name="link_at"),
        )

    def __str__(self) -> str:
        return f"{self.history} {self.event}"


class Verification(models.Model):
    """The chain was verified: how far it reached, and what was wrong."""

    at = models.DateTimeField(default=timezone.now)
    head = models.CharField(max_length=90, blank=True)  # sequence and hash of the last block
    blocks = models.BigIntegerField()
    events = models.BigIntegerField()
    flaws = models.BigIntegerField()
    first = models.CharField(max_length=300, blank=True)  # the first flaw in words

    class Meta:
        get_latest_by = ("at", "pk")

    def __str__(self) -> str:
        return self.first or self.head
