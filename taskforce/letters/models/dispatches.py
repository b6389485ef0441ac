"""Dispatches and their recipients.

A dispatch freezes what was cleared; a recipient is an office as it was on the day of dispatch. How far a message got is known by
its row in the outbox alone: a recipient's state is read from there.
"""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Exists, Func, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from agencies.models import Office, Row
from core import tags
from core.audit import audited
from core.models import MessageState, OutgoingMessage, StoredFile
from core.tags import State
from taskforce.letters.addressees import Addressee, Reach
from taskforce.letters.models.letters import Letter

STAYED = [MessageState.REFUSED, MessageState.CANCELLED]  # a message in any other state has left or still may
LACKING = [*STAYED, MessageState.BOUNCED]  # whoever's message is in such a state does not have the letter


class DispatchQuerySet(models.QuerySet["Dispatch"]):
    """Dispatches."""

    def gone_out(self) -> Self:
        """Those of which a message left the house, or still may."""
        return self.filter(pk__in=Recipient.objects.gone_out().values("dispatch"))


@audited(exclude=["frozen"])
class Dispatch(Row):
    """One sending of a letter: what was approved, frozen, and to whom."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="dispatches")
    number = models.PositiveSmallIntegerField(gettext_lazy("number"))
    day = models.DateField(gettext_lazy("date of the letter"))
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    frozen = models.JSONField(help_text="The documents.LetterText that was approved.")
    sha256 = models.CharField("SHA-256", max_length=64)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DispatchQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("letter", "number"), name="dispatch_number_once"),
            models.UniqueConstraint(
                fields=("letter",), condition=Q(cancelled_at=None, finished_at=None), name="dispatch_one_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return str(self.number)

    @property
    def is_running(self) -> bool:
        """Neither finished nor stopped."""
        return self.cancelled_at is None and self.finished_at is None


class Enclosed(Row):
    """An attachment as it went out with a dispatch: the file itself, made once for all recipients."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="enclosed")
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("language", "order")
        constraints = (models.UniqueConstraint(fields=("dispatch", "language", "order"), name="enclosed_place_once"),)


class RecipientState(models.TextChoices):
    """How far the letter got with one office, said no better than is known."""

    PREPARING = "preparing", gettext_lazy("Being prepared")
    QUEUED = "queued", gettext_lazy("Queued")
    HANDED_OVER = "handed_over", gettext_lazy("Handed to relay")
    REFUSED = "refused", gettext_lazy("Refused")
    UNCERTAIN = "uncertain", gettext_lazy("Uncertain")
    BOUNCED = "bounced", gettext_lazy("Came back")
    CANCELLED = "cancelled", gettext_lazy("Stopped before it was sent")
    ACKNOWLEDGED = "acknowledged", gettext_lazy("Acknowledged")
    UNREACHED = "unreached", gettext_lazy("Unreached: no address")


tags.register(
    "recipient",
    {
        RecipientState.PREPARING: State(RecipientState.PREPARING.label, "grey"),
        RecipientState.QUEUED: State(RecipientState.QUEUED.label, "blue"),
        RecipientState.HANDED_OVER: State(RecipientState.HANDED_OVER.label, "teal"),
        RecipientState.ACKNOWLEDGED: State(RecipientState.ACKNOWLEDGED.label, "green"),
        RecipientState.UNCERTAIN: State(RecipientState.UNCERTAIN.label, "orange"),
        RecipientState.REFUSED: State(RecipientState.REFUSED.label, "red"),
        RecipientState.BOUNCED: State(RecipientState.BOUNCED.label, "red"),
        RecipientState.UNREACHED: State(RecipientState.UNREACHED.label, "purple"),
        RecipientState.CANCELLED: State(RecipientState.CANCELLED.label, "yellow"),
    },
)
FROM_OUTBOX = {
    MessageState.QUEUED: RecipientState.QUEUED,
    MessageState.HELD: RecipientState.QUEUED,
    MessageState.IN_FLIGHT: RecipientState.QUEUED,
    MessageState.HANDED_OVER: RecipientState.HANDED_OVER,
    MessageState.REFUSED: RecipientState.REFUSED,
    MessageState.UNCERTAIN: RecipientState.UNCERTAIN,
    MessageState.BOUNCED: RecipientState.BOUNCED,
    MessageState.CANCELLED: RecipientState.CANCELLED,
}


