"""Two people send a letter: one asks for its dispatch, another one releases exactly what was asked for."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.models import Office
from core.access import require
from core.workflow import IllegalMove
from taskforce.letters import signing
from taskforce.letters.addressees import Addressee
from taskforce.letters.dispatching import Plan, begin, plan_of
from taskforce.letters.models import Dispatch, Letter, Release
from taskforce.letters.workflow import LETTER

if TYPE_CHECKING:
    from accounts.models import User

MAY_SEND = "letters.dispatch_letter"


class ChangedSinceChecked(Exception):
    """What would be sent is no longer what was shown on the check page, or what was asked for."""


@transaction.atomic
def ask(*, letter: Letter, approved: str, by: User, on: dt.date, at: dt.datetime, reissue: bool = False) -> Release:
    """Ask that what was shown (by its fingerprint) be sent; it takes the place of what was asked for before.

    `reissue` asks for letters to successors alone. Raises ChangedSinceChecked, IllegalMove, PermissionDenied.
    """
    letter = _locked(letter)
    require(by, MAY_SEND, letter)
    plan = plan_of(letter, on, on, reissue=reissue)
    if why := why_not(letter, plan):
        raise IllegalMove(why)
    if plan.sha256 != approved:
        raise ChangedSinceChecked
    letter.releases.end(by)
    return Release.objects.create(
        letter=letter,
        asked_by=by,
        asked_at=at,
        day=on,
        sha256=approved,
        offices=_prints(plan.roll.addressees),
        reissue=reissue,
    )


@transaction.atomic
def release(*, asked: Release, approved: str, by: User, on: dt.date, at: dt.datetime) -> Dispatch:
    """Send what was asked for, if it is what this second person was shown and what still stands.

    Raises ChangedSinceChecked, IllegalMove, PermissionDenied.
    """
    letter = _locked(asked.letter)
    waiting = letter.releases.open().filter(pk=asked.pk).first()
    if waiting is None:
        raise IllegalMove(_("It was taken back, or released, meanwhile."))
    if why := why_not_by(waiting, by):
        raise IllegalMove(why)
    plan = plan_of(letter, waiting.day, on, reissue=waiting.reissue)
    if not approved == waiting.sha256 == plan.sha256:
        raise ChangedSinceChecked
    waiting.dispatch = begin(letter=letter, plan=plan, by=by, at=at)
    waiting.ended_by, waiting.ended_at = by, at
    waiting.save(update_fields=["dispatch", "ended_by", "ended_at"])
    return waiting.dispatch


@transaction.atomic
def take_back(*, letter: Letter, by: User) -> None:
    """What was asked for is not to be sent now. Raises IllegalMove when nothing waits, PermissionDenied."""
    letter = _locked(letter)
    require(by, MAY_SEND, letter)
    if not letter.releases.end(by):
        raise IllegalMove(_("It was taken back, or released, meanwhile."))


def _locked(letter: Letter) -> Letter:
    return Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)


def why_not(letter: Letter, plan: Plan) -> str:
    """Why the letter cannot be sent now; empty when it can."""
    move = LETTER.moves[plan.move]
    if letter.status not in move.sources:
        if plan.reissue:
            return _("Only a letter that is out, and not closed, is issued again.")
        return _("A letter is dispatched when it is signed, or again to those who lack it; this one cannot be.")
    return (
        move.blocked(letter)
        or signing.why_not(letter)
        or ("" if plan.roll.reached else _("There is no office to send it to."))
    )


def why_not_by(asked: Release, user: User) -> str:
    """Why this person is not the second one; empty when they are."""
    if asked.asked_by_id == user.pk:
        return _("You asked for this dispatch: somebody else must release it.")
    if asked.letter.clearances.current().filter(decided_by=user).exists():
        return _("You cleared this letter: somebody else must release it.")
    return ""


# ---------------------------------------------------------------- what changed since


@dataclass(frozen=True)
class Changes:
    """Names of offices that were added, left out or given another addressee since a dispatch was asked for."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]


def changes_since(asked: Release, plan: Plan) -> Changes:
    """How the plan differs from what was asked for. The text cannot: a change of it takes the request back."""
    now, then = _prints(plan.roll.addressees), asked.offices
    names = {one.office_id: one.office for one in plan.roll.addressees}
    gone = Office.objects.filter(pk__in=then.keys() - now.keys()).order_by("name").values_list("name", flat=True)
    return Changes(
        added=tuple(name for office, name in names.items() if office not in then),
        gone=tuple(gone),
        changed=tuple(name for office, name in names.items() if then.get(office, now[office]) != now[office]),
    )


def _prints(addressees: Sequence[Addressee]) -> dict[str, str]:
    """Each addressee as a hash, so that no address is kept longer than the register keeps it."""
    return {one.office_id: hashlib.sha256(json.dumps(one.facts).encode()).hexdigest() for one in addressees}
