"""Who is absent for some days, and who stands in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import SEAT_ROLES
from agencies.models.bodies import FocalPoint, FocalPointQuerySet
from agencies.models.rows import OpenQuerySet, Row
from core.audit import audited
from core.dates import Dated, last_day_column, no_overlap

if TYPE_CHECKING:
    from django.db.backends.postgresql.psycopg_any import DateRange


class AbsenceQuerySet(OpenQuerySet):
    """Absences."""

    def for_list(self) -> Self:
        """With both people, the next one first."""
        return self.select_related("person", "alternate").order_by("valid", "pk")


@audited()
class Absence(Row, Dated):
    """A person is absent from a first to a last day, and another person who sits beside them stands in.

    Standing in gives no right: the alternate acts through a seat of their own.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences")
    alternate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="stands_in", verbose_name=_("alternate")
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = (
            no_overlap("absence_once", "person", message=_("You have told of an absence in that time already.")),
            models.CheckConstraint(
                condition=~Q(person=F("alternate")),
                name="absence_alternate_is_another",
                violation_error_message=_("Nobody is their own alternate."),
            ),
            models.CheckConstraint(
                condition=Q(valid__lower_inf=False, valid__upper_inf=False),
                name="absence_has_both_days",
                violation_error_message=_("An absence has a first and a last day."),
            ),
        )

    def __str__(self) -> str:
        return str(self.person)


def sitting_beside(person: Any, valid: DateRange) -> models.QuerySet[User]:
    """Who may stand in for a person during all of that time: they have a seat of the same agency in the same mechanism."""
    same = FocalPoint.objects.filter(
        person=person.pk, agency=models.OuterRef("agency"), mechanism=models.OuterRef("mechanism"), valid__overlap=valid
    )
    seats = FocalPoint.objects.filter(models.Exists(same), capacity__in=SEAT_ROLES, valid__contains=valid)
    return User.objects.filter(pk__in=seats.values("person"), is_active=True).exclude(pk=person.pk).order_by("name")


def with_absence(seats: FocalPointQuerySet, on: dt.date) -> FocalPointQuerySet:
    """Seats with `absent_until`, the last day, and `stand_in`, the name of whoever stands in there: both None for who is present."""
    absences = Absence.objects.on(on).filter(person=models.OuterRef("person"))
    beside = FocalPoint.objects.on(on).filter(
        person=models.OuterRef("alternate"),
        agency=models.OuterRef(models.OuterRef("agency")),
        mechanism=models.OuterRef(models.OuterRef("mechanism")),
    )
    told: FocalPointQuerySet = seats.annotate(
        absent_until=models.Subquery(absences.values(last=last_day_column())),
        stand_in=models.Subquery(absences.filter(models.Exists(beside)).values("alternate__name")),
    )
    return told


def stand_ins(people: Collection[uuid.UUID], on: dt.date) -> dict[uuid.UUID, Absence]:
    """The absence of each of these people who is absent on the day; whoever is absent as well stands in for nobody."""
    absences = Absence.objects.on(on)
    away = {absence.person_id: absence for absence in absences.for_list().filter(person__in=people)}
    also = set(absences.filter(person__in=[one.alternate_id for one in away.values()]).values_list("person", flat=True))
    return {person: absence for person, absence in away.items() if absence.alternate_id not in also}
