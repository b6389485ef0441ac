"""A made-up register of any size, for benchmarks and tests of queries.

Bodies were renamed, sit in several mechanisms, and have people who came and went.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.db import connection

from accounts.models import User
from agencies.models import (
    Agency,
    AgencyKind,
    AgencyName,
    Capacity,
    FocalPoint,
    Mechanism,
    MemberRole,
    Membership,
    Office,
    Region,
    ResidentCoordinator,
)
from agencies.places import ident
from agencies.sample.bodies import group_name
from agencies.sample.rows import put
from core.dates import DAY, span

START, RENAMED, LEFT = dt.date(2012, 1, 1), dt.date(2019, 1, 1), dt.date(2023, 7, 1)
KINDS = list(AgencyKind)
FORUMS = 12
STATIONS = (("New York", "America/New_York"), ("Geneva", "Europe/Zurich"), ("Nairobi", "Africa/Nairobi"))
CAPACITIES = (Capacity.PRINCIPAL, Capacity.FOCAL_POINT, Capacity.ALTERNATE, Capacity.HEADQUARTERS_CONTACT)


@dataclass(frozen=True)
class Body:
    """The agency with this number, and what is made of it."""

    number: int

    @property
    def key(self) -> str:
        """What its ids are made from."""
        return f"many-{self.number:05}"

    @property
    def forums(self) -> list[int]:
        """The mechanisms it sits in: three of five in the first, all in one or two others."""
        wide = [0] if self.number % 5 < 3 else []
        return list(dict.fromkeys([*wide, 1 + self.number % (FORUMS - 1), 1 + self.number * 7 % (FORUMS - 1)]))


def load(*, agencies: int, people: int, offices: int) -> None:
    """That many agencies with `people` each, in a dozen mechanisms, and offices with three terms in each post. Needs the regions."""
    bodies = [Body(number) for number in range(agencies)]
    put(_forum(number) for number in range(FORUMS))
    put(Group(name=group_name(body.key)) for body in bodies)
    groups = dict(Group.objects.values_list("name", "pk"))
    put(_agency(body, groups[group_name(body.key)]) for body in bodies)
    put(name for body in bodies for name in _names(body))
    put(seat for body in bodies for seat in _memberships(body))
    put(_user(body, number) for body in bodies for number in range(people))
    put(_seat(body, number) for body in bodies for number in range(people))
    put(_office(number, region.pk) for number, region in zip(range(offices), _regions(), strict=False))
    put(term for number in range(offices) for term in _terms(number))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the planner knows nothing of rows that came a moment ago


def _forum(number: int) -> Mechanism:
    return Mechanism(
        id=ident("mechanism", "many", number),
        slug=f"many-{number}",
        name=f"Forum {number} of made-up agencies",
        acronym=f"F{number}",
        valid=span(START),
    )


def _agency(body: Body, group: int) -> Agency:
    station, zone = STATIONS[body.number % len(STATIONS)]
    return Agency(
        id=ident("agency", body.key),
        kind=KINDS[body.number % len(KINDS)],
        duty_station=station,
        time_zone=zone,
        group_id=group,
        valid=span(START),
    )


def _names(body: Body) -> Iterator[AgencyName]:
    """One in three was renamed; every one has a French name as well."""
    number, was = body.number, body.number % 3 == 0
    spans = [("Former Body", "FB", span(START, RENAMED - DAY)), ("Made-up Agency", "MUA", span(RENAMED))]
    told = spans if was else [("Made-up Agency", "MUA", span(START))]
    for name, acronym, valid in told:
        yield _name(body, "en", f"{name} {number}", f"{acronym}{number}", valid)
    yield _name(body, "fr", f"Organisme inventé {number}", f"OI{number}", span(START))


def _name(body: Body, language: str, name: str, acronym: str, valid: object) -> AgencyName:
    key = ident("name", body.key, name)
    return AgencyName(
        id=key, agency_id=ident("agency", body.key), language=language, name=name, acronym=acronym, valid=valid
    )


def _memberships(body: Body) -> Iterator[Membership]:
    """Co-chair, member or observer by turns; every tenth left one day."""
    for place, forum in enumerate(body.forums):
        roles = (MemberRole.MEMBER, MemberRole.MEMBER, MemberRole.OBSERVER)
        role = MemberRole.CO_CHAIR if body.number < FORUMS * 2 and place == 1 else roles[(body.number + place) % 3]
        yield Membership(
            id=ident("membership", body.key, forum),
            agency_id=ident("agency", body.key),
            mechanism_id=ident("mechanism", "many", forum),
            role=role,
            valid=span(START, LEFT if body.number % 10 == 9 and place else None),
        )


def _user(body: Body, number: int) -> User:
    return User(
        id=ident("user", body.key, number),
        email=f"person-{number}.{body.key}@example.org",
        name=f"Person {number} of {body.key}",
        functional_title="Focal point",
        password=UNUSABLE_PASSWORD_PREFIX,
    )


def _seat(body: Body, number: int) -> FocalPoint:
    """In one of the mechanisms of the agency; one in five has handed over."""
    return FocalPoint(
        id=ident("seat", body.key, number),
        person_id=ident("user", body.key, number),
        agency_id=ident("agency", body.key),
        mechanism_id=ident("mechanism", "many", body.forums[number % len(body.forums)]),
        capacity=CAPACITIES[number % len(CAPACITIES)],
        valid=span(START, LEFT if number % 5 == 4 else None),
    )


def _regions() -> Iterator[Region]:
    """The regions, round and round."""
    regions = list(Region.objects.order_by("code"))
    while True:
        yield from regions


def _office(number: int, region: uuid.UUID) -> Office:
    return Office(
        id=ident("office", "many", number),
        name=f"Made-up office {number}",
        duty_station=f"Town {number}",
        time_zone="Africa/Nairobi",
        region_id=region,
        email=f"office-{number}@example.org",
        language=("en", "fr", "es", "ar")[number % 4],
        valid=span(START),
    )


def _terms(number: int) -> Iterator[ResidentCoordinator]:
    """Three terms; the last is missing in one post of ten, which is vacant."""
    days = [START, RENAMED, LEFT]
    ends = [RENAMED - DAY, LEFT - DAY, None]
    for place, (first, last) in enumerate(zip(days, ends, strict=True)):
        if place < 2 or number % 10:
            yield ResidentCoordinator(
                id=ident("coordinator", "many", number, place),
                office_id=ident("office", "many", number),
                name=f"Coordinator {place} of office {number}",
                salutation="Dear Resident Coordinator",
                email=f"rc-{number}-{place}@example.org",
                valid=span(first, last),
            )
