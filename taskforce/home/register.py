"""How complete the register is on a day: seats nobody holds, posts nobody fills."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from agencies.models import (
    Agency,
    AgencyQuerySet,
    Capacity,
    Country,
    FocalPoint,
    Membership,
    Office,
    OfficeCountry,
    OfficeKind,
    ResidentCoordinator,
)

SPEAKS = [Capacity.FOCAL_POINT, Capacity.ALTERNATE, Capacity.PRINCIPAL]


def vacant(on: dt.date) -> AgencyQuerySet:
    """Agencies that sit in a mechanism on the day and for which nobody who may sign in speaks."""
    sits = Membership.objects.seated().on(on).filter(agency=OuterRef("pk"))
    speaks = FocalPoint.objects.seated(on).filter(agency=OuterRef("pk"), capacity__in=SPEAKS, person__is_active=True)
    return Agency.objects.on(on).filter(Exists(sits), ~Exists(speaks))


@dataclass(frozen=True)
class Completeness:
    """How many there are, and how many lack something."""

    offices: int
    without_coordinator: int
    unreachable: int
    countries: int
    uncovered: int


def completeness(on: dt.date) -> Completeness:
    """Figures of the day, in two queries."""
    post = ResidentCoordinator.objects.on(on).filter(office=OuterRef("pk"))
    served = OfficeCountry.objects.on(on).filter(country=OuterRef("pk"))
    offices = Office.objects.on(on).aggregate(
        all=Count("pk"),
        vacant=Count("pk", Q(~Exists(post), kind=OfficeKind.COORDINATOR)),
        unreachable=Count("pk", Q(~Exists(post), email="")),
    )
    countries = Country.objects.aggregate(all=Count("pk"), uncovered=Count("pk", ~Exists(served)))
    return Completeness(
        offices["all"], offices["vacant"], offices["unreachable"], countries["all"], countries["uncovered"]
    )
