"""What becomes of a message but for the sending: its sender vanished, it was cancelled, it came back, a person decided."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from core.kept import sentence
from core.models import MessageQuerySet, MessageState, OutgoingMessage
from core.outbox.gate import wake

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

ARRIVED = sentence(gettext_noop("Said to have arrived by %(name)s"))
AGAIN = sentence(gettext_noop("Sent again by %(name)s"))
LEFT = frozenset(
    {MessageState.IN_FLIGHT, MessageState.HANDED_OVER, MessageState.UNCERTAIN}
)  # such a message can come back


def settle(rows: MessageQuerySet, state: MessageState, reason: str) -> int:
    """Write what became of a message, if it is still among `rows`; returns how many were."""
    return rows.update(**settled(state, reason))


def settled(state: MessageState, reason: str) -> dict[str, Any]:
    """The fields of a message of which nothing more is awaited."""
    return {"state": state, "reason": reason[:500], "settled_at": Now(), "lease_token": None, "lease_until": None}


def reap() -> int:
    """Messages whose sender vanished after the fence become uncertain; returns how many."""
    vanished = gettext_noop("The sender vanished while handing over; the relay may have taken the message.")
    return settle(OutgoingMessage.objects.stranded(), MessageState.UNCERTAIN, vanished)


def cancel(*batches: uuid.UUID) -> int:
    """Cancel what has not left of these dispatches; returns how many messages. What is past the fence is on its way."""
    return take_back(OutgoingMessage.objects.filter(batch__in=batches))


def take_back(messages: MessageQuerySet) -> int:
    """Cancel those of the messages that have not left; returns how many."""
    waiting = messages.filter(state__in=[MessageState.QUEUED, MessageState.HELD])
    return waiting.update(state=MessageState.CANCELLED, settled_at=Now(), lease_token=None, lease_until=None)


def came_back(pk: uuid.UUID, reason: str) -> bool:
    """A message that left the house did not reach its recipient; whether that was news."""
    rows = OutgoingMessage.objects.filter(pk=pk, state__in=LEFT)
    return bool(settle(rows, MessageState.BOUNCED, reason))


def is_late(pk: uuid.UUID, reason: str) -> None:
    """Somebody on the way still tries to deliver a message: noted, nothing more."""
    OutgoingMessage.objects.filter(pk=pk, state=MessageState.HANDED_OVER).update(reason=reason[:500])


def resolve(message: OutgoingMessage, *, arrived: bool, by: AbstractBaseUser) -> None:
    """A person decides on an uncertain message: it arrived, or it is to be sent again. One that came back may have arrived after all."""
    changed = OutgoingMessage.objects.filter(pk=message.pk, state=MessageState.UNCERTAIN)
    if arrived:
        (changed | OutgoingMessage.objects.filter(pk=message.pk, state=MessageState.BOUNCED)).update(
            state=MessageState.HANDED_OVER,
            reason=ARRIVED % {"name": by},
            settled_at=Now(),
        )
    elif changed.update(state=MessageState.QUEUED, reason=AGAIN % {"name": by}, settled_at=None, not_before=Now()):
        transaction.on_commit(wake)
