"""The pace of the relay: so many messages a minute, whoever sends them.

When a relay may be given the next messages is a moment in the database, locked by whoever claims some. So the pace holds across
workers, and a broker or a worker that is lost changes nothing about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from core.models import Pace

SLICES = 12  # a minute's messages are given in so many portions


@dataclass
class Share:
    """How many messages may be claimed now, and how many were."""

    limit: int
    used: int = 0


@contextmanager
def allowed(limit: int) -> Iterator[Share]:
    """How many of `limit` messages may be claimed now, inside the caller's transaction; what is used moves the moment of the next."""
    if not settings.MAIL_PER_MINUTE:
        yield Share(limit)
        return
    Pace.objects.get_or_create(relay=relay())
    pace, now = Pace.objects.select_for_update().get(relay=relay()), timezone.now()
    share = Share(0 if pace.free_at > now else min(limit, max(1, settings.MAIL_PER_MINUTE // SLICES)))
    yield share
    if share.used:
        pace.free_at = now + timedelta(minutes=share.used / settings.MAIL_PER_MINUTE)
        pace.save(update_fields=["free_at"])


def wait() -> float:
    """Seconds until the relay may be given more."""
    if not settings.MAIL_PER_MINUTE:
        return 0
    free_at = Pace.objects.filter(relay=relay()).values_list("free_at", flat=True).first()
    return max(0.0, (free_at - timezone.now()).total_seconds()) if free_at else 0


def minutes(messages: int) -> int | None:
    """How many minutes so many messages take at least; None where no pace is set."""
    return -(-messages // settings.MAIL_PER_MINUTE) if settings.MAIL_PER_MINUTE else None


def relay() -> str:
    """The relay by which mail goes."""
    return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
