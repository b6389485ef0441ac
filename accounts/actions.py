"""What changes a person's access. Whoever calls has checked the right to do so; nobody changes their own."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import moments
from accounts.models import RoleAssignment, User
from core import jobs
from core.audit import note
from core.dates import long_date, span
from core.models import Job

if TYPE_CHECKING:
    from django.db.backends.postgresql.psycopg_any import DateRange


def end_sessions(*, person: User, by: User | None) -> int:
    """End every session of the person at once; returns how many there were."""
    sessions = list(UserSession.objects.filter(user=person))
    for session in sessions:
        session.end()
    note(person, moments.SESSIONS_ENDED, by=by)
    return len(sessions)


@transaction.atomic
def end_access(*, person: User, by: User | None) -> None:
    """A right is over: what the person began with it ends at once, sessions as well as work that waits or runs."""
    end_sessions(person=person, by=by)
    for job in Job.objects.unfinished().filter(requested_by=person):
        jobs.ask_to_cancel(job)


@transaction.atomic
def deactivate(*, person: User, by: User) -> None:
    """The person cannot sign in any more, and is signed out everywhere."""
    _not_oneself(person, by)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_access(person=person, by=by)


def reactivate(*, person: User, by: User) -> None:
    """The person may sign in again, with the rights of today's roles and seats."""
    _not_oneself(person, by)
    if not person.email:  # their contact data have expired: they come back by invitation
        raise PermissionDenied
    person.is_active = True
    person.save(update_fields=["is_active"])


@transaction.atomic
def reset_factors(*, person: User, by: User) -> None:
    """Take away every second factor and recovery code of a person who lost them: they set up new ones at the next sign-in."""
    _not_oneself(person, by)
    Authenticator.objects.filter(user=person).delete()
    note(person, moments.FACTOR_REMOVED, by=by, factor="all")
    end_sessions(person=person, by=by)


def assign_role(*, person: User, role: str, valid: DateRange, by: User) -> RoleAssignment:
    """Give a role of the house for some time. Raises ValidationError when the person holds it already in that time."""
    _not_oneself(person, by)
    assignment = RoleAssignment(user=person, role=role, valid=valid, given_by=by)
    assignment.full_clean()
    assignment.save()
    return assignment


@transaction.atomic
def end_role(*, assignment: RoleAssignment, last_day: dt.date, on: dt.date, by: User) -> None:
    """Let a role end on `last_day`, included. Before its first day it never holds; if it is over by `on`, access ends.

    Raises ValidationError when it is over already or would become longer: that is a new role, with its own giver.
    """
    _not_oneself(assignment.user, by)
    _only_shorter(assignment, last_day, on)
    if assignment.first_day and last_day < assignment.first_day:
        assignment.delete()
    else:
        assignment.valid = span(assignment.first_day, last_day)
        assignment.save(update_fields=["valid"])
    if last_day < on:
        end_access(person=assignment.user, by=by)


def _only_shorter(assignment: RoleAssignment, last_day: dt.date, on: dt.date) -> None:
    until = assignment.last_day
    if until and until < on:
        raise ValidationError(_("This role is over already. Give it anew instead."))
    if until and last_day > until:
        raise ValidationError(_("The role ends before that day, on %(day)s.") % {"day": long_date(until)})


def _not_oneself(person: User, by: User) -> None:
    if person.pk == by.pk:
        raise PermissionDenied
