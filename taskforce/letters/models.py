"""Letters to Resident Coordinators: text, clearance, dispatch, recipients, answers.

A letter belongs to a mechanism, whose co-chairs clear it. A dispatch freezes what was cleared; a recipient is an office as it was on
the day of dispatch. How far a message got is known by its row in the outbox alone: a recipient's state is read from there.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Exists, Func, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Mechanism, Office, Row
from core import tags
from core.audit import audited
from core.models import MessageState, OutgoingMessage, StoredFile
from core.sensitivity import Classified, Sensitivity
from core.tags import State
from taskforce.letters import access, merge
from taskforce.letters.addressees import Addressee, Reach
from taskforce.letters.workflow import CHANGEABLE, GONE_OUT, LETTER, Status

ZONES = {
    "America/New_York": gettext_lazy("New York"),
    "Europe/Vienna": gettext_lazy("Vienna"),
    "Europe/Zurich": gettext_lazy("Geneva"),
    "Africa/Nairobi": gettext_lazy("Nairobi"),
    "Africa/Addis_Ababa": gettext_lazy("Addis Ababa"),
    "Asia/Bangkok": gettext_lazy("Bangkok"),
    "Asia/Beirut": gettext_lazy("Beirut"),
    "America/Santiago": gettext_lazy("Santiago"),
    "UTC": gettext_lazy("UTC"),
}


class Purpose(models.TextChoices):
    """What the letter asks of its recipients."""

    INFORMATION = "information", gettext_lazy("For information")
    ACTION = "action", gettext_lazy("For action")


class LetterQuerySet(models.QuerySet["Letter"]):
    """Letters."""

    def visible_to(self, user: Any) -> Self:
        """The letters a person may see: all for the secretariat, else those that went out or that their agency clears."""
        return access.visible_letters(self, user)

    def for_list(self) -> Self:
        """With what a list shows, the newest first."""
        return self.select_related("mechanism").order_by("-created_at", "pk")


@audited()
class Letter(Row, Classified):
    """A letter of a mechanism to all country-team offices."""

    mechanism = models.ForeignKey(Mechanism, on_delete=models.PROTECT, related_name="letters")
    reference = models.CharField(gettext_lazy("reference number"), max_length=60, unique=True)
    subject = models.CharField(gettext_lazy("subject"), max_length=250)
    purpose = models.CharField(
        gettext_lazy("purpose"), max_length=12, choices=Purpose.choices, default=Purpose.INFORMATION
    )
    deadline = models.DateField(gettext_lazy("answers by"), null=True, blank=True)
    deadline_zone = models.CharField(
        gettext_lazy("place of the deadline"), max_length=64, choices=ZONES.items(), default="America/New_York"
    )
    body = models.TextField(gettext_lazy("text"), blank=True)
    status = models.CharField(
        gettext_lazy("status"), max_length=12, choices=Status.choices, default=Status.DRAFT, editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(purpose=Purpose.ACTION) | Q(deadline__isnull=False),
                name="letter_for_action_has_deadline",
                violation_error_message=gettext_lazy(
                    "A letter for action needs a date by which answers are asked for."
                ),
            ),
        )
        triggers = (LETTER.trigger(),)

    def __str__(self) -> str:
        return f"{self.reference} {self.subject}"

    @property
    def open_name(self) -> str:
        """How lists and mail may name it: a restricted subject stays out."""
        return str(self) if self.sensitivity == Sensitivity.UNCLASSIFIED else self.reference

    def party_ids(self) -> set[uuid.UUID]:
        """A letter belongs to the agencies that are asked to clear it."""
        return {clearance.agency_id for clearance in self.clearances.all() if clearance.is_current}

    def get_absolute_url(self) -> str:
        """The letter's page."""
        return reverse("letters:detail", args=[self.pk])

    @property
    def deadline_ends(self) -> dt.datetime | None:
        """The last moment of the day of the deadline, where it counts."""
        if self.deadline is None:
            return None
        return dt.datetime.combine(self.deadline, dt.time(23, 59, 59), ZoneInfo(self.deadline_zone))

    def missing(self) -> list[str]:
        """What stands between this draft and its clearance, in words for its author."""
        wants = [
            (not self.body.strip(), _("The text is empty.")),
            (not self.signatories.exists(), _("Nobody signs it: name at least one signatory.")),
            (not self.co_chairs(timezone.localdate()), _("The mechanism has no chair who could clear it.")),
            (self._deadline_is_over(), _("The date by which answers are asked for has passed.")),
            (
                self.sensitivity == Sensitivity.STRICTLY_CONFIDENTIAL,
                _("A Strictly Confidential letter does not leave by mail: deliver it by hand."),
            ),
        ]
        return [*merge.problems(self.body), *(words for wanting, words in wants if wanting)]

    def _deadline_is_over(self) -> bool:
        ends = self.deadline_ends
        return ends is not None and ends < timezone.now()

    def co_chairs(self, on: dt.date) -> list[Agency]:
        """The agencies that chair the mechanism on the day: each of them clears the letter."""
        seats = self.mechanism.memberships.chairs().on(on)
        return list(Agency.objects.filter(memberships__in=seats).named_on(on).order_by("acronym"))

    def is_cleared(self) -> bool:
        """Whether every co-chair that was asked cleared the text as it stands."""
        states = set(self.clearances.current().values_list("state", flat=True))
        return states == {Clearance.State.CLEARED}

    def can_change(self) -> bool:
        """Whether its text may still change."""
        return self.status in CHANGEABLE and not self.gone_out()

    def gone_out(self) -> bool:
        """Whether the letter, or a part of its dispatch, has left for anybody."""
        return Recipient.objects.filter(dispatch__letter=self).gone_out().exists()

    @property
    def is_out(self) -> bool:
        """Whether its text is open to the members."""
        return self.status in GONE_OUT


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


