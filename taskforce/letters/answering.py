"""What comes back: answers by the link, answers that the secretariat records or follows up, and their files."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_noop

from agencies.actions import settle
from agencies.models import ObligationKind
from core.audit import signed
from core.dates import day_at, today
from core.files import store
from core.kept import sentence
from taskforce.letters import limits, meanwhile, working
from taskforce.letters.links import is_open
from taskforce.letters.models import Answer, Invitation, Recipient
from taskforce.letters.workflow import Status

if TYPE_CHECKING:
    from accounts.models import User
    from core.models import StoredFile
    from core.uploads import Upload

ACKNOWLEDGED = sentence(gettext_noop("Acknowledged by %(name)s"))


class AnswersClosed(Exception):
    """The deadline has passed, the letter is closed, or it was issued again to a successor."""


@dataclass(frozen=True)
class Reply:
    """What is answered to one invitation. `file` replaces the one given before, `drop` takes that away."""

    choice: str
    comment: str = ""
    file: Upload | None = None
    drop: bool = False


Replies = Mapping[uuid.UUID, Reply]


@transaction.atomic
def acknowledge(
    *, recipient: Recipient, name: str, replies: Replies, at: dt.datetime, seen: str | None = None
) -> Recipient:
    """The office acknowledges the letter and answers its invitations, by its link. What stands already is not written again.

    `seen` is the mark of what its page showed. Raises ChangedMeanwhile, AnswersClosed after the deadline, TooMany,
    StorageFull.
    """
    with signed(answered_by=name):
        current = _locked(recipient)
        stands = _stands(current, name, replies)
        if stands and current.recorded_by_id is None and current.reissued() is None:
            return current
        if not is_open(current, at=at):
            raise AnswersClosed
        if not stands:
            meanwhile.check(current, seen, to_office=True)
        limits.check(current, files=sum(reply.file is not None for reply in replies.values()))
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
    seen: str | None = None,
) -> Recipient:
    """The secretariat writes down an answer that came by phone, paper or mail, also after the deadline.

    `document` is the note or scan that came, `seen` the mark of what the page showed. What stands already is not written again.
    Raises ChangedMeanwhile, AnswersClosed, StorageFull.
    """
    current = _locked(recipient)
    if current.dispatch.letter.status == Status.CLOSED or current.reissued():
        raise AnswersClosed
    same_way = current.recorded_by_id is not None and current.received_by == received_by
    if same_way and not _differs(document, current.document) and _stands(current, name, replies):
        return current
    meanwhile.check(current, seen)
    current.recorded_by, current.received_by = by, received_by
    current.document = _kept(document, by)
    return _answer(current, name, replies, at, today())


def _locked(recipient: Recipient) -> Recipient:
    rows = Recipient.objects.select_for_update(of=("self",)).select_related("dispatch__letter", "document")
    return rows.get(pk=recipient.pk)


def _stands(recipient: Recipient, name: str, replies: Replies) -> bool:
    """Whether exactly this is what the office has answered."""
    given = {answer.invitation_id: answer for answer in recipient.answers.select_related("file")}
    same = all(_is_said(given.get(pk) or Answer(), reply) for pk, reply in replies.items())
    return recipient.acknowledged_at is not None and recipient.acknowledged_by == name and same


def _is_said(answer: Answer, reply: Reply) -> bool:
    return (answer.choice, answer.comment) == (reply.choice, reply.comment) and not _changes_file(answer, reply)


def _changes_file(answer: Answer, said: Reply | Progress) -> bool:
    """Whether the answer comes to have another file, or none any more."""
    return _differs(said.file, answer.file) or (said.drop and not said.file and answer.file is not None)


def _differs(file: Upload | None, kept: StoredFile | None) -> bool:
    """Whether a file was sent that is another one than the one kept."""
    if file is None:
        return False
    return kept is None or (file.name, hashlib.sha256(file.data).hexdigest()) != (kept.name, kept.sha256)


def _answer(recipient: Recipient, name: str, replies: Replies, at: dt.datetime, day: dt.date) -> Recipient:
    recipient.acknowledged_at = recipient.acknowledged_at or at
    recipient.acknowledged_by, recipient.amended_at = name, at
    recipient.save()
    before = {answer.invitation_id: answer for answer in recipient.answers.select_related("file")}
    for invitation in recipient.dispatch.letter.invitations.filter(pk__in=replies.keys()):
        answer = before.get(invitation.pk) or Answer(recipient=recipient, invitation=invitation)
        _write(answer, replies[invitation.pk], at, day)
    settle(recipient.pk, kind=ObligationKind.ANSWER, outcome=ACKNOWLEDGED % {"name": name})
    return recipient


def _write(answer: Answer, reply: Reply, at: dt.datetime, day: dt.date) -> None:
    """Save what differs; the day is that on which this was chosen."""
    facts: dict[str, Any] = {"choice": reply.choice, "comment": reply.comment}
    if reply.choice != answer.choice:
        facts["day"] = day if reply.choice else None
    if _changes_file(answer, reply):
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
def follow_up(
    *, recipient: Recipient, invitation: Invitation, said: Progress, by: User, at: dt.datetime, seen: str | None = None
) -> Answer:
    """Write down how far an office is with one invitation. The history keeps each step.

    `seen` is the mark of the answer that the page showed. Raises ChangedMeanwhile, StorageFull.
    """
    current = _locked(recipient)
    answer = current.answers.select_related("file").filter(invitation=invitation).first()
    answer = answer or Answer(recipient=current, invitation=invitation)
    facts: dict[str, Any] = {
        "choice": said.choice,
        "day": (said.day or today()) if said.choice else None,
        "comment": said.comment,
        "link": said.link,
    }
    if _changes_file(answer, said) or any(getattr(answer, name) != value for name, value in facts.items()):
        meanwhile.check(answer, seen)
    if _changes_file(answer, said):
        facts["file"] = _kept(said.file, by)
    _save(answer, facts, at)
    return answer
