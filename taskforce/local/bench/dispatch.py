"""10,000 messages, each with a PDF of 50 kB of its own, through the outbox to a local SMTP sink: messages per second.

`portal` is what a worker does with waiting mail (`core.outbox.deliver`): claim, fence, hand over, settle, on one connection to
PostgreSQL as in production (every commit kept) and one to the sink. `bare loop` sends the same messages, finished beforehand,
by smtplib on one connection: the sink's own limit. The sink is aiosmtpd in a process of its own; `lean sink` stands for one
that does nothing but find the end of a message. PORTAL_BENCH_MESSAGES sets another number. The processor time is that
of the process that sends, which says more than the rate on a machine that has other work.
"""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import uuid
from functools import partial
from typing import Any

from taskforce.local.bench.cases import Case, Figures
from taskforce.local.ports import LOOPBACK, free_port

NEEDS = "database"
LASTING = True
TELL = True
ROUNDS = 3
NUMBER = int(os.environ.get("PORTAL_BENCH_MESSAGES", "10000"))
PDF = 50_000  # bytes
BUILT = 500  # messages of the bare loop, sent again and again
SINKS = ("aiosmtpd", "lean")
RATIOS = {
    f"share of the bare loop's rate, {sink} sink": (f"bare loop, {sink} sink", f"portal, {sink} sink") for sink in SINKS
}

state: dict[str, Any] = {}


def cases() -> list[Case]:
    """Both with each sink."""
    return [
        case
        for sink in SINKS
        for case in (
            Case(f"portal, {sink} sink", portal, setup=partial(get_ready, sink), teardown=end),
            Case(f"bare loop, {sink} sink", bare, setup=partial(get_ready, sink), teardown=end),
        )
    ]


def get_ready(sink: str) -> None:
    """Start the sink; keep a PDF for each message."""
    from django.conf import settings

    port = free_port(0)
    state["sink"] = subprocess.Popen(
        [sys.executable, "-m", "taskforce.local.bench.sink", sink, str(port)], stdout=subprocess.PIPE
    )
    state["sink"].stdout.readline()
    settings.EMAIL_HOST, settings.EMAIL_PORT = LOOPBACK, port
    state["taken"] = 0


def files(number: int) -> list[Any]:
    """So many PDFs, each with other bytes."""
    from core.files import store

    kept: list[Any] = state.setdefault("files", [])
    while len(kept) < number:
        data = b"%PDF-1.7\n" + os.urandom(PDF)
        kept.append(store(name="letter.pdf", content_type="application/pdf", data=data))
    return kept[:number]


def queue(number: int) -> None:
    """Let so many messages wait, as a dispatch queues them."""
    from core.outbox import Draft, enqueue_many

    batch = uuid.uuid4()
    drafts = [
        Draft(
            f"bench:{batch}:{place}",
            f"rc{place}@example.org",
            "Letter TF/2026/1",
            TEXT,
            attachments=[file],
            batch=batch,
        )
        for place, file in enumerate(files(number))
    ]
    for first in range(0, number, 1000):
        enqueue_many(drafts[first : first + 1000])


TEXT = "\n".join(["The Task Force has written to you. The letter is attached, and stands on the page below."] * 12)


def portal() -> Figures:
    """Deliver all that waits."""
    import time

    from core import outbox

    queue(NUMBER)
    begun, used, taken = time.perf_counter(), time.process_time(), 0
    while more := outbox.deliver():
        taken += more
    return rate(taken, time.perf_counter() - begun, time.process_time() - used)


def bare() -> Figures:
    """The same messages on one connection, without a word in the database."""
    import time

    messages = built()
    begun, used = time.perf_counter(), time.process_time()
    with smtplib.SMTP(LOOPBACK, _port()) as relay:
        for number in range(NUMBER):
            relay.sendmail("secretariat@example.org", [f"rc{number}@example.org"], messages[number % BUILT])
    return rate(NUMBER, time.perf_counter() - begun, time.process_time() - used)


def built() -> list[bytes]:
    """Finished messages, made by the outbox itself."""
    from core.models import OutgoingMessage
    from core.outbox.wire import as_bytes

    if "built" not in state:
        queue(BUILT)
        rows = OutgoingMessage.objects.filter(state="queued").prefetch_related("enclosures__file")
        state["built"] = [as_bytes(row, [one.file for one in row.enclosures.all()]) for row in rows[:BUILT]]
        rows.update(state="cancelled")
    return list(state["built"])


def rate(taken: int, seconds: float, used: float) -> dict[str, float]:
    """The figures of a sample, after a check that the sink has everything."""
    state["taken"] += taken
    with smtplib.SMTP(LOOPBACK, _port()) as relay:
        counted = int(relay.noop()[1].split()[0])
    if taken != NUMBER or counted != state["taken"]:
        raise ValueError(f"{taken} of {NUMBER} messages were sent; the sink has {counted}, not {state['taken']}")
    own = {"own processor time per message (ms)": 1000 * used / taken}
    return {"seconds": seconds, "messages per second": taken / seconds, **own}


def _port() -> int:
    from django.conf import settings

    return int(settings.EMAIL_PORT)


def end() -> None:
    """End the sink."""
    state["sink"].kill()
    state["sink"].wait()
