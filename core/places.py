"""How many deliveries go to the relay at once: each holds one of its places, so that a long dispatch leaves workers for other work.

A sweep may publish a delivery while one runs; where all places are taken it ends at once. What it came for is found by those who
hold them, or by the next sweep. Whoever dies leaves the place with its session.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.conf import settings

from core import locks
from core.pacing import relay


@contextmanager
def taken() -> Iterator[bool]:
    """Hold a place at the relay until the end; False where all are taken."""
    with ExitStack() as held:
        yield any(held.enter_context(locks.tried(number(place))) for place in range(settings.MAIL_CONNECTIONS))


def number(place: int) -> int:
    """The number of the lock of a place."""
    return locks.number(hashlib.sha256(f"delivery {place} to {relay()}".encode()).digest())
