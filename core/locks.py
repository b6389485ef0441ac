"""Locks that a session of PostgreSQL holds: free the moment it ends, however it ends (ADR 4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection


def number(name: bytes) -> int:
    """The number of a lock, 64 bits: its name's first eight bytes."""
    return int.from_bytes(name[:8], "big", signed=True)


@contextmanager
def tried(key: int) -> Iterator[bool]:
    """Hold the lock of that number on this connection; False where another session holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with suppress(Error), connection.cursor() as cursor:  # a session that broke holds nothing
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
