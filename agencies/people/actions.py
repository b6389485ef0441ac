"""What happens to an invitation. Whoever calls `invite`, `resend` or `revoke` has checked the right to do so."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import actions as accounts
from accounts.models import User
from agencies import actions as register
from agencies.models import Capacity, FocalPoint
from agencies.people import emails
from agencies.people.access import INVITE
from agencies.people.models import OPEN_FOR, Invitation, InvitationQuerySet, Standing
from core.access import can
from core.audit import signed


class Closed(Exception):
    """The invitation cannot be answered any more; `standing` says why."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing.label)
        self.standing = standing


@transaction.atomic
def invite(*, invitation: Invitation, by: User, now: dt.datetime) -> Invitation:
    """Save a new invitation and send it."""
    invitation.invited_by = by
    invitation.sent_at, invitation.expires_at = now, now + OPEN_FOR
    invitation.save()
    emails.send_invitation(invitation)
    return invitation


@transaction.atomic
def resend(*, invitation: Invitation, by: User, now: dt.datetime) -> Invitation:
    """Send it again with a new link and 72 new hours; earlier links stop working. Raises Closed once it was answered."""
    fresh = _unanswered(invitation)
    fresh.version += 1
    fresh.invited_by = by
    fresh.sent_at, fresh.expires_at = now, now + OPEN_FOR
    fresh.save(update_fields=["version", "invited_by", "sent_at", "expires_at"])
    emails.send_invitation(fresh)
    return fresh


@transaction.atomic
def revoke(*, invitation: Invitation, now: dt.datetime) -> Invitation:
    """Take it back: its link stops working. Raises Closed once it was answered."""
    fresh = _unanswered(invitation)
    fresh.revoked_at = now
    fresh.save(update_fields=["revoked_at"])
    return fresh


def revoke_misdirected(seat: FocalPoint, email: str, by: User) -> None:
    """The address of whoever holds the seat was wrong: whoever has it must not come in with the agency's invitation."""
    waiting = Invitation.objects.unanswered().filter(email__iexact=email, agency=seat.agency_id)
    with signed(user=str(by.pk), note=str(_("The address was corrected."))):
        for invitation in waiting:
            revoke(invitation=invitation, now=timezone.now())


def offered_anew(former: Invitation, on: dt.date) -> dict[str, Any]:
    """The first answers of an invitation in the place of one that was revoked: for the person who holds the seat, if one does."""
    seat = FocalPoint.objects.filter(
        agency=former.agency,
        mechanism=former.mechanism,
        capacity=former.capacity,
        person__in=User.objects.never_here().filter(name=former.name),
        valid__overlap=former.valid,
    ).first()
    return {
        "agency": former.agency_id,
        "mechanism": former.mechanism_id,
        "capacity": former.capacity,
        "name": former.name,
        "email": seat.person.email if seat else "",
        "first_day": max(former.first_day or on, on),
        "last_day": former.last_day,
    }


# ---------------------------------------------------------------- handing over


class LettingIn(models.TextChoices):
    """How somebody who takes over a seat comes in."""

    HERE = "here", _("They can sign in already.")
    INVITED = "invited", _("They cannot sign in yet: an invitation goes out at once.")
    WAITING = "waiting", _("Somebody else has invited them already: with that invitation they come in.")
    LATER = "later", _("They cannot sign in yet and are not invited now.")


def letting_in(email: str, *, wanted: bool, by: User) -> LettingIn:
    """How somebody with this address would come in. Another one's invitation is not touched by whoever may not send it."""
    known = User.objects.filter(email__iexact=email)
    if known.exists() and not User.objects.never_here().filter(pk__in=known).exists():
        return LettingIn.HERE
    waiting = Invitation.objects.unanswered().filter(email__iexact=email).first()
    if waiting and not can(by, INVITE, waiting):
        return LettingIn.WAITING
    return LettingIn.INVITED if wanted else LettingIn.LATER


def sent_by(seat: FocalPoint) -> InvitationQuerySet:
    """Invitations of whoever holds the seat that nobody has answered: their links end with the right to invite."""
    if seat.capacity != Capacity.PRINCIPAL:
        return Invitation.objects.none()
    return Invitation.objects.unanswered().filter(invited_by=seat.person, agency=seat.agency_id)


