"""Ask for a lower marking; lower it, decline, or take the request back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require
from core.audit import signed
from core.workflow import IllegalMove
from taskforce.markings.kinds import Kind
from taskforce.markings.models import DECIDE, Lowering, Outcome

if TYPE_CHECKING:
    from accounts.models import User


def ask(*, kind: Kind, subject: Any, to: int, reason: str, by: User) -> Lowering:
    """Ask that the subject be marked `to`. Raises ValidationError where it is not lower, or is asked for already; PermissionDenied."""
    require(by, kind.change, subject)
    asked = Lowering(
        kind=kind.key,
        subject_id=subject.pk,
        called=str(subject)[:300],
        before=subject.sensitivity,
        to=to,
        reason=reason.strip(),
        asked_by=by,
    )
    if asked.to >= asked.before:
        raise ValidationError({"to": _("Choose a lower marking than the one it has.")})
    with transaction.atomic(), signed(user=str(by.pk)):
        kind.model._default_manager.select_for_update(of=("self",)).get(pk=subject.pk)
        if Lowering.objects.open().filter(kind=kind.key, subject_id=subject.pk).exists():
            raise ValidationError(_("A lower marking of it has been asked for already and waits for an answer."))
        asked.full_clean()
        asked.save()
    return asked


def lower(*, asked: Lowering, answer: str, by: User) -> Lowering:
    """Do what another one asked for. Raises IllegalMove where it is decided, or marked otherwise by now; PermissionDenied."""
    with transaction.atomic(), signed(user=str(by.pk)):
        fresh = _waiting(asked, by)
        subject = fresh.about.seen(by).filter(pk=fresh.subject_id).first()
        if subject is None:
            raise PermissionDenied
        if subject.sensitivity != fresh.before:
            raise IllegalMove(_("It is marked otherwise by now: decline, and let a new request be made."))
        note = _("Marking lowered: asked for by %(person)s") % {"person": fresh.asked_by}
        fresh.about.lower(subject, fresh.to, by, note)
        return _close(fresh, Outcome.LOWERED, by, answer)


def decline(*, asked: Lowering, answer: str, by: User) -> Lowering:
    """Say no, and why. Raises ValidationError, IllegalMove, PermissionDenied."""
    if not answer.strip():
        raise ValidationError({"answer": _("Say why.")})
    with transaction.atomic(), signed(user=str(by.pk)):
        return _close(_waiting(asked, by), Outcome.DECLINED, by, answer)


def take_back(*, asked: Lowering, by: User) -> Lowering:
    """Whoever asked asks no longer. Raises IllegalMove, PermissionDenied."""
    with transaction.atomic(), signed(user=str(by.pk)):
        fresh = _locked(asked)
        if fresh.asked_by_id != by.pk:
            raise PermissionDenied
        return _close(fresh, Outcome.TAKEN_BACK, by, "")


def _waiting(asked: Lowering, by: User) -> Lowering:
    """The request, if it waits for this person."""
    fresh = _locked(asked)
    require(by, DECIDE)
    if fresh.asked_by_id == by.pk:
        raise PermissionDenied
    return fresh


def _locked(asked: Lowering) -> Lowering:
    fresh = Lowering.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=asked.pk)
    if fresh.outcome != Outcome.ASKED:
        raise IllegalMove(_("Somebody was faster: this request is decided."))
    return fresh


def _close(asked: Lowering, outcome: Outcome, by: User, answer: str) -> Lowering:
    asked.outcome, asked.answer = outcome, answer.strip()
    asked.decided_by, asked.decided_at = by, timezone.now()
    asked.full_clean()
    asked.save()
    return asked
