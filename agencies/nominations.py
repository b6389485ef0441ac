"""From nomination to seat: nominate, accept or decline, let the membership begin, withdraw."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import User
from agencies.actions import owe, recorded, settle
from agencies.models import Membership, Nomination, ObligationKind
from agencies.workflow import NOMINATION, NominationStatus
from core.kept import kept, sentence
from core.workflow import move

ANSWER = sentence(gettext_noop("Answer the nomination: %(mechanism)s"))


def nominate(*, nomination: Nomination, by: User) -> Nomination:
    """Nominate an agency, which is asked for its answer."""
    with recorded(by):
        nomination.nominated_by = by
        nomination.save(force_insert=True)
        owe(
            kind=ObligationKind.ACTION,
            what=ANSWER % {"mechanism": nomination.mechanism},
            page="agencies:nomination",
            subject_id=nomination.pk,
            due_on=nomination.answer_by,
            agency=nomination.agency,
            time_zone=nomination.agency.time_zone,
        )
    return nomination


@transaction.atomic
def answer(*, nomination: Nomination, accepted: bool, remark: str, by: User) -> Nomination:
    """The nominated agency says yes or no. Raises IllegalMove, PermissionDenied."""
    said = {"answered_by": by, "answered_at": timezone.now(), "remark": remark}
    moved = move(NOMINATION, nomination, "accept" if accepted else "decline", by=by, note=remark, **said)
    _settle(moved)
    return moved


@transaction.atomic
def withdraw(*, nomination: Nomination, remark: str, by: User) -> Nomination:
    """Take a nomination back before the membership begins. Raises IllegalMove, PermissionDenied."""
    moved = move(NOMINATION, nomination, "withdraw", by=by, note=remark, remark=remark)
    _settle(moved)
    return moved


@transaction.atomic
def begin(*, nomination: Nomination, membership: Membership, by: User) -> Membership:
    """Let the membership of an accepted nomination begin. Raises IllegalMove, PermissionDenied."""
    with recorded(by):
        membership.save()
    move(NOMINATION, nomination, "seat", by=by, membership=membership, seated_by=by, seated_at=timezone.now())
    return membership


def _settle(nomination: Nomination) -> None:
    settle(nomination.pk, kind=ObligationKind.ACTION, outcome=kept(NominationStatus(nomination.status).label))


def proposed(nomination: Nomination) -> dict[str, dt.date | str]:
    """What the form of the membership begins with."""
    return {"role": nomination.role, "first": nomination.first, "source": nomination.source}
