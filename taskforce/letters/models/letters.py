"""Letters and their clearance: a letter belongs to a mechanism, whose co-chairs clear each version of its text."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Mechanism, Row, short_then
from core import tags
from core.access import Grant, holders
from core.audit import READING, audited
from core.dates import today
from core.sensitivity import Classified, Sensitivity
from core.tags import State
from taskforce.letters import access, merge
from taskforce.letters.workflow import (
    AGREED,
    CHANGEABLE,
    CLEARING,
    CURRENT,
    LETTER,
    ClearanceState,
    SigningState,
    Status,
)

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


@audited(moments=READING)
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
    language = models.CharField(
        gettext_lazy("main language"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    status = models.CharField(
        gettext_lazy("status"), max_length=12, choices=Status.choices, default=Status.DRAFT, editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    in_sequence = models.BooleanField(gettext_lazy("signed one after the other"), default=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

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

    def seen_by(self, user: Any) -> bool:
        """Whether the user is among those of `visible_to`."""
        return Letter.objects.visible_to(user).filter(pk=self.pk).exists()

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
            (self.deadline_is_over(), _("The date by which answers are asked for has passed.")),
            (
                self.sensitivity == Sensitivity.STRICTLY_CONFIDENTIAL,
                _("A Strictly Confidential letter does not leave by mail: deliver it by hand."),
            ),
        ]
        return [*merge.problems(self.body), *(words for wanting, words in wants if wanting)]

    def deadline_is_over(self) -> bool:
        """Whether the last moment for answers has passed."""
        ends = self.deadline_ends
        return ends is not None and ends < timezone.now()

    def co_chairs(self, on: dt.date) -> list[Agency]:
        """The agencies that chair the mechanism on the day: each of them clears the letter."""
        seats = self.mechanism.memberships.chairs().on(on)
        return list(Agency.objects.filter(memberships__in=seats).named_on(on).order_by("acronym"))

    def named_agencies(self) -> models.QuerySet[Agency]:
        """The agencies that were given sight of this letter, by acronym."""
        return Agency.objects.named_on(today()).filter(group__in=holders(access.VIEW, self)).order_by("acronym", "pk")

    def is_cleared(self) -> bool:
        """Whether everybody who was asked agreed to the main text as it stands."""
        states = set(self.clearances.current().filter(language="").values_list("state", flat=True))
        return bool(states) and states <= AGREED

    def is_signed(self) -> bool:
        """Whether everybody who signs it has."""
        states = set(self.signings.current().values_list("state", flat=True))
        return states == {SigningState.SIGNED}

    def was_dispatched(self) -> bool:
        """Whether a dispatch of it came to its end, whatever became of the messages."""
        return self.dispatches.exclude(finished_at=None).exists()

    def can_change(self) -> bool:
        """Whether its text may still change."""
        return self.status in CHANGEABLE and not self.gone_out()

    def gone_out(self) -> bool:
        """Whether the letter has left for anybody, or still may."""
        return self.dispatches.gone_out().exists()


@audited()
class LetterGroupObjectPermission(Grant):
    """A grant: an agency's group may see one letter. It ends with the letter."""

    content_object = models.ForeignKey(Letter, on_delete=models.CASCADE)


# ---------------------------------------------------------------- clearance


class ClearanceQuerySet(models.QuerySet["Clearance"]):
    """Clearances."""

    def for_list(self, day: dt.date) -> Self:
        """With the agencies as they are called on the day, those withdrawn by a change last, the latest text first."""
        agency = models.Prefetch("agency", Agency.objects.named_on(day))
        return (
            self.select_related("decided_by")
            .prefetch_related(agency)
            .annotate(gone=Q(state=ClearanceState.WITHDRAWN), short=short_then(day, "agency"))
            .order_by("gone", "language", "-text_version", "short", "pk")
        )

    def current(self) -> Self:
        """Those that were not withdrawn by a change."""
        return self.filter(state__in=CURRENT)

    def visible_to(self, user: Any) -> Self:
        """Clearances of the letters a person may see."""
        return self.filter(letter__in=Letter.objects.visible_to(user))


@audited()
class Clearance(Row):
    """A co-chair's decision on a text in one language, or a member's in a silence procedure. A change of the text withdraws it."""

    State = ClearanceState

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="clearances")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(
        gettext_lazy("language"),
        max_length=10,
        choices=settings.LANGUAGES,
        blank=True,
        help_text="Empty for the main text.",
    )
    text_version = models.PositiveIntegerField(gettext_lazy("version of the text"))
    due_on = models.DateField(gettext_lazy("clear by"))
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=State.choices, default=State.ASKED)
    was = models.CharField(
        gettext_lazy("before the text changed"), max_length=10, choices=State.choices, blank=True, editable=False
    )
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
                fields=("letter", "agency", "language"), condition=~Q(state="withdrawn"), name="clearance_once"
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
            models.CheckConstraint(
                condition=~Q(state="reserved") | ~Q(comment=""),
                name="reservation_says_what",
                violation_error_message=gettext_lazy("Say what your reservation is."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.agency}, {self.text_version}"

    def get_absolute_url(self) -> str:
        """Where it is decided."""
        return reverse("letters:clearance", args=[self.pk])

    @property
    def is_current(self) -> bool:
        """Whether it is about the text as it stands."""
        return self.state in CURRENT

    @property
    def is_open(self) -> bool:
        """Whether it can be decided now: the main text while the letter is in clearance, another one also after that."""
        statuses = CLEARING if self.language else {Status.IN_CLEARANCE}
        return self.is_current and self.letter.status in statuses

    def party_ids(self) -> set[uuid.UUID]:
        """A clearance belongs to the co-chair that is asked."""
        return {self.agency_id}


tags.register(
    "clearance",
    {
        Clearance.State.ASKED: State(Clearance.State.ASKED.label, "yellow"),
        Clearance.State.CLEARED: State(Clearance.State.CLEARED.label, "green"),
        Clearance.State.RESERVED: State(Clearance.State.RESERVED.label, "teal"),
        Clearance.State.SILENT: State(Clearance.State.SILENT.label, "green"),
        Clearance.State.OBJECTED: State(Clearance.State.OBJECTED.label, "red"),
        Clearance.State.WITHDRAWN: State(Clearance.State.WITHDRAWN.label, "grey"),
    },
)