@transaction.atomic
def hand_over(
    *, seat: FocalPoint, email: str, name: str, title: str, first: dt.date, let_in: bool, by: User, now: dt.datetime
) -> FocalPoint:
    """Give a seat to another person from a day on and let them in, all or nothing."""
    how = letting_in(email, wanted=let_in, by=by)
    may = can(by, INVITE, seat)
    given = register.hand_over(seat=seat, email=email, name=name, title=title, first=first, by=by)
    if how is LettingIn.INVITED and may:
        _let_in(given, by, now)
    return given


def _let_in(seat: FocalPoint, by: User, now: dt.datetime) -> None:
    """Invite whoever holds the seat; an invitation that they have not answered is sent again."""
    waiting = Invitation.objects.unanswered().filter(email__iexact=seat.person.email).first()
    if waiting:
        resend(invitation=waiting, by=by, now=now)
        return
    offer = Invitation(
        email=seat.person.email,
        name=seat.person.name,
        agency_id=seat.agency_id,
        mechanism_id=seat.mechanism_id,
        capacity=seat.capacity,
        valid=seat.valid,
    )
    invite(invitation=offer, by=by, now=now)


# ---------------------------------------------------------------- answering


def check_open(invitation: Invitation, version: int, now: dt.datetime) -> None:
    """Raise Closed unless the link of this version may be answered now.

    It may not once the one who invited has lost the right to invite, unless whoever is invited holds the seat already: then
    it gives nothing but the way in.
    """
    standing = invitation.standing(now)
    if standing is Standing.PENDING and version != invitation.version:
        standing = Standing.EXPIRED
    if standing is Standing.PENDING and not (can(invitation.invited_by, INVITE, invitation) or _sits(invitation)):
        standing = Standing.REVOKED
    if standing is not Standing.PENDING:
        raise Closed(standing)


@transaction.atomic
def accept(*, invitation: Invitation, version: int, password: str, now: dt.datetime, **person: Any) -> User:
    """Make the person with what they said of themselves, and give them what was offered. Raises Closed, ValidationError.

    Somebody who was written down before, and never signed in, becomes that person and keeps their seats.
    """
    fresh = _locked(invitation)
    check_open(fresh, version, now)
    user = User.objects.never_here().filter(email__iexact=fresh.email).first() or User(email=fresh.email)
    for name, value in person.items():
        setattr(user, name, value)
    user.set_password(password)
    user.full_clean()
    user.save()
    _give(fresh, user)
    fresh.accepted_at, fresh.accepted_by = now, user
    fresh.save(update_fields=["accepted_at", "accepted_by"])
    return user


def _give(invitation: Invitation, user: User) -> None:
    if invitation.role:
        accounts.assign_role(person=user, role=invitation.role, valid=invitation.valid, by=invitation.invited_by)
    elif invitation.agency and invitation.mechanism and not _held(invitation, user):
        FocalPoint.objects.create(
            person=user,
            agency=invitation.agency,
            mechanism=invitation.mechanism,
            capacity=invitation.capacity,
            valid=invitation.valid,
        )


def _held(invitation: Invitation, user: User) -> bool:
    """Whether the person has a seat there in that time already."""
    seats = FocalPoint.objects.filter(person=user, agency=invitation.agency, mechanism=invitation.mechanism)
    return seats.filter(valid__overlap=invitation.valid).exists()


def _sits(invitation: Invitation) -> bool:
    """Whether somebody who is only written down under the invited address has the seat already."""
    written = User.objects.never_here().filter(email__iexact=invitation.email, is_active=True).first()
    return bool(written and invitation.agency_id and _held(invitation, written))


def _unanswered(invitation: Invitation) -> Invitation:
    fresh = _locked(invitation)
    if fresh.accepted_at or fresh.revoked_at:
        raise Closed(Standing.ACCEPTED if fresh.accepted_at else Standing.REVOKED)
    return fresh


def _locked(invitation: Invitation) -> Invitation:
    """The row as it is now, kept from others until the end of the transaction."""
    fresh: Invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    return fresh
