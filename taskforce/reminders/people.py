"""Who is reminded of an obligation on a day, and why they are."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from agencies.models import AgencyName, Capacity, FocalPoint, Obligation, Office, ResidentCoordinator
from taskforce.reminders.models import Audience

if TYPE_CHECKING:
    from accounts.models import User

# Who stands in when nobody sits in the seat before.
LINES: Mapping[str, tuple[str, ...]] = {
    Audience.RESPONSIBLE: (Capacity.FOCAL_POINT, Capacity.ALTERNATE, Capacity.PRINCIPAL),
    Audience.PRINCIPAL: (Capacity.PRINCIPAL,),
}


@dataclass(frozen=True)
class Person:
    """Somebody to remind: how to address them, where, in which language, and why they are the right one."""

    name: str
    address: str
    why: str
    language: str
    user_id: uuid.UUID | None = None


class Directory:
    """The seats and posts of one day, read once for many obligations."""

    def __init__(self, owed: Collection[Obligation], on: dt.date) -> None:
        agencies = {one.agency_id for one in owed if one.agency_id}
        offices = {one.office_id for one in owed if one.office_id}
        self._seats: dict[tuple[uuid.UUID | None, str], list[FocalPoint]] = defaultdict(list)
        seats = FocalPoint.objects.seated(on).filter(agency__in=agencies, person__is_active=True)
        for seat in seats.select_related("person").order_by("person__name", "pk"):
            self._seats[seat.agency_id, seat.capacity].append(seat)
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
        for capacity in LINES[audience]:
            if seats := self._of_mechanism(owed, capacity):
                return [self._seated(seat.person, capacity, owed) for seat in seats]
        return []

    def _of_mechanism(self, owed: Obligation, capacity: str) -> list[FocalPoint]:
        """One seat for each person; those of the mechanism for which it is owed, where that is known."""
        seats = self._seats[owed.agency_id, capacity]
        if owed.mechanism_id:
            seats = [seat for seat in seats if seat.mechanism_id == owed.mechanism_id]
        return list({seat.person_id: seat for seat in seats}.values())

    def _seated(self, user: User, capacity: str, owed: Obligation) -> Person:
        with override(user.language):
            why = _("%(seat)s of %(agency)s") % {"seat": Capacity(capacity).label, "agency": self.party(owed)}
        return Person(user.name, user.email, why, user.language, user.pk)

    def _office(self, office: Office) -> list[Person]:
        """The Resident Coordinator of the day; in a vacancy whoever reads the mailbox of the office."""
        post = self._coordinators.get(office.pk)
        with override(office.language):
            if post and post.email:
                why = _("%(title)s, %(office)s") % {"title": post.title, "office": office.name}
                return [Person(post.name, post.email, why, office.language)]
            if office.email:
                why = _("mailbox of %(office)s: no Resident Coordinator is known") % {"office": office.name}
                return [Person(office.name, office.email, why, office.language)]
        return []
