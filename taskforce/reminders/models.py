"""When the portal reminds, of what it reminded, and whom."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from agencies.models import FocalPoint, Obligation, ObligationKind, Row
from core.access import can
from core.audit import audited
from core.dates import today
from core.models import MessageState, OutgoingMessage
from core.words import comma


class Audience(models.TextChoices):
    """Whom a rule has in mind."""

    RESPONSIBLE = "responsible", _("Those who do it: focal points, or the Resident Coordinator")
    PRINCIPAL = "principal", _("The principals of the agency")


class RuleQuerySet(models.QuerySet["Rule"]):
    """Rules."""

    def visible_to(self, user: Any) -> Self:
        """All of them for those who look after reminders, else none."""
        return self if can(user, "reminders.view_reminder") else self.none()

    def of(self, topic: uuid.UUID | None) -> Self:
        """The rules of the house, or those that a topic has of its own by now."""
        return self.standing().filter(topic=topic)

    def standing(self) -> Self:
        """All but those of topics that went back to the rules of the house."""
        return self.filter(until=None)

    def for_list(self) -> Self:
        """In the order of time, those in force first."""
        return self.order_by("-active", "days", "kind", "pk")


@audited()
class Rule(Row):
    """Remind so many days before or after a deadline, once or again and again.

    `topic` is what the rule is for alone, such as one letter: a topic with rules of its own is left alone by those of the house.
    Where the topic went back to those of the house, `until` is the last day on which its own held; they stay for the reminders they made.
    A rule has an effect on the steps that lie on or after `since`: a new or changed rule never makes up for the past.
    """

    kind = models.CharField(
        _("kind of obligation"),
        max_length=15,
        choices=ObligationKind.choices,
        blank=True,
        help_text=_("Empty: every kind."),
    )
    topic = models.UUIDField(null=True, blank=True, editable=False)
    audience = models.CharField(
        _("whom it reminds"), max_length=12, choices=Audience.choices, default=Audience.RESPONSIBLE
    )
    days = models.SmallIntegerField(
        _("days after the deadline"), help_text=_("0 is the day of the deadline, -14 is two weeks before it.")
    )
    every = models.PositiveSmallIntegerField(
        _("then again every … days"), default=0, help_text=_("0: it reminds once.")
    )
    times = models.PositiveSmallIntegerField(_("times in all"), default=1)
    active = models.BooleanField(_("in force"), default=True)
    since = models.DateField(_("in force since"), default=today, editable=False)
    until = models.DateField(_("held until"), null=True, blank=True, editable=False)

    objects = RuleQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(every=0, times=1) | Q(every__gte=1, times__gte=2),
                name="rule_once_or_repeated",
                violation_error_message=_(
                    "To remind once, give 0 days and 1 time. To remind again and again, give at least 1 day and 2 times."
                ),
            ),
            models.CheckConstraint(
                condition=Q(days__range=(-366, 366), every__lte=366, times__lte=52),
                name="rule_within_reason",
                violation_error_message=_("A rule reaches at most 366 days and reminds at most 52 times."),
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(topic__isnull=False, active=False), name="rule_of_the_house_has_no_end"
            ),
        )

    def __str__(self) -> str:
        first = _moment(self.days)
        if not self.every:
            return first
        days = ngettext("then every %(days)d day", "then every %(days)d days", self.every) % {"days": self.every}
        again = str(_("then every day")) if self.every == 1 else days
        times = _("%(times)d times in all") % {"times": self.times}
        return comma().join([first, again, times])


def _moment(days: int) -> str:
    """A day relative to the deadline, in words."""
    if not days:
        return str(_("On the day of the deadline"))
    if days < 0:
        return ngettext("%(days)d day before", "%(days)d days before", -days) % {"days": -days}
    return ngettext("%(days)d day after", "%(days)d days after", days) % {"days": days}


class Outcome(models.TextChoices):
    """What became of a reminder."""

    WAITING = "waiting", _("Being written")
    WEEKLY = "weekly", _("Waits for Monday’s mail")
    MAILED = "mailed", _("Mailed")
    NOBODY = "nobody", _("Nobody to remind")
    NOT_NEEDED = "not_needed", _("Done meanwhile")


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Reminders."""

    def visible_to(self, user: Any) -> Self:
        """All of them for those who look after reminders; those of one's own agency for a seat."""
        if can(user, "reminders.view_reminder"):
            return self
        return self.filter(obligation__in=Obligation.objects.visible_to(user))

    def waiting(self) -> Self:
        """Noted, but not yet written to anybody."""
        return self.filter(outcome=Outcome.WAITING)

    def unheard(self) -> Self:
        """The last reminders of open obligations that found nobody: somebody must name a person or tell them otherwise."""
        later = Reminder.objects.filter(
            obligation=OuterRef("obligation"), audience=OuterRef("audience"), occurs_on__gt=OuterRef("occurs_on")
        )
        return self.filter(~Exists(later), outcome=Outcome.NOBODY, obligation__closed_at=None)

    def to_somebody(self, text: str) -> Self:
        """Those of which a message went to somebody with this text in their name or address."""
        notices = Notice.objects.filter(reminder=OuterRef("pk"))
        return self.filter(Exists(notices.filter(Q(name__icontains=text) | Q(message__to__icontains=text))))

    def named_on(self, day: dt.date, language: str = "en") -> Self:
        """With `party`, the name of whoever owes it, as it was on the day."""
        owed = Obligation.objects.filter(pk=OuterRef("obligation")).named_on(day, language)
        return self.annotate(party=Subquery(owed.values("party")[:1]))  # type: ignore[misc]

    def for_list(self) -> Self:
        """With what a list shows, the newest first."""
        notices = models.Prefetch("notices", Notice.objects.select_related("message"))
        return (
            self.select_related("obligation", "rule").prefetch_related(notices).order_by("-occurs_on", "-made_at", "pk")
        )


