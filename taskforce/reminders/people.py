"""Who is reminded of an obligation on a day, and why they are."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.roles import SEAT_ROLES
from agencies.country_names import country_in
from agencies.models import (
    Absence,
    AgencyName,
    Capacity,
    FocalPoint,
    Obligation,
    ObligationKind,
    Office,
    ResidentCoordinator,
    stand_ins,
)
from agencies.people.models import MailChoice, Rhythm
from core.dates import long_date
from taskforce.reminders.models import Audience

if TYPE_CHECKING:
    from accounts.models import User

# Who stands in when nobody sits in the seat before.
LINES: Mapping[str, tuple[str, ...]] = {
    Audience.RESPONSIBLE: (Capacity.FOCAL_POINT, Capacity.ALTERNATE, Capacity.PRINCIPAL),
    Audience.PRINCIPAL: (Capacity.PRINCIPAL,),
}
FIRST_THE_PRINCIPAL = (Capacity.PRINCIPAL, Capacity.FOCAL_POINT)  # who answers for an agency says who speaks for it


@dataclass(frozen=True)
class Person:
    """Somebody to remind: how to address them, where, in which language, and why they are the right one."""

    name: str
    address: str
    why: str
    language: str
    user_id: uuid.UUID | None = None
    time_zone: str = "UTC"
    weekly: bool = False  # wants what can wait in one mail a week


class Directory:
    """The seats and posts of one day, read once for many obligations."""

    def __init__(self, owed: Collection[Obligation], on: dt.date) -> None:
        self.day = on
        agencies = {one.agency_id for one in owed if one.agency_id}
        offices = {one.office_id for one in owed if one.office_id}
        self._seats: dict[tuple[uuid.UUID | None, str], list[FocalPoint]] = defaultdict(list)
        seats = FocalPoint.objects.seated(on).filter(agency__in=agencies, person__is_active=True)
        for seat in seats.select_related("person").order_by("person__name", "pk"):
            self._seats[seat.agency_id, seat.capacity].append(seat)
        self._read_people()
        names = AgencyName.objects.filter(Q(valid__contains=on), agency__in=agencies, language="en")
        self._agencies: dict[uuid.UUID | None, str] = {name.agency_id: str(name) for name in names}
        posts = ResidentCoordinator.objects.on(on).filter(office__in=offices).select_related("office")
        self._coordinators: dict[uuid.UUID, ResidentCoordinator] = {post.office_id: post for post in posts}

    def party(self, owed: Obligation) -> str:
        """The name of the party on that day."""
        return str(owed.office) if owed.office else self._agencies.get(owed.agency_id, str(owed.agency))

    def people(self, owed: Obligation, audience: str) -> list[Person]:
        """Whom to remind; nobody when no seat is taken and no address is known."""
        if owed.office:
            return self._office(owed.office)
        for capacity in FIRST_THE_PRINCIPAL if owed.kind == ObligationKind.CONTACTS else LINES[audience]:
            if seats := self._of_mechanism(owed, capacity):
                return _each_once(one for seat in seats for one in self._reached(seat, owed))
        return []

    def _read_people(self) -> None:
        """Who is absent, who of the others may stand in where, and what mail they want."""
        seats = [seat for same in self._seats.values() for seat in same]
        people = {seat.person_id for seat in seats}
        self._absences = stand_ins(people, self.day)
        able = [seat for seat in seats if seat.capacity in SEAT_ROLES]
        self._able = {(seat.agency_id, place, seat.person_id) for seat in able for place in (None, seat.mechanism_id)}
        self._choices = {choice.person_id: choice for choice in MailChoice.objects.filter(person__in=people)}

    def _reached(self, seat: FocalPoint, owed: Obligation) -> Iterator[Person]:
        """The holder of the seat; in their absence whoever stands in, and the holder too where they wish it."""
        holder = self._person(seat.person, _seat_in_words, seat.capacity, self.party(owed))
        absence = self._absences.get(seat.person_id)
        if absence is None or (seat.agency_id, owed.mechanism_id, absence.alternate_id) not in self._able:
            yield holder
            return
        yield self._person(absence.alternate, _stands_in, absence)
        choice = self._choices.get(seat.person_id)
        if choice and choice.copy_when_absent:
            yield holder

    def _of_mechanism(self, owed: Obligation, capacity: str) -> list[FocalPoint]:
        """One seat for each person; those of the mechanism for which it is owed, where that is known."""
        seats = self._seats[owed.agency_id, capacity]
        if owed.mechanism_id:
            seats = [seat for seat in seats if seat.mechanism_id == owed.mechanism_id]
        return list({seat.person_id: seat for seat in seats}.values())

    def _person(self, user: User, say: Callable[..., str], *about: object) -> Person:
        """A person with the reason in their own language."""
        choice = self._choices.get(user.pk)
        with override(user.language):
            return Person(
                name=user.name,
                address=user.email,
                why=say(*about),
                language=user.language,
                user_id=user.pk,
                time_zone=user.time_zone,
                weekly=choice is not None and choice.rhythm == Rhythm.WEEKLY,
            )

    def _office(self, office: Office) -> list[Person]:
        """The Resident Coordinator of the day; in a vacancy whoever reads the mailbox of the office."""
        post = self._coordinators.get(office.pk)
        name = country_in(office.name, office.language)
        with override(office.language):
            if post and post.email:
                why = _("%(title)s, %(office)s") % {"title": _(post.title), "office": name}
                return [Person(post.name, post.email, why, office.language)]
            if office.email:
                why = _("mailbox of %(office)s: no Resident Coordinator is known") % {"office": name}
                return [Person(name, office.email, why, office.language)]
        return []


def _seat_in_words(capacity: str, party: str) -> str:
    return _("%(seat)s of %(agency)s") % {"seat": Capacity(capacity).label, "agency": party}


def _stands_in(absence: Absence) -> str:
    last = absence.last_day
    words = {"person": absence.person, "day": long_date(last) if last else ""}
    return _("alternate of %(person)s, who is absent until %(day)s") % words


def _each_once(people: Iterable[Person]) -> list[Person]:
    """Nobody twice, whatever the reasons."""
    once: dict[uuid.UUID | None, Person] = {}
    for person in people:
        once.setdefault(person.user_id, person)
    return list(once.values())
