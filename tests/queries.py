"""How many queries something takes: the same for one row as for many."""

from collections.abc import Callable

import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone


def count_queries(act: Callable[[], object]) -> int:
    """How many queries it takes."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def queries_of(client: Client, address: str) -> int:
    """How many queries a page takes once the client's session is warm, on a clock that stands: a session notes its use once a minute."""
    with time_machine.travel(timezone.now(), tick=False):
        client.get(address)
        return count_queries(lambda: opened(client, address))


def opened(client: Client, address: str) -> None:
    """Open a page that must be there."""
    assert client.get(address).status_code == 200
