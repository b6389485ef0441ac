"""What changes the register and the obligations. Whoever calls has checked the right to do so."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import end_access
from accounts.models import User
from agencies.models import Agency, AgencyName, Changeover, FocalPoint, Mechanism, Membership, Obligation, Office, Row
from core.audit import signed
from core.dates import DAY, Dated, DatedQuerySet, day_at, span, today
from core.models import StoredFile
from core.workflow import IllegalMove

R = TypeVar("R", bound=Row)
D = TypeVar("D", bound=Dated)


@transaction.atomic
def owe(
    *,
    kind: str,
    what: str,
    page: str,
    subject_id: uuid.UUID,
    due_on: dt.date,
    agency: Agency | None = None,
    office: Office | None = None,
    sealed: bool = False,
    seal_version: int = 1,
    mechanism: Mechanism | None = None,
    topic: uuid.UUID | None = None,
    time_zone: str = "UTC",
) -> Obligation:
    """Note what a party owes; noting it again updates text and deadline, and opens it anew where it was closed."""
    owed: dict[str, Any] = {"kind": kind, "subject_id": subject_id, "agency": agency, "office": office}
    facts: dict[str, Any] = {
        "what": what,
        "page": page,
        "due_on": due_on,
        "sealed": sealed,
        "seal_version": seal_version,
        "mechanism": mechanism,
        "topic": topic,
        "time_zone": time_zone,
        "closed_at": None,
        "outcome": "",
    }
    if not Obligation.objects.open().filter(**owed, due_on=due_on).exists():
        facts["noted_on"] = day_at(time_zone, timezone.now())
    obligation, _made = Obligation.objects.update_or_create(**owed, defaults=facts)
    return obligation


def settle(
    *subject_ids: uuid.UUID,
    kind: str,
    agency: Agency | None = None,
    office: Office | None = None,
    outcome: str = "",
) -> int:
    """Close what is owed for the subjects, by one party where it is given, else by all; the number closed by this call."""
    owed = Obligation.objects.open().filter(kind=kind, subject_id__in=subject_ids)
    if agency:
        owed = owed.filter(agency=agency)
    if office:
        owed = owed.filter(office=office)
    return owed.update(closed_at=timezone.now(), outcome=outcome)


# ---------------------------------------------------------------- the register


@contextmanager
def recorded(by: User) -> Iterator[None]:
    """All or nothing, and the history knows who did it."""
    with transaction.atomic(), signed(user=str(by.pk)):
        yield


def keep(*, row: R, by: User) -> R:
    """Write a new or changed row of the register."""
    with recorded(by):
        row.save()
    return row


def remove(*, row: Row, by: User) -> None:
    """Take out a row that was written in error; the history keeps it. What ended in truth is ended, not removed."""
    with recorded(by):
        row.delete()


def end(*, row: D, last: dt.date, by: User) -> D:
    """Let a dated fact end with the day `last`; nothing is deleted."""
    with recorded(by):
        _held_as_shown(row)
        _end(row, last, by)
    return row


def end_membership(*, membership: Membership, last: dt.date, by: User) -> Membership:
    """Let a membership end, and with it the seats of the agency's people in that mechanism."""
    with recorded(by):
        _end(membership, last, by)
        for seat in membership.seats_beyond(last):
            _end(seat, last, by)
    return membership


def found_agency(*, agency: Agency, name: AgencyName, by: User) -> Agency:
    """Add a body with its first name and the group that carries its grants."""
    with recorded(by):
        agency.group = Group.objects.create(name=f"agency {agency.pk}")
        agency.save()
        name.agency = agency
        name.save()
    return agency


def correct_source(*, changeover: Changeover, source: str, document: StoredFile | None, by: User) -> Changeover:
    """Give a recorded succession another source; a document stays unless there is a new one."""
    with recorded(by):
        changeover.source, changeover.document = source, document or changeover.document
        changeover.save(update_fields=["source", "document"])
        for link in changeover.successions.all():
            link.source = source
            link.save(update_fields=["source"])
    return changeover


def take_over(*, row: D, before: DatedQuerySet, by: User) -> D:
    """Write a dated fact in the place of the one among `before` that holds on its first day: that one ends the day before."""
    with recorded(by):
        if first := row.first_day:
            for other in before.started_before(first):
                _end(other, first - DAY, by)
        row.save()
    return row


def seat_person(*, seat: FocalPoint, email: str, name: str, title: str, by: User) -> FocalPoint:
    """Give a person a seat; whoever is new is written down without a way to sign in, until somebody invites them."""
    with recorded(by):
        seat.person = _person(email, name, title)
        seat.save()
    return seat


def hand_over(*, seat: FocalPoint, email: str, name: str, title: str, first: dt.date, by: User) -> FocalPoint:
    """End a seat the day before `first` and give it to another person from that day on, in one step.

    Rights follow the seat, so they are gone and there with the next request of that day; what the agency owes stays with it.
    """
    with recorded(by):
        _held_as_shown(seat)
        person = _person(email, name, title)
        until = seat.last_day
        _end(seat, first - DAY, by)
        return FocalPoint.objects.create(
            person=person,
            agency_id=seat.agency_id,
            mechanism_id=seat.mechanism_id,
            capacity=seat.capacity,
            valid=span(first, until),
        )


def _held_as_shown(row: Dated) -> None:
    """Lock the row; raises IllegalMove where somebody else has ended it or handed it over since it was read."""
    rows = type(row)._default_manager.select_for_update(of=("self",))
    if not rows.filter(pk=row.pk, valid=row.valid).exists():
        raise IllegalMove(_("Somebody else has just changed this. See the page and decide again."))


def _end(row: Dated, last: dt.date, by: User) -> None:
    row.valid = span(row.first_day, last)
    row.save(update_fields=["valid"])
    out_at_once(row, by)


def out_at_once(row: Dated, by: User) -> None:
    """Whoever has lost a seat with the end of this row is signed out, and their work stops."""
    if isinstance(row, FocalPoint) and row.last_day and row.last_day < today():
        end_access(person=row.person, by=by)


def end_lapsed(*, on: dt.date) -> int:
    """End the access of everyone whose seat or role held for the last time the day before; returns how many they are."""
    lapsed = Q(seats__valid__endswith=on) | Q(role_assignments__valid__endswith=on)
    people = list(User.objects.filter(lapsed).distinct())
    for person in people:
        end_access(person=person, by=None)
    return len(people)


def _person(email: str, name: str, title: str) -> User:
    known = User.objects.filter(email__iexact=email).first()
    return known or User.objects.create_user(email, name=name, functional_title=title)
