"""What comes back: answers by the link, answers that the secretariat records or follows up, and their files."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.actions import settle
from agencies.models import ObligationKind
from core.audit import signed
from core.dates import day_at, today
from core.files import store
from taskforce.letters import working
from taskforce.letters.links import is_open
from taskforce.letters.models import Answer, Invitation, Recipient
from taskforce.letters.workflow import Status

if TYPE_CHECKING:
    from accounts.models import User
    from core.models import StoredFile
    from core.uploads import Upload

MOST_FILES = 30  # that one office may send by its link, those it replaced included


class AnswersClosed(Exception):
    """The deadline has passed, the letter is closed, or it was issued again to a successor."""


class TooManyFiles(Exception):
    """An office has sent as many files as it may. The text says what to do instead."""

    def __init__(self) -> None:
        super().__init__(_("Your office has sent many files already. Please send this one to a contact named below."))


@dataclass(frozen=True)
class Reply:
    """What is answered to one invitation. `file` replaces the one given before, `drop` takes that away."""

    choice: str
    comment: str = ""
    file: Upload | None = None
    drop: bool = False


Replies = Mapping[uuid.UUID, Reply]


@transaction.atomic
def acknowledge(*, recipient: Recipient, name: str, replies: Replies, at: dt.datetime) -> Recipient:
    """The office acknowledges the letter and answers its invitations, by its link.

    Raises AnswersClosed after the deadline, TooManyFiles, StorageFull.
    """
    with signed(answered_by=name):
        current = _locked(recipient)
        if not is_open(current, at=at):
            raise AnswersClosed
        if files_sent(current) + sum(reply.file is not None for reply in replies.values()) > MOST_FILES:
            raise TooManyFiles
        current.recorded_by, current.received_by, current.document = None, "", None
        return _answer(current, name, replies, at, day_at(current.dispatch.letter.deadline_zone, at))


@transaction.atomic
def record_answer(
    *,
    recipient: Recipient,
    name: str,
    replies: Replies,
    received_by: str,
    document: Upload | None = None,
    by: User,
    at: dt.datetime,
) -> Recipient:
    """The secretariat writes down an answer that came by phone, paper or mail, also after the deadline.

    `document` is the note or scan that came. Raises AnswersClosed, StorageFull.
    """
    current = _locked(recipient)
    if current.dispatch.letter.status == Status.CLOSED or current.reissued():
        raise AnswersClosed
    current.recorded_by, current.received_by = by, received_by
    current.document = _kept(document, by)
    return _answer(current, name, replies, at, today())


def _locked(recipient: Recipient) -> Recipient:
    rows = Recipient.objects.select_for_update(of=("self",)).select_related("dispatch__letter")
    return rows.get(pk=recipient.pk)


def _answer(recipient: Recipient, name: str, replies: Replies, at: dt.datetime, day: dt.date) -> Recipient:
    recipient.acknowledged_at = recipient.acknowledged_at or at
    recipient.acknowledged_by, recipient.amended_at = name, at
    recipient.save()
    before = {answer.invitation_id: answer for answer in recipient.answers.all()}
    for invitation in recipient.dispatch.letter.invitations.filter(pk__in=replies.keys()):
        answer = before.get(invitation.pk) or Answer(recipient=recipient, invitation=invitation)
        _write(answer, replies[invitation.pk], at, day)
    settle(recipient.pk, kind=ObligationKind.ANSWER, outcome=_("Acknowledged by %(name)s") % {"name": name})
    return recipient


def _write(answer: Answer, reply: Reply, at: dt.datetime, day: dt.date) -> None:
    """Save what differs; the day is that on which this was chosen."""
    facts: dict[str, Any] = {"choice": reply.choice, "comment": reply.comment}
    if reply.choice != answer.choice:
        facts["day"] = day if reply.choice else None
    if reply.file or reply.drop:
        facts["file"] = _kept(reply.file)
    _save(answer, facts, at)


def _save(answer: Answer, facts: Mapping[str, Any], at: dt.datetime) -> None:
    changed = {name: value for name, value in facts.items() if getattr(answer, name) != value}
    if changed or answer.changed_at is None:
        for name, value in changed.items():
            setattr(answer, name, value)
        answer.changed_at = at
        answer.save()
        working.match(answer, today())


def _kept(file: Upload | None, by: User | None = None) -> StoredFile | None:
    return store(name=file.name, content_type=file.content_type, data=file.data, by=by) if file else None


def files_sent(recipient: Recipient) -> int:
    """How many files belong or belonged to the answers of an office."""
    versions: Any = Answer.pgh_event_model  # type: ignore[attr-defined]
    sent = versions.objects.filter(recipient_id=recipient.pk, file__isnull=False)
    return int(sent.values("file").distinct().count())


# ---------------------------------------------------------------- what becomes of it


@dataclass(frozen=True)
class Progress:
    """What the secretariat says of one answer: state, since when, comment, and the evidence."""

    choice: str
    day: dt.date | None
    comment: str = ""
    link: str = ""
    file: Upload | None = None
    drop: bool = False


@transaction.atomic
def follow_up(*, recipient: Recipient, invitation: Invitation, said: Progress, by: User, at: dt.datetime) -> Answer:
    """Write down how far an office is with one invitation. The history keeps each step. Raises StorageFull."""
    current = _locked(recipient)
    answer = current.answers.filter(invitation=invitation).first() or Answer(recipient=current, invitation=invitation)
    facts: dict[str, Any] = {
        "choice": said.choice,
        "day": (said.day or today()) if said.choice else None,
        "comment": said.comment,
        "link": said.link,
    }
    if said.file or said.drop:
        facts["file"] = _kept(said.file, by)
    _save(answer, facts, at)
    return answer
