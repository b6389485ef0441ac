"""The silence procedure: a clearance in which nobody has to say anything. Objections stop it; reservations stand beside it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from agencies.actions import settle
from agencies.models import Agency, Capacity, FocalPoint, Membership, ObligationKind
from core.kept import kept
from core.workflow import IllegalMove, move
from taskforce.letters import signing
from taskforce.letters.emails import tell
from taskforce.letters.models import Clearance, Letter, Silence
from taskforce.letters.workflow import LETTER, ClearanceState, Status

if TYPE_CHECKING:
    from accounts.models import User


def start(*, letter: Letter, ends_on: dt.date, with_members: bool, by: User) -> Silence:
    """Let the silence run from now on, for the text as it stands; inside the transaction that submits it."""
    return Silence.objects.create(
        letter=letter, text_version=letter.version, ends_on=ends_on, with_members=with_members, started_by=by
    )


def asked(silence: Silence, on: dt.date) -> list[Agency]:
    """Who is asked: the co-chairs, or everybody who sits in the mechanism."""
    letter = silence.letter
    if not silence.with_members:
        return letter.co_chairs(on)
    seats = Membership.objects.seated().on(on).filter(mechanism=letter.mechanism_id)
    return list(Agency.objects.filter(memberships__in=seats).named_on(on).order_by("acronym", "pk").distinct())


def tell_all(silence: Silence, on: dt.date) -> None:
    """Tell the people who speak for the agencies: silence can only mean consent of those who were told."""
    letter = silence.letter
    clearances = {one.agency_id: one for one in letter.clearances.current().filter(language="")}
    seats = FocalPoint.objects.seated(on).filter(
        mechanism=letter.mechanism_id,
        agency__in=clearances,
        capacity__in=(Capacity.PRINCIPAL, Capacity.FOCAL_POINT),
        person__is_active=True,
    )
    for seat in seats.select_related("person").order_by("person__name", "pk"):
        clearance = clearances[seat.agency_id]
        with override(seat.person.language), timezone.override(seat.person.time_zone):
            said = _("Letter %(letter)s is adopted at %(end)s, unless somebody objects before.") % {
                "letter": letter.reference,
                "end": silence.end_in_words,
            }
            tell(seat.person, key=f"silence:{silence.pk}", said=said, url=clearance.get_absolute_url())


def check_open(letter: Letter, at: dt.datetime) -> None:
    """Raise IllegalMove when the letter's silence is over: what comes later does not count."""
    running = letter.silences.running().first()
    if running and running.ends_at <= at:
        raise IllegalMove(_("The silence is over: the letter is adopted."))


def note(letter: Letter, state: ClearanceState, at: dt.datetime) -> None:
    """What a decision does to the silence: an objection breaks it; it ends when nobody is left to be silent."""
    if state == ClearanceState.OBJECTED:
        _end(letter, Silence.State.BROKEN, at)
    elif letter.is_cleared():
        _end(letter, Silence.State.ADOPTED, at)


def withdraw(letter: Letter, at: dt.datetime) -> None:
    """The text changes or is given up."""
    _end(letter, Silence.State.WITHDRAWN, at)


def _end(letter: Letter, state: str, at: dt.datetime) -> None:
    letter.silences.running().update(state=state, ended_at=at)


def adopt_due(now: dt.datetime) -> int:
    """Adopt every letter whose silence is over and unbroken; returns how many."""
    due = [silence for silence in Silence.objects.running() if silence.ends_at <= now]
    return sum(_adopt(silence) for silence in due)


@transaction.atomic
def _adopt(silence: Silence) -> bool:
    """Those who said nothing are silent at the moment at which it ended. The letter is locked first."""
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=silence.letter_id)
    if letter.status != Status.IN_CLEARANCE or not letter.silences.running().exists():
        return False
    silent = letter.clearances.current().filter(state=ClearanceState.ASKED)
    ids = list(silent.values_list("pk", flat=True))
    settle(*ids, kind=ObligationKind.CLEARANCE, outcome=kept(ClearanceState.SILENT.label))
    Clearance.objects.filter(pk__in=ids).update(state=ClearanceState.SILENT, decided_at=silence.ends_at)
    _end(letter, Silence.State.ADOPTED, silence.ends_at)
    signing.open_for(move(LETTER, letter, "adopt", by=None))
    return True
