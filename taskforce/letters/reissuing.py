"""A letter is issued again to the successor: where the person in the post changed before the office answered.

Of each office the last row by which it has the letter counts. What was answered goes over to the successor's row; the
predecessor's row keeps that, when and by whom it was acknowledged (ADR 65).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q

from agencies.models import Office, ResidentCoordinator
from taskforce.letters.addressees import Addressee, Roll, addressee
from taskforce.letters.links import GRACE
from taskforce.letters.models import Answer, Exemption, Invitation, Recipient
from taskforce.letters.workflow import Status

if TYPE_CHECKING:
    from taskforce.letters.models import Dispatch, Letter, RecipientQuerySet


@dataclass(frozen=True)
class Succession:
    """The row by which an office has the letter, and whom it would be issued to."""

    before: Recipient
    to: Addressee


def overtaken(letters: Iterable[Letter], on: dt.date) -> RecipientQuerySet:
    """The rows by which offices have one of the letters while somebody is in the post on the day who has not had it.

    None of a letter that is not out or whose links have ended, of an office that has answered all, of which no reply is expected
    or whose post is vacant.
    """
    same: dict[str, Any] = {"dispatch__letter": OuterRef("dispatch__letter"), "office": OuterRef("office")}
    later = Recipient.objects.having_it().filter(**same, dispatch__number__gt=OuterRef("dispatch__number"))
    excused = Exemption.objects.filter(recipient__in=Recipient.objects.filter(**_outer(same)))
    rows = Recipient.objects.having_it().filter(
        Q(dispatch__letter__deadline=None) | Q(dispatch__letter__deadline__gte=on - GRACE),
        Q(acknowledged_at=None) | Exists(_unanswered()),
        Exists(_successors(on)),
        ~Exists(later),
        ~Exists(excused),
        dispatch__letter__in=letters,
        dispatch__letter__status=Status.DISPATCHED,
        office__in=Office.objects.on(on),
    )
    return rows.select_related("dispatch").order_by("office_name", "pk")


def _outer(same: dict[str, Any]) -> dict[str, Any]:
    """The same conditions one query deeper."""
    return {name: OuterRef(value) for name, value in same.items()}


def _unanswered() -> Any:
    """Invitations of the row's letter to which it gave no answer."""
    given = Answer.objects.filter(invitation=OuterRef("pk"), recipient=OuterRef(OuterRef("pk"))).exclude(choice="")
    return Invitation.objects.filter(~Exists(given), letter=OuterRef("dispatch__letter"))


def _successors(on: dt.date) -> Any:
    """Who is in the row's post on the day and came after the letter, by the register as of today.

    A spelling that was corrected since, or a person who goes on in the same post, is nobody new.
    """
    versions: Any = ResidentCoordinator.pgh_event_model  # type: ignore[attr-defined]
    known = versions.objects.filter(
        pgh_obj_id=OuterRef("pk"), pgh_created_at__lte=OuterRef(OuterRef("dispatch__started_at"))
    )
    in_post = ResidentCoordinator.objects.on(on).filter(office=OuterRef("office"))
    others = in_post.exclude(name=OuterRef("coordinator"), email=OuterRef("email"))
    return others.filter(Q(valid__startswith__gt=OuterRef("dispatch__day")) | ~Exists(known))


def successions(letter: Letter, on: dt.date) -> list[Succession]:
    """Who has the letter and who would get it on the day, by office."""
    rows = {row.office_id: row for row in overtaken([letter], on)}
    offices = Office.objects.open_on(on).filter(pk__in=rows).order_by("name")
    return [Succession(rows[office.pk], _successor(office, rows[office.pk])) for office in offices]


def _successor(office: Office, before: Recipient) -> Addressee:
    return replace(addressee(office), reissue_of=(before.reissue_of or before.dispatch.day).isoformat())


def successors(letter: Letter, on: dt.date) -> Roll:
    """Whom the letter would be issued to again on the day."""
    return Roll(tuple(one.to for one in successions(letter, on)))


def hand_over_answers(dispatch: Dispatch) -> None:
    """What these offices answered already goes over to their new rows, with the work that came of it: each counts once."""
    rows = {row.office_id: row for row in dispatch.recipients.all()}
    given = Answer.objects.filter(recipient__office__in=rows, recipient__dispatch__letter=dispatch.letter_id)
    newest = given.exclude(recipient__dispatch=dispatch).order_by(
        "recipient__office_id", "invitation_id", "-changed_at"
    )
    answers = list(newest.distinct("recipient__office_id", "invitation_id").select_related("recipient"))
    for answer in answers:
        answer.recipient = rows[answer.recipient.office_id]
    Answer.objects.bulk_update(answers, ["recipient"])
