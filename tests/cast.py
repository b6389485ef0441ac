"""The people of the tests: who sits where, by name."""

import datetime as dt
from dataclasses import dataclass

from django.test import Client

from accounts.models import User
from agencies.models import Agency, Capacity, Mechanism, MemberRole
from tests.factories import (
    AgencyFactory,
    FocalPointFactory,
    MechanismFactory,
    MembershipFactory,
    RoleAssignmentFactory,
    UserFactory,
)

BEFORE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Cast:
    """Alice and Bob speak for agency A (a co-chair), Charlie for agency B (a member); the others hold roles of the house.

    Nobody is a stranger: signed in, without role or seat.
    """

    task_force: Mechanism
    agency_a: Agency
    agency_b: Agency
    alice: User
    bob: User
    charlie: User
    sam: User
    lea: User
    ada: User
    nobody: User


def make_cast() -> Cast:
    """Everyone, in today's Task Force."""
    task_force = MechanismFactory(name="Task Force on Transnational Organized Crime and Drug Trafficking")
    agency_a, agency_b = AgencyFactory(acronym="AAA"), AgencyFactory(acronym="BBB")
    MembershipFactory(agency=agency_a, mechanism=task_force, role=MemberRole.CO_CHAIR)
    MembershipFactory(agency=agency_b, mechanism=task_force)
    return Cast(
        task_force=task_force,
        agency_a=agency_a,
        agency_b=agency_b,
        alice=_seated("Alice", agency_a, task_force, Capacity.FOCAL_POINT),
        bob=_seated("Bob", agency_a, task_force, Capacity.ALTERNATE),
        charlie=_seated("Charlie", agency_b, task_force, Capacity.FOCAL_POINT),
        sam=_in_role("Sam", "secretariat"),
        lea=_in_role("Lea", "secretariat_lead"),
        ada=_in_role("Ada", "administrator"),
        nobody=_person("Nobody"),
    )


def signed_in(user: User) -> Client:
    """A client in which the person is signed in."""
    client = Client()
    client.force_login(user, backend="accounts.backends.SignInBackend")
    return client


def _person(name: str) -> User:
    """A person who signs in without a second step, as the sample sign-ins do, and did so before."""
    return UserFactory(name=name, email=f"{name.lower()}@example.org", is_sample=True, last_login=BEFORE)


def _seated(name: str, agency: Agency, mechanism: Mechanism, capacity: str) -> User:
    return FocalPointFactory(person=_person(name), agency=agency, mechanism=mechanism, capacity=capacity).person


def _in_role(name: str, role: str) -> User:
    return RoleAssignmentFactory(user=_person(name), role=role).user