@audited()
class Contact(Part):
    """Whom to ask at headquarters, by role."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(gettext_lazy("role"), max_length=200)
    email = models.EmailField(gettext_lazy("e-mail address"))

    def __str__(self) -> str:
        return self.role


@audited()
class Note(Part):
    """A statement about a letter with its source. Statements that contradict each other stand side by side."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="notes")
    about = models.CharField(gettext_lazy("about"), max_length=100)
    statement = models.CharField(gettext_lazy("statement"), max_length=400)
    source = models.CharField(gettext_lazy("source"), max_length=300)


# ---------------------------------------------------------------- clearance


class ClearanceQuerySet(models.QuerySet["Clearance"]):
    """Clearances."""

    def for_list(self, day: dt.date) -> Self:
        """With the agencies as they are called on the day, the latest text first."""
        agency = models.Prefetch("agency", Agency.objects.named_on(day))
        return self.select_related("decided_by").prefetch_related(agency).order_by("-text_version", "due_on", "pk")

    def current(self) -> Self:
        """Those that were not withdrawn by a change."""
        return self.exclude(state=Clearance.State.WITHDRAWN)

    def visible_to(self, user: Any) -> Self:
        """Clearances of the letters a person may see."""
        return self.filter(letter__in=Letter.objects.visible_to(user))


@audited()
class Clearance(Row):
    """A co-chair's decision on one version of the text. A change of the text withdraws it."""

    class State(models.TextChoices):
        """What the co-chair said."""

        ASKED = "asked", gettext_lazy("Asked")
        CLEARED = "cleared", gettext_lazy("Cleared")
        OBJECTED = "objected", gettext_lazy("Objected")
        WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn by a change")

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="clearances")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    text_version = models.PositiveIntegerField(gettext_lazy("version of the text"))
    due_on = models.DateField(gettext_lazy("clear by"))
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=State.choices, default=State.ASKED)
    comment = models.TextField(gettext_lazy("comment"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ClearanceQuerySet.as_manager()

    class Meta:
        ordering = ("-text_version", "agency_id")
        constraints = (
            models.UniqueConstraint(
                fields=("letter", "agency"), condition=~Q(state="withdrawn"), name="clearance_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="asked") ^ Q(decided_at__isnull=True) | Q(state="withdrawn"),
                name="clearance_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="objected") | ~Q(comment=""),
                name="objection_says_why",
                violation_error_message=gettext_lazy("Say what you object to."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.agency}, {self.text_version}"

    @property
    def is_current(self) -> bool:
        """Whether it is about the text as it stands."""
        return self.state != self.State.WITHDRAWN

    def party_ids(self) -> set[uuid.UUID]:
        """A clearance belongs to the co-chair that is asked."""
        return {self.agency_id}


tags.register(
    "clearance",
    {
        Clearance.State.ASKED: State(Clearance.State.ASKED.label, "yellow"),
        Clearance.State.CLEARED: State(Clearance.State.CLEARED.label, "green"),
        Clearance.State.OBJECTED: State(Clearance.State.OBJECTED.label, "red"),
        Clearance.State.WITHDRAWN: State(Clearance.State.WITHDRAWN.label, "grey"),
    },
)


# ---------------------------------------------------------------- dispatch


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
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("order",)
        constraints = (models.UniqueConstraint(fields=("dispatch", "order"), name="enclosed_place_once"),)


class RecipientState(models.TextChoices):
    """How far the letter got with one office, said no better than is known."""

    PREPARING = "preparing", gettext_lazy("Being prepared")
    QUEUED = "queued", gettext_lazy("Queued")
    HANDED_OVER = "handed_over", gettext_lazy("Handed to relay")
    REFUSED = "refused", gettext_lazy("Refused")
    UNCERTAIN = "uncertain", gettext_lazy("Uncertain")
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
    MessageState.CANCELLED: RecipientState.CANCELLED,
}
MAY_HAVE_LEFT = [MessageState.IN_FLIGHT, MessageState.HANDED_OVER, MessageState.UNCERTAIN]


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
        """Those whose message left, or may have left, the house."""
        return self.filter(Q(message__state__in=MAY_HAVE_LEFT) | Q(acknowledged_at__isnull=False))

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
    reach = models.CharField(gettext_lazy("reached through"), max_length=10, choices=Reach.choices)
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
        )

    @property
    def key(self) -> str:
        """The key of its message: the same office never gets two from one dispatch."""
        return f"letter:{self.dispatch_id}:{self.office_id}"


class Choice(models.TextChoices):
    """What an office answers to an invitation."""

    NONE = "", gettext_lazy("No answer")
    ACCEPTED = "accepted", gettext_lazy("Accepted")
    DECLINED = "declined", gettext_lazy("Declined")
    UNDER_WAY = "under_way", gettext_lazy("Under way")
    DONE = "done", gettext_lazy("Done")


tags.register(
    "answer",
    {
        Choice.NONE: State(Choice.NONE.label, "grey"),
        Choice.ACCEPTED: State(Choice.ACCEPTED.label, "blue"),
        Choice.UNDER_WAY: State(Choice.UNDER_WAY.label, "teal"),
        Choice.DONE: State(Choice.DONE.label, "green"),
        Choice.DECLINED: State(Choice.DECLINED.label, "red"),
    },
)


@audited()
class Answer(Row):
    """What one office answered to one invitation."""

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="answers")
    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="answers")
    choice = models.CharField(gettext_lazy("answer"), max_length=10, choices=Choice.choices, blank=True)
    comment = models.TextField(gettext_lazy("comment"), blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("invitation__order",)
        constraints = (models.UniqueConstraint(fields=("recipient", "invitation"), name="answer_once"),)
