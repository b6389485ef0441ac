"""Queueing: a message becomes a row of the caller's transaction, once per key."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import make_msgid, parseaddr

from django.conf import settings
from django.db import transaction

from core.models import Enclosure, MessageState, OutgoingMessage, StoredFile
from core.outbox.gate import on_hold, wake, watch_holds
from core.outbox.wire import digest


@dataclass(frozen=True)
class Draft:
    """A message to be queued. `key` says what it is, once: the same key is never queued twice."""

    key: str
    to: str
    subject: str
    text: str
    html: str = ""
    attachments: Sequence[StoredFile] = field(default=())
    batch: uuid.UUID | None = None
    reply_to: str = ""
    message_id: str = ""
    sender: str = ""
    only_to: frozenset[str] | None = None  # the guest list of a rehearsal


class NotAGuestError(Exception):
    """A message of a rehearsal was to go to an address that is not on its guest list."""


def enqueue(
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    attachments: Sequence[StoredFile] = (),
    batch: uuid.UUID | None = None,
    reply_to: str = "",
    message_id: str = "",
) -> OutgoingMessage:
    """Queue one message inside the caller's transaction; delivery starts when it commits. The same key gives the first row back."""
    draft = Draft(key, to, subject, text, html, attachments, batch, reply_to, message_id)
    enqueue_many([draft])
    return OutgoingMessage.objects.get(key=key)


def enqueue_many(drafts: Iterable[Draft]) -> int:
    """Queue many messages inside the caller's transaction; returns how many were new.

    Raises NotAGuestError, and queues none, where one has a guest list on which its address is not.
    """
    drafts = list(drafts)
    if not all(draft.only_to is None or draft.to in draft.only_to for draft in drafts):
        raise NotAGuestError
    with transaction.atomic():
        watch_holds(alone=False)
        state = MessageState.HELD if on_hold() else MessageState.QUEUED
        known = set(
            OutgoingMessage.objects.filter(key__in=[draft.key for draft in drafts]).values_list("key", flat=True)
        )
        rows = [_frozen(draft, state) for draft in drafts if draft.key not in known]
        OutgoingMessage.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        mine = set(OutgoingMessage.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
        files = {draft.key: draft.attachments for draft in drafts}
        Enclosure.objects.bulk_create(
            [
                Enclosure(message_id=row.pk, file=file, place=place)
                for row in rows
                if row.pk in mine
                for place, file in enumerate(files[row.key])
            ],
            batch_size=1000,
        )
        transaction.on_commit(wake)
    return len(mine)


def _frozen(draft: Draft, state: MessageState) -> OutgoingMessage:
    sender = draft.sender or settings.DEFAULT_FROM_EMAIL
    domain = parseaddr(sender)[1].rpartition("@")[2]
    row = OutgoingMessage(
        key=draft.key,
        batch=draft.batch,
        to=draft.to,
        sender=sender,
        reply_to=draft.reply_to,
        subject=" ".join(draft.subject.split()),
        text=draft.text,
        html=draft.html,
        message_id=draft.message_id or make_msgid(domain=domain),
        state=state,
    )
    row.digest = digest(row, [file.sha256 for file in draft.attachments])
    return row
