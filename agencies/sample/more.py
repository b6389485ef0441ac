"""Made-up agencies, people and offices for benchmarks; the facts of the Task Force stay as they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group

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
    ResidentCoordinator,
)
from agencies.places import ident
from agencies.sample.bodies import group_name
from agencies.sample.offices import SOURCE, rows
from agencies.sample.rows import put
from core.dates import span

AGENCIES = 30
PEOPLE = 10
START = dt.date(2015, 1, 1)
FORUM = "benchmark-forum"
KINDS = list(AgencyKind)


def load_more(scale: int) -> None:
    """`scale - 1` times as many again, in a mechanism of their own."""
    keys = [f"sample-{number:05}" for number in range(AGENCIES * (scale - 1))]
    forum = Mechanism(id=ident("mechanism", FORUM), slug=FORUM, name="Forum of made-up agencies", valid=span(START))
    put([forum])
    _put_agencies(keys)
    put(_user(key, number) for key in keys for number in range(PEOPLE))
    put(_seat(key, number) for key in keys for number in range(PEOPLE))
    put(_offices(scale))
    put(_coordinators(scale))


def _put_agencies(keys: list[str]) -> None:
    put(Group(name=group_name(key)) for key in keys)
    groups = dict(Group.objects.values_list("name", "pk"))
    put(
        Agency(id=ident("agency", key), kind=KINDS[n % 7], group_id=groups[group_name(key)], valid=span(START))
        for n, key in enumerate(keys)
    )
    put(_name(key) for key in keys)
    put(_membership(key) for key in keys)


def _name(key: str) -> AgencyName:
    number = key.rpartition("-")[2]
    return AgencyName(
        id=ident("name", key),
        agency_id=ident("agency", key),
        name=f"Made-up Agency {number}",
        acronym=f"MUA{number}",
        valid=span(START),
    )


def _membership(key: str) -> Membership:
    return Membership(
        id=ident("membership", FORUM, key),
        agency_id=ident("agency", key),
        mechanism_id=ident("mechanism", FORUM),
        role=MemberRole.MEMBER,
        valid=span(START),
    )


def _user(key: str, number: int) -> User:
    return User(
        id=ident("user", key, number),
        email=f"person-{number}.{key}@example.org",
        name=f"Person {number} of {key}",
        password=UNUSABLE_PASSWORD_PREFIX,
    )


def _seat(key: str, number: int) -> FocalPoint:
    return FocalPoint(
        id=ident("seat", key, number),
        person_id=ident("user", key, number),
        agency_id=ident("agency", key),
        mechanism_id=ident("mechanism", FORUM),
        capacity=Capacity.PRINCIPAL if number == 0 else Capacity.FOCAL_POINT,
        valid=span(START),
    )


def _offices(scale: int) -> Iterator[Office]:
    """Further offices beside the real ones; a country stays with its own office, so these serve none."""
    base = {office.pk: office for office in Office.objects.all()}
    for row in rows():
        first = base[ident("office", row["name"])]
        for copy in range(2, scale + 1):
            yield Office(
                id=ident("office", row["name"], copy),
                name=f"{first.name} {copy}",
                duty_station=first.duty_station,
                time_zone=first.time_zone,
                region_id=first.region_id,
                email=f"office-{copy}.{first.pk.hex[:8]}@example.org",
                language=first.language,
                source=SOURCE,
                valid=span(START),
            )


def _coordinators(scale: int) -> Iterator[ResidentCoordinator]:
    for row in rows():
        for copy in range(2, scale + 1):
            office = ident("office", row["name"], copy)
            yield ResidentCoordinator(
                id=ident("coordinator", office.hex),
                office_id=office,
                name=f"Resident Coordinator, {row['name']} {copy}",
                salutation="Dear Resident Coordinator",
                email=f"rc.{office.hex[:12]}@example.org",
                valid=span(START),
            )
