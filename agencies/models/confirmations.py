"""Asking each agency, time and again, whether its contacts are right, and who said so."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies import access
from agencies.models.bodies import Agency, Capacity, FocalPoint, Mechanism, names_then
from agencies.models.rows import OpenQuerySet, Row
from core.audit import audited

CONFIRM = "agencies.confirm_contacts"


@audited()
class Round(Row):
    """Every agency that sat in a mechanism on a day was asked to confirm its contacts. Without `opened_by` the portal asked."""

    mechanism = models.ForeignKey(Mechanism, on_delete=models.PROTECT, related_name="rounds")
    opened_on = models.DateField(_("asked on"))
    due_on = models.DateField(_("answers by"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_on",)
        constraints = (
            models.UniqueConstraint(
                fields=("mechanism", "opened_on"),
                name="round_once_a_day",
                violation_error_message=_("The agencies of this mechanism were asked today already."),
            ),
            models.CheckConstraint(condition=Q(due_on__gte=models.F("opened_on")), name="round_due_after_opening"),
        )

    def __str__(self) -> str:
        return str(self.mechanism)


class Confirmed(models.TextChoices):
    """How a confirmation stands."""

    WAITING = "waiting", _("Not yet confirmed")
    OVERDUE = "overdue", _("Overdue")
    CONFIRMED = "confirmed", _("Confirmed")
    DROPPED = "dropped", _("No longer asked")


class ConfirmationQuerySet(models.QuerySet["Confirmation"]):
    """What agencies were asked to confirm."""

    def visible_to(self, user: Any) -> Self:
        """Every agency's for whoever may confirm on behalf of all, else one's own agencies'."""
        return access.own_or_all(self, user, CONFIRM)

    def waiting(self) -> Self:
        """Neither confirmed nor dropped."""
        return self.filter(confirmed_at=None, dropped_on=None)

    def of_last_rounds(self) -> Self:
        """Those of each mechanism's last round."""
        later = Round.objects.filter(
            mechanism=models.OuterRef("round__mechanism"), opened_on__gt=models.OuterRef("round__opened_on")
        )
        return self.filter(~models.Exists(later))

    def with_answer(self, day: dt.date) -> Self:
        """With `answer`, how each stands on the day."""
        return self.annotate(
            answer=models.Case(
                models.When(confirmed_at__isnull=False, then=models.Value(Confirmed.CONFIRMED)),
                models.When(dropped_on__isnull=False, then=models.Value(Confirmed.DROPPED)),
                models.When(round__due_on__lt=day, then=models.Value(Confirmed.OVERDUE)),
                default=models.Value(Confirmed.WAITING),
                output_field=models.CharField(),
            )
        )

    def for_list(self, day: dt.date, language: str = "en") -> Self:
        """With the agency's `name` and `acronym`, its `principal` of the day (None: vacant) and how each stands."""
        principals = FocalPoint.objects.on(day).filter(
            agency=models.OuterRef("agency"),
            mechanism=models.OuterRef("round__mechanism"),
            capacity=Capacity.PRINCIPAL,
        )
        return (
            self.with_answer(day)
            .annotate(
                **names_then(day, "agency", language),
                principal=models.Subquery(principals.order_by("person__name").values("person__name")[:1]),
            )
            .select_related("round__mechanism", "confirmed_by")
        )


@audited()
class Confirmation(Row):
    """An agency was asked in a round whether its contacts for the mechanism are right; who answered, when, for whom."""

    name: str  # by for_list()
    acronym: str

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="confirmations")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="confirmations")
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    on_behalf = models.BooleanField(_("on behalf of the agency"), default=False)
    note = models.CharField(_("note"), max_length=400, blank=True)
    corrected = models.PositiveSmallIntegerField(_("seats corrected"), default=0)
    dropped_on = models.DateField(_("no longer asked since"), null=True, blank=True)

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("round", "agency"), name="confirmation_once"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="confirmation_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(on_behalf=False) | ~Q(note=""),
                name="confirmation_on_behalf_says_how",
                violation_error_message=_("Say how you know."),
            ),
        )

    def __str__(self) -> str:
        return str(self.round.mechanism)

    @property
    def is_waiting(self) -> bool:
        """Whether the agency is still asked."""
        return self.confirmed_at is None and self.dropped_on is None

    def party_ids(self) -> set[uuid.UUID]:
        """A confirmation belongs to the agency that is asked."""
        return {self.agency_id}

    def get_absolute_url(self) -> str:
        """The page at which the agency answers."""
        return reverse("agencies:confirm", args=[self.pk])