class RecipientQuerySet(models.QuerySet["Recipient"]):
    """Recipients."""

    def visible_to(self, user: Any) -> Self:
        """Recipients of the letters a person may see."""
        return self.filter(dispatch__letter__in=Letter.objects.visible_to(user))

    def with_state(self) -> Self:
        """With `state`, a RecipientState."""
        return self.annotate(
            state=Case(
                When(acknowledged_at__isnull=False, then=Value(RecipientState.ACKNOWLEDGED)),
                When(reach=Reach.UNREACHED, then=Value(RecipientState.UNREACHED)),
                When(message=None, dispatch__cancelled_at__isnull=False, then=Value(RecipientState.CANCELLED)),
                When(message=None, then=Value(RecipientState.PREPARING)),
                *(When(message__state=theirs, then=Value(ours)) for theirs, ours in FROM_OUTBOX.items()),
                output_field=models.CharField(),
            )
        )

    def latest(self) -> Self:  # type: ignore[override]
        """One row for each office and letter: that of its last dispatch."""
        later = Recipient.objects.filter(
            dispatch__letter=OuterRef("dispatch__letter"),
            office=OuterRef("office"),
            dispatch__number__gt=OuterRef("dispatch__number"),
        )
        return self.filter(~Exists(later))

    def gone_out(self) -> Self:
        """Those whose message left the house, or still may: one that waits after a stop goes out in the end."""
        return self._without(STAYED)

    def replaced(self) -> Self:
        """Those whose office was sent the letter again, at another address perhaps; not whoever had it before somebody new."""
        later = Recipient.objects.gone_out().filter(
            dispatch__letter=OuterRef("dispatch__letter"),
            office=OuterRef("office"),
            dispatch__number__gt=OuterRef("dispatch__number"),
        )
        return self.filter(
            Exists(later.filter(reissue_of=None)) | Q(Exists(later), acknowledged_at=None, message__state__in=LACKING)
        )

    def having_it(self) -> Self:
        """Those that need not be sent it again: as those gone out, but for messages that came back."""
        return self._without(LACKING)

    def _without(self, states: list[MessageState]) -> Self:
        on_its_way = Q(message__isnull=False) & ~Q(message__state__in=states)
        return self.filter(on_its_way | Q(acknowledged_at__isnull=False))

    def owing(self) -> Self:
        """Those that have the letter, or soon will, have not answered, and of which a reply is expected."""
        return self.latest().gone_out().filter(acknowledged_at=None, exemption=None)

    def serving(self, name: str) -> Self:
        """Those one of whose countries has this in its name."""
        return self.annotate(
            served=Func("countries", Value(" | "), function="array_to_string", output_field=models.TextField())
        ).filter(served__icontains=name)

    def to_prepare(self) -> Self:
        """Those that still have no message in the outbox and can be reached."""
        return self.filter(message=None, acknowledged_at=None).exclude(reach=Reach.UNREACHED)

    def for_list(self) -> Self:
        """With what the table of recipients shows, by office."""
        rows = self.with_state().annotate(reason=Coalesce("message__reason", Value("")))
        return rows.select_related("message", "dispatch").prefetch_related("answers").order_by("office_name", "pk")


@audited()
class Recipient(Row):
    """An office that gets the letter, as it was on the day of dispatch, and what it answered."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="recipients")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="letters")
    office_name = models.CharField(gettext_lazy("office"), max_length=200)
    duty_station = models.CharField(gettext_lazy("duty station"), max_length=100)
    region = models.CharField(gettext_lazy("region"), max_length=120)
    countries = ArrayField(models.CharField(max_length=120), verbose_name=gettext_lazy("countries"))
    coordinator = models.CharField(gettext_lazy("Resident Coordinator"), max_length=200, blank=True)
    title = models.CharField(gettext_lazy("functional title"), max_length=200)
    salutation = models.CharField(gettext_lazy("salutation"), max_length=200)
    email = models.EmailField(gettext_lazy("e-mail address"), blank=True)
    language = models.CharField(
        gettext_lazy("language of its letter"),
        max_length=10,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
    )
    reach = models.CharField(gettext_lazy("reached through"), max_length=10, choices=Reach.choices)
    reissue_of = models.DateField(gettext_lazy("re-issue of the letter of"), null=True, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    message = models.ForeignKey(OutgoingMessage, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    token_version = models.PositiveSmallIntegerField(default=1)
    acknowledged_at = models.DateTimeField(gettext_lazy("acknowledged"), null=True, blank=True)
    acknowledged_by = models.CharField(gettext_lazy("acknowledged by"), max_length=200, blank=True)
    amended_at = models.DateTimeField(gettext_lazy("last answer"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    received_by = models.CharField(gettext_lazy("how the answer came in"), max_length=200, blank=True)
    document = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("document that came"),
    )

    objects = RecipientQuerySet.as_manager()

    class Meta:
        ordering = ("office_name",)
        constraints = (
            models.UniqueConstraint(fields=("dispatch", "office"), name="recipient_once"),
            models.CheckConstraint(condition=Q(email="") ^ ~Q(reach="unreached"), name="recipient_reached_by_address"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None) ^ ~Q(acknowledged_by=""), name="recipient_acknowledged_by_somebody"
            ),
        )

    def __str__(self) -> str:
        return self.office_name

    @property
    def told_apart(self) -> str:
        """Its name where several rows of one office are spoken of."""
        return f"{self.office_name}, {self.coordinator or self.title}"

    @property
    def addressee(self) -> Addressee:
        """The snapshot as documents take it."""
        return Addressee(
            office_id=str(self.office_id),
            office=self.office_name,
            duty_station=self.duty_station,
            region=self.region,
            countries=tuple(self.countries),
            coordinator=self.coordinator,
            title=self.title,
            salutation=self.salutation,
            email=self.email,
            reach=self.reach,
            language=self.language,
            reissue_of=self.reissue_of.isoformat() if self.reissue_of else "",
        )

    @property
    def issues(self) -> RecipientQuerySet:
        """All rows of its office for this letter, in the order of their dispatches."""
        rows = Recipient.objects.filter(office=self.office_id, dispatch__letter=self.dispatch.letter_id)
        return rows.select_related("dispatch").order_by("dispatch__number")

    def reissued(self) -> Recipient | None:
        """The row by which the letter was issued again to a successor; None while this one holds."""
        return self.issues.filter(dispatch__number__gt=self.dispatch.number).exclude(reissue_of=None).last()

    @property
    def key(self) -> str:
        """The key of its message: the same office never gets two from one dispatch."""
        return f"letter:{self.dispatch_id}:{self.office_id}"
