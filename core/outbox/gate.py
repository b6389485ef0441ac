"""The gate: whether mail may leave the house, who shuts it and who opens it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from core.models import MessageState, OutgoingMessage, SendHold
from core.sweeps import publish

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser
HOLDS = 0x484F4C44  # number of the advisory lock


def wake() -> None:
    """Let a worker deliver what waits."""
    from core.tasks import deliver_mail

    publish(deliver_mail)


def watch_holds(*, alone: bool) -> None:
    """Until the transaction ends no hold begins or ends beside us: who queues shares the lock, who holds or releases has it alone."""
    with connection.cursor() as cursor:
        cursor.callproc("pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared", [HOLDS])


def on_hold() -> bool:
    """Whether a hold is open: nothing leaves the house."""
    return SendHold.objects.open().of_all().exists()


def pause(reason: str) -> int:
    """A person stops all mail: what waits is held until they release it. What is past the fence is on its way. Returns how many."""
    with transaction.atomic():
        watch_holds(alone=True)
        SendHold.objects.create(reason=reason)
        return OutgoingMessage.objects.filter(state=MessageState.QUEUED).update(
            state=MessageState.HELD, lease_token=None, lease_until=None
        )


def hold(reason: str) -> int:
    """After a restore: nothing leaves until a person says so, and every message not final is uncertain. Returns how many."""
    with transaction.atomic():
        watch_holds(alone=True)
        SendHold.objects.create(reason=reason)
        return OutgoingMessage.objects.filter(
            state__in=[MessageState.QUEUED, MessageState.IN_FLIGHT, MessageState.HELD]
        ).update(
            state=MessageState.UNCERTAIN, reason=reason[:500], settled_at=Now(), lease_token=None, lease_until=None
        )


def release(*, by: AbstractBaseUser) -> int:
    """End every hold and queue what was held meanwhile; returns how many messages."""
    with transaction.atomic():
        watch_holds(alone=True)
        SendHold.objects.open().of_all().update(released_at=timezone.now(), released_by_id=by.pk)
        released = OutgoingMessage.objects.filter(state=MessageState.HELD).update(
            state=MessageState.QUEUED, settled_at=None
        )
        transaction.on_commit(wake)
    return released


# ---------------------------------------------------------------- one dispatch


def hold_of(batch: uuid.UUID) -> SendHold | None:
    """The pause of a dispatch, if it is paused."""
    return SendHold.objects.open().filter(batch=batch).select_related("held_by").first()


@transaction.atomic
def pause_batch(batch: uuid.UUID, *, reason: str, by: AbstractBaseUser) -> bool:
    """Nothing more of this dispatch passes the fence; whether it was not paused before. What is past it is on its way.

    Its messages stay queued: they can be cancelled, and other stops and releases of mail are another matter.
    """
    _hold, new = SendHold.objects.get_or_create(
        batch=batch, released_at=None, defaults={"reason": reason, "held_by_id": by.pk}
    )
    claimed = OutgoingMessage.objects.of(batch).filter(state=MessageState.QUEUED, lease_token__isnull=False)
    claimed.update(lease_token=None, lease_until=None)
    return new


@transaction.atomic
def resume_batch(batch: uuid.UUID, *, by: AbstractBaseUser) -> bool:
    """Let the dispatch go on; whether it was paused."""
    paused = SendHold.objects.open().filter(batch=batch)
    ended = paused.update(released_at=timezone.now(), released_by_id=by.pk)
    transaction.on_commit(wake)
    return bool(ended)
