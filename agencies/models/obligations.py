"""What a party owes, by when."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from agencies import access
from agencies.models.bodies import Agency, Mechanism, short_then
from agencies.models.places import Office
from agencies.models.rows import Row
from core.audit import audited
from core.dates import AsOf, day_at, today
from core.kept import told
from core.tokens import seal
from core.words import zone_name


class ObligationKind(models.TextChoices):
    """What sort of thing is owed."""

    CONTRIBUTION = "contribution", _("Contribution")
    CLEARANCE = "clearance", _("Clearance")
    SIGNATURE = "signature", _("Signature")
    ANSWER = "answer", _("Answer to a letter")
    ACTION = "action", _("Action")
    CONTACTS = "contacts", _("Confirmation of contacts")


class ObligationQuerySet(models.QuerySet["Obligation"]):
    """What is owed."""

    def open(self) -> Self:
        """Not done and not waived."""
        return self.filter(closed_at=None)

    def open_on(self, moment: AsOf) -> Self:
        """What is open, or on a day of the past what was noted by then and closed only later."""
        if moment.is_today:
            return self.open()
        open_then = Q(closed_at=None) | Q(closed_at__date__gt=moment.day)
        return self.filter(open_then, noted_on__lte=moment.day)

    def visible_to(self, user: Any) -> Self:
        """Everything for the secretariat; one's own agencies' for a seat."""
        return access.own_or_all(self, user, "agencies.change_obligation")

    def of_agencies(self, user: Any, on: dt.date) -> Self:
        """What the agencies of this person's seats owe."""
        return self.filter(agency__in=access.agencies_of(user, on))

    def named_on(self, day: dt.date, language: str = "en") -> Self:
        """With `party`, the name of whoever owes it, as it was on the day."""
        return self.annotate(party=Coalesce("office__name", short_then(day, "agency", language)))

    def for_list(self) -> Self:
        """With what a list shows, by deadline."""
        return self.select_related("agency", "office", "mechanism").order_by("due_on", "pk")


def _known_zone() -> IsNull:
    """PostgreSQL refuses a time zone that it does not know: one such row would stop every query that asks it for local days."""
    local = models.Func(
        models.F("time_zone"),
        template="timezone(%(expressions)s, TIMESTAMP '2000-01-01')",
        output_field=models.DateTimeField(),
    )
    return IsNull(local, False)


@audited()
class Obligation(Row):
    """What a party owes, by when: an agency its contribution or clearance, an office its answer.

    The subject lives in another app, which creates and closes the obligation: `page` is the name of the URL at which the
    party does it, `subject_id` its argument. Where `sealed` is true the page needs no account and takes a token in place of
    the id: `subject_id` sealed for the purpose `page` in the version `seal_version` (see core.tokens).
    `topic` is what it belongs to with others, such as their letter, for which there may be rules of reminding of its own.
    `mechanism` is the one for which it is owed, where that is known; `noted_on` the day on which this deadline was set.
    """

    kind = models.CharField(_("kind"), max_length=15, choices=ObligationKind.choices)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="obligations")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, blank=True, related_name="obligations")
    what = models.CharField(_("what is owed"), max_length=300)
    page = models.CharField(max_length=100)
    subject_id = models.UUIDField()
    sealed = models.BooleanField(default=False)
    seal_version = models.PositiveSmallIntegerField(default=1)
    mechanism = models.ForeignKey(
        Mechanism, on_delete=models.PROTECT, null=True, blank=True, related_name="obligations"
    )
    topic = models.UUIDField(null=True, blank=True, db_index=True)
    noted_on = models.DateField(_("noted on"), default=today)
    due_on = models.DateField(_("due on"))
    time_zone = models.CharField(_("time zone of the deadline"), max_length=64, default="UTC")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)
    party: str  # by named_on()

    objects = ObligationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(agency__isnull=False, office__isnull=True) | Q(agency__isnull=True, office__isnull=False),
                name="obligation_one_party",
            ),
            models.CheckConstraint(condition=_known_zone(), name="obligation_zone_is_known"),
            models.UniqueConstraint(
                fields=("kind", "subject_id", "agency", "office"), nulls_distinct=False, name="obligation_once"
            ),
        )
        indexes = (models.Index(fields=("due_on",), condition=Q(closed_at=None), name="obligation_open_by_due"),)

    def __str__(self) -> str:
        return self.what

    @property
    def said(self) -> str:
        """What is owed, in the reader's language."""
        return told(self.what)

    @property
    def ended(self) -> str:
        """How it ended, in the reader's language."""
        return told(self.outcome)

    def get_absolute_url(self) -> str:
        """Where the party does what it owes; the dashboard while the portal has no such page."""
        argument = seal(self.page, self.subject_id, self.seal_version) if self.sealed else self.subject_id
        try:
            return reverse(self.page, args=[argument])
        except NoReverseMatch:
            return "/"

    @property
    def ends_at(self) -> dt.datetime:
        """The last minute of the day of the deadline, at its place."""
        return dt.datetime.combine(self.due_on, dt.time(23, 59), ZoneInfo(self.time_zone))

    @property
    def place(self) -> str:
        """The time zone of the deadline in words: UTC+07:00, Bangkok."""
        return zone_name(self.ends_at)

    def day_there(self, now: dt.datetime) -> dt.date:
        """The day at the place of the deadline."""
        return day_at(self.time_zone, now)

    def days_left(self, now: dt.datetime) -> int:
        """Days until the deadline at its place; negative when it has passed."""
        return (self.due_on - self.day_there(now)).days

    def party_ids(self) -> set[uuid.UUID]:
        """An obligation belongs to the agency that owes it."""
        return {self.agency_id} if self.agency_id else set()
