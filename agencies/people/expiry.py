"""Contact data of former people expire by rule (`retention.py`): whose, when, and how they go.

Name and function stay with the seats they held. Letters that went out keep what was frozen in them. The history never had
contact data (ADR 40), so nothing in it is rewritten.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import models, transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Greatest
from django.utils import timezone

from accounts import actions as accounts
from accounts import moments
from accounts.models import RoleAssignment, User
from agencies.identity.models import Identity
from agencies.models import Absence, FocalPoint
from agencies.people.models import Correction, Invitation, MailChoice
from agencies.people.retention import AFTER_INVITATION, AFTER_LAST_SEAT
from core.audit import note
from core.dates import DAY
from core.redaction import forget, unsettled

# Keys of mail to people; letters to offices are no personal mail.
OUR_MAIL = ("accounts:", "audit:", "invitation:", "reminder:", "weekly:")


def expiring(on: dt.date) -> models.QuerySet[Any]:
    """People who hold nothing on the day or later, with `last_day` of their last seat or role and `expires_on`, the next first.

    Whoever is invited anew, has mail on its way or an account for emergencies is in use.
    """
    seats, roles = FocalPoint.objects.filter(person=OuterRef("pk")), RoleAssignment.objects.filter(user=OuterRef("pk"))
    invited = Invitation.objects.unanswered().filter(email__iexact=OuterRef("email"), expires_at__gt=timezone.now())
    idle = User.objects.filter(~Exists(seats.ahead(on)), ~Exists(roles.ahead(on)), ~Exists(invited))
    idle = idle.filter(~Exists(unsettled().filter(to__iexact=OuterRef("email"))), is_superuser=False, is_staff=False)
    told = idle.exclude(email="").annotate(
        last_day=_less_a_day(Greatest(_last(seats, "person"), _last(roles, "user"))),
        expires_on=Cast(
            Coalesce(F("last_day"), Cast("date_joined", models.DateField())) + Value(AFTER_LAST_SEAT),
            models.DateField(),
        ),
    )
    return told.order_by("expires_on", "name", "pk")


def _last(rows: models.QuerySet[Any], owner: str) -> Subquery:
    """The day after the last one of any of the rows."""
    return Subquery(rows.order_by().values(owner).annotate(end=Max(F("valid__endswith"))).values("end"))


def _less_a_day(day: Any) -> Cast:
    return Cast(day - Value(DAY), models.DateField())


def sweep(on: dt.date) -> int:
    """Let all contact data go whose time has come; the number of people."""
    drop_invitations(timezone.now())
    due = expiring(on).filter(expires_on__lte=on).values_list("pk", flat=True)
    return sum(expire(pk, on) for pk in list(due))


@transaction.atomic
def expire(pk: uuid.UUID, on: dt.date) -> bool:
    """Remove one person's contact data, unless they are in use after all. The lock keeps a new seat waiting meanwhile."""
    person = User.objects.select_for_update().filter(pk=pk).first()
    if person is None or not expiring(on).filter(pk=pk, expires_on__lte=on).exists():
        return False
    accounts.end_sessions(person=person, by=None)
    forgotten = forget(person.email, OUR_MAIL)
    Invitation.objects.unanswered().filter(email__iexact=person.email).delete()
    Invitation.objects.filter(accepted_by=person).update(email="")
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    for rows in (Absence.objects, MailChoice.objects, Correction.objects, Identity.objects):
        rows.filter(person=person).delete()
    person.email, person.language, person.time_zone, person.is_active = "", "en", "UTC", False
    person.set_unusable_password()
    person.save()
    note(person, moments.CONTACT_EXPIRED, messages=str(forgotten))
    return True


@transaction.atomic
def drop_invitations(now: dt.datetime) -> int:
    """Delete invitations that nobody accepted, some time after they ran out or were taken back; their number."""
    before = now - AFTER_INVITATION
    old = Invitation.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before), accepted_at=None)
    dropped = list(old.select_for_update())
    for invitation in dropped:
        forget(invitation.email, (f"invitation:{invitation.pk}:",))
        invitation.delete()
    return len(dropped)