class Reminder(Row):
    """An obligation reached the day of a rule. The row exists once, however many beats run; mail follows from it."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="reminders")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="reminders")
    audience = models.CharField(_("whom it has in mind"), max_length=12, choices=Audience.choices)
    occurs_on = models.DateField(_("day"))
    due_on = models.DateField(_("deadline at that time"))
    made_at = models.DateTimeField(_("noted at"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, default=Outcome.WAITING)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("obligation", "audience", "occurs_on"), name="reminder_once"),)
        indexes = (models.Index(fields=("made_at",), condition=Q(outcome="waiting"), name="reminder_waiting"),)

    def __str__(self) -> str:
        return f"{self.obligation}: {self.rule}"

    def party_ids(self) -> set[uuid.UUID]:
        """A reminder belongs to the agency that owes."""
        return self.obligation.party_ids()


class Notice(Row):
    """A reminder goes to one person, and why to this one. Without a message it waits for the person's weekly mail."""

    reminder = models.ForeignKey(Reminder, on_delete=models.CASCADE, related_name="notices")
    message = models.ForeignKey(OutgoingMessage, on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = models.CharField(_("to"), max_length=200)
    why = models.CharField(_("why to this one"), max_length=300)

    class Meta:
        ordering = ("name", "pk")


def misdirected() -> models.QuerySet[Notice]:
    """Notices that still wait to leave for somebody who no longer speaks for the agency that owes."""
    seats = FocalPoint.objects.seated(today()).filter(
        person=OuterRef("person"), agency=OuterRef("reminder__obligation__agency")
    )
    waiting = Notice.objects.filter(
        message__state__in=[MessageState.QUEUED, MessageState.HELD], reminder__obligation__closed_at=None
    )
    return waiting.filter(~Exists(seats), person__isnull=False, reminder__obligation__agency__isnull=False)


def moot() -> models.QuerySet[Reminder]:
    """Reminders of what is done whose mail still waits to leave."""
    waiting = Notice.objects.filter(
        reminder=OuterRef("pk"), message__state__in=[MessageState.QUEUED, MessageState.HELD]
    )
    return Reminder.objects.filter(Exists(waiting), outcome=Outcome.MAILED, obligation__closed_at__gte=F("made_at"))
