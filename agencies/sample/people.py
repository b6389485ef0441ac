"""People of the sample: roles with example.org addresses, six of whom can sign in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password

from accounts.models import RoleAssignment, User
from accounts.sample import PASSWORD
from agencies.models import Capacity, FocalPoint
from agencies.places import ident
from agencies.sample.rows import put
from core.dates import span

START = dt.date(2011, 3, 1)
MERGER = dt.date(2019, 1, 1)
LAST_OF_OLD = dt.date(2018, 12, 31)


class SignIn(NamedTuple):
    """A person who can sign in to the local run; the sign-in page shows the title."""

    slug: str
    name: str
    title: str
    house_role: str = ""

    @property
    def email(self) -> str:
        """The address, which is also the name at sign-in."""
        return f"{self.slug}@example.org"


SIGN_INS = (
    SignIn("focal-point.unodc", "UNODC focal point", "Focal point of UNODC"),
    SignIn("focal-point.dppa", "DPPA focal point", "Focal point of DPPA"),
    SignIn("secretariat", "Task Force secretariat", "Secretariat", "secretariat"),
    SignIn("secretariat-lead", "Head of the secretariat", "Secretariat lead", "secretariat_lead"),
    SignIn("administrator", "Portal administrator", "Administrator", "administrator"),
    SignIn("auditor", "Portal auditor", "Auditor", "auditor"),
)


class Seat(NamedTuple):
    """Who speaks for a member of the Task Force, and until when."""

    key: str
    label: str
    capacities: tuple[Capacity, ...]
    first: dt.date = START
    last: dt.date | None = None


P, F, A, H = Capacity.PRINCIPAL, Capacity.FOCAL_POINT, Capacity.ALTERNATE, Capacity.HEADQUARTERS_CONTACT
SEATS = (
    Seat("unodc", "UNODC", (P, F, A, H)),
    Seat("dpa", "DPA", (P, F, A, H), last=LAST_OF_OLD),
    Seat("dppa", "DPPA", (P, F, A, H), first=MERGER),
    Seat("dpko", "DPKO", (P, F), last=LAST_OF_OLD),
    Seat("dpo", "DPO", (P, F, A), first=MERGER),
    Seat("undp", "UNDP", (P, F, A)),
    Seat("dpi", "DPI", (P, F), last=LAST_OF_OLD),
    Seat("dgc", "DGC", (P, F), first=MERGER),
    Seat("pbso", "PBSO", (P, F), last=LAST_OF_OLD),
    Seat("ohchr", "OHCHR", (P, F)),
    Seat("unicef", "UNICEF", (P, F)),
    Seat("un-women", "UN Women", (P, F)),
    Seat("world-bank", "World Bank", (F,)),  # no principal: a vacant seat to be seen
)
SLUGS = {P: "principal", F: "focal-point", A: "alternate", H: "contact"}


def load_people() -> None:
    """Write people, seats and roles of the house, and let the sign-ins in."""
    house = [sign_in for sign_in in SIGN_INS if sign_in.house_role]
    put(person for seat in SEATS for person in _people(seat))
    put(_user(sign_in.slug, sign_in.name, sign_in.title) for sign_in in house)
    put(row for seat in SEATS for row in _seats(seat))
    put(_role(sign_in) for sign_in in house)
    _let_in()


def _user(slug: str, name: str, title: str) -> User:
    return User(
        id=ident("user", slug),
        email=f"{slug}@example.org",
        name=name,
        functional_title=title,
        password=UNUSABLE_PASSWORD_PREFIX,
    )


def _people(seat: Seat) -> Iterator[User]:
    for capacity in seat.capacities:
        label = str(capacity.label)
        name = f"{seat.label} {label[0].lower()}{label[1:]}"
        yield _user(f"{SLUGS[capacity]}.{seat.key}", name, f"{label} of {seat.label}")


def _seats(seat: Seat) -> Iterator[FocalPoint]:
    for capacity in seat.capacities:
        slug = f"{SLUGS[capacity]}.{seat.key}"
        yield FocalPoint(
            id=ident("seat", slug),
            person_id=ident("user", slug),
            agency_id=ident("agency", seat.key),
            mechanism_id=ident("mechanism", "task-force"),
            capacity=capacity,
            valid=span(seat.first, seat.last),
        )


def _role(sign_in: SignIn) -> RoleAssignment:
    return RoleAssignment(
        id=ident("role", sign_in.slug),
        user_id=ident("user", sign_in.slug),
        role=sign_in.house_role,
        valid=span(START),
    )


def _let_in() -> None:
    """Make sample sign-ins of these people. Their password is the same and no secret: one hash and one check do for all."""
    people = User.objects.filter(email__in=[sign_in.email for sign_in in SIGN_INS])
    if all(person.is_sample for person in people) and people[0].check_password(PASSWORD):
        return
    people.update(is_sample=True, password=make_password(PASSWORD))
