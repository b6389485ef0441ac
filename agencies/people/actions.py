"""What happens to an invitation. Whoever calls `invite`, `resend` or `revoke` has checked the right to do so."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from accounts import actions as accounts
from accounts.models import User
from agencies.models import FocalPoint
from agencies.people import emails
from agencies.people.access import INVITE
from agencies.people.models import OPEN_FOR, Invitation, Standing
from core.access import can


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


def check_open(invitation: Invitation, version: int, now: dt.datetime) -> None:
    """Raise Closed unless the link of this version may be answered now.

    It may not once the one who invited has lost the right to invite.
    """
    standing = invitation.standing(now)
    if standing is Standing.PENDING and version != invitation.version:
        standing = Standing.EXPIRED
    if standing is Standing.PENDING and not can(invitation.invited_by, INVITE, invitation):
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


def _unanswered(invitation: Invitation) -> Invitation:
    fresh = _locked(invitation)
    if fresh.accepted_at or fresh.revoked_at:
        raise Closed(Standing.ACCEPTED if fresh.accepted_at else Standing.REVOKED)
    return fresh


def _locked(invitation: Invitation) -> Invitation:
    """The row as it is now, kept from others until the end of the transaction."""
    fresh: Invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    return fresh
