"""Ask for sight; grant or decline it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.access import agencies_of
from core.audit import signed
from core.dates import today
from core.workflow import IllegalMove
from taskforce.sight.kinds import KINDS, find
from taskforce.sight.models import Outcome, SightRequest

if TYPE_CHECKING:
    from accounts.models import User
    from agencies.models import Agency


def ask(*, agency: Agency, reference: str, reason: str, by: User) -> SightRequest:
    """Ask for an agency of one's own. What is meant is noted for those who decide; the answer is the same whether it is there.

    Raises ValidationError where the person sees it anyway, or waits for an answer to the same request.
    """
    if not agencies_of(by, today()).filter(agency=agency).exists():
        raise PermissionDenied
    reference = " ".join(reference.split())
    meant = find(reference)
    if any(one.seen_by(by) for _kind, one in meant):  # whatever else, and hidden, has the same name
        raise ValidationError({"reference": _("You can see it already: search for it in its list.")})
    kind, subject = (meant[0][0], meant[0][1].pk) if meant else ("", None)
    try:
        with transaction.atomic(), signed(user=str(by.pk)):
            return SightRequest.objects.create(
                agency=agency, asked_by=by, reference=reference, reason=reason.strip(), kind=kind, subject_id=subject
            )
    except IntegrityError as again:
        raise ValidationError(
            {"reference": _("Your agency has asked for this already and waits for an answer.")}
        ) from again


def grant(*, request: SightRequest, until: dt.date | None, answer: str, by: User) -> SightRequest:
    """Give the agency that asked sight of what it meant, until a day or for good. Raises IllegalMove, PermissionDenied."""
    with transaction.atomic(), signed(user=str(by.pk), note="sight request"):
        fresh = _open(request, by)
        meant = fresh.subject(by)
        if meant is None:
            raise IllegalMove(_("Nothing of ours is meant by this reference: it can only be declined."))
        KINDS[fresh.kind].give(meant, fresh.agency, by, until)
        return _close(fresh, Outcome.GRANTED, by, answer=answer.strip(), until=until)


def decline(*, request: SightRequest, answer: str, by: User) -> SightRequest:
    """Say no, and why. Raises IllegalMove, PermissionDenied."""
    if not answer.strip():
        raise ValidationError({"answer": _("Say why. The asker reads it, so name nothing that they may not see.")})
    with transaction.atomic(), signed(user=str(by.pk)):
        return _close(_open(request, by), Outcome.DECLINED, by, answer=answer.strip())


def _open(request: SightRequest, by: User) -> SightRequest:
    """The request, locked, if it waits for this person. Raises IllegalMove where somebody has decided it, PermissionDenied."""
    fresh = SightRequest.objects.select_for_update(of=("self",)).select_related("agency__group").get(pk=request.pk)
    if fresh.outcome != Outcome.ASKED:
        raise IllegalMove(_("Somebody was faster: this request is decided."))
    if not SightRequest.objects.to_decide(by).filter(pk=fresh.pk).exists():
        raise PermissionDenied
    return fresh


def _close(
    request: SightRequest, outcome: Outcome, by: User, *, answer: str, until: dt.date | None = None
) -> SightRequest:
    request.outcome, request.answer, request.until = outcome, answer, until
    request.decided_by, request.decided_at = by, timezone.now()
    request.full_clean()
    request.save()
    return request
