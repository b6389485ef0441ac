"""What happens in a round of confirming contacts. Whoever calls has checked the right to do so."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import RoleAssignment, User
from agencies.access import agencies_of
from agencies.actions import end, owe, settle
from agencies.models import (
    Agency,
    Confirmation,
    ConfirmationQuerySet,
    FocalPoint,
    Mechanism,
    Membership,
    ObligationKind,
    Round,
)
from core.audit import signed
from core.dates import today
from core.kept import sentence
from core.workflow import IllegalMove

ANSWER_TIME = dt.timedelta(days=21)
PAGE = "agencies:confirm"
CONFIRM = sentence(gettext_noop("Confirm your contacts: %(mechanism)s"))
CONFIRMED = sentence(gettext_noop("Confirmed by %(name)s"))
FormerAddress = Callable[[FocalPoint, str, User], None]
ADDRESS_CORRECTED: list[FormerAddress] = []  # what rooms above the register do about the address that was wrong


def seated_agencies(mechanism: Mechanism, on: dt.date) -> list[Agency]:
    """The agencies that sit in the mechanism on the day; a linkage is not asked."""
    seats = Membership.objects.seated().on(on).filter(mechanism=mechanism)
    return list(Agency.objects.filter(pk__in=seats.values("agency")))


@transaction.atomic
def open_round(*, mechanism: Mechanism, on: dt.date, due_on: dt.date, by: User | None) -> Round:
    """Ask every agency that sits in the mechanism on the day. What an earlier round still waits for is asked no longer."""
    with signed(user=str(by.pk) if by else ""):
        _drop(Confirmation.objects.waiting().filter(round__mechanism=mechanism), on)
        asked = Round.objects.create(mechanism=mechanism, opened_on=on, due_on=due_on, opened_by=by)
        for agency in seated_agencies(mechanism, on):
            confirmation = Confirmation.objects.create(round=asked, agency=agency)
            owe(
                kind=ObligationKind.CONTACTS,
                what=CONFIRM % {"mechanism": mechanism},
                page=PAGE,
                subject_id=confirmation.pk,
                due_on=due_on,
                agency=agency,
                mechanism=mechanism,
                time_zone=agency.time_zone,
            )
    return asked


@transaction.atomic
def _drop(waiting: ConfirmationQuerySet, on: dt.date) -> None:
    """Ask these no longer. Locks them before what is owed for them, as `confirm` does."""
    asked = list(waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    settle(*asked, kind=ObligationKind.CONTACTS, outcome=gettext_noop("No longer asked"))
    Confirmation.objects.filter(pk__in=asked).update(dropped_on=on)


def open_due_rounds(on: dt.date) -> int:
    """Ask anew in every mechanism in which nobody was asked for so many days, if anybody holds a seat there; how many rounds began.

    Agencies that sit there no more are asked no longer.
    """
    sits = Membership.objects.seated().on(on)
    held = FocalPoint.objects.seated(on)
    there = sits.filter(agency=OuterRef("agency"), mechanism=OuterRef("round__mechanism"))
    _drop(Confirmation.objects.waiting().filter(~Exists(there)), on)
    days = settings.CONFIRM_CONTACTS_DAYS
    if not days:
        return 0
    recent = Round.objects.filter(mechanism=OuterRef("pk"), opened_on__gt=on - dt.timedelta(days=days))
    due = Mechanism.objects.on(on).filter(~Exists(recent), pk__in=held.values("mechanism"))
    for mechanism in due:
        open_round(mechanism=mechanism, on=on, due_on=on + ANSWER_TIME, by=None)
    return len(due)


@dataclass(frozen=True)
class Correction:
    """What is put right about a seat: the person's functional title and address, the last day of the term."""

    seat: FocalPoint
    title: str
    email: str
    last: dt.date | None

    @property
    def moves(self) -> bool:
        """Whether the address is another one."""
        return self.email != self.seat.person.email


@transaction.atomic
def confirm(
    *, confirmation: Confirmation, corrections: Sequence[Correction], note: str, by: User, at: dt.datetime
) -> Confirmation:
    """The agency's contacts are right, once these corrections are made.

    Raises IllegalMove when it is no longer asked, or when somebody came in meanwhile with the address that is to be corrected.
    """
    with signed(user=str(by.pk)):
        fresh = Confirmation.objects.select_for_update(of=("self",)).get(pk=confirmation.pk)
        if not fresh.is_waiting:
            raise IllegalMove(_("This has been answered, or is asked no longer."))
        for correction in corrections:
            _correct(correction, by)
        fresh.confirmed_at, fresh.confirmed_by, fresh.note = at, by, note
        fresh.on_behalf = not speaks_for(by, fresh)
        fresh.corrected = len(corrections)
        fresh.save()
        settle(fresh.pk, kind=ObligationKind.CONTACTS, outcome=CONFIRMED % {"name": by})
    return fresh


def _correct(correction: Correction, by: User) -> None:
    _let_go(correction, by)
    person = User.objects.select_for_update().get(pk=correction.seat.person_id)
    if correction.moves and not User.objects.never_here().filter(pk=person.pk).exists():
        raise IllegalMove(_("%(person)s signs in with this address by now: it stays.") % {"person": person})
    if (person.functional_title, person.email) != (correction.title, correction.email):
        person.functional_title, person.email = correction.title, correction.email
        person.save(update_fields=["functional_title", "email"])
    if correction.last and correction.last != correction.seat.last_day:
        end(row=correction.seat, last=correction.last, by=by)


def _let_go(correction: Correction, by: User) -> None:
    """What went to the address that is corrected is of no use any more. Before the person is locked, as who accepts an invitation does."""
    if correction.moves:
        for follow in ADDRESS_CORRECTED:
            follow(correction.seat, correction.seat.person.email, by)


def speaks_for(user: User, confirmation: Confirmation) -> bool:
    """Whether the person sits for the agency that is asked; others confirm on its behalf."""
    return agencies_of(user, today()).filter(agency=confirmation.agency_id).exists()


def with_open_address(seats: Iterable[FocalPoint]) -> set[uuid.UUID]:
    """The seats whose holder's address an agency may correct: of somebody only written down, and for this agency alone.

    With an address one signs in: that of anybody else changes by an invitation, which proves it. One query.
    """
    elsewhere = FocalPoint.objects.filter(person=OuterRef("person")).exclude(agency=OuterRef("agency"))
    in_the_house = RoleAssignment.objects.filter(user=OuterRef("person"))
    alone = FocalPoint.objects.filter(~Exists(elsewhere), ~Exists(in_the_house), pk__in=[seat.pk for seat in seats])
    return set(alone.filter(person__in=User.objects.never_here()).values_list("pk", flat=True))
