"""10,000 messages, each with a PDF of 50 kB of its own, through the outbox to a local SMTP sink: messages per second.

`portal` is what happens to waiting mail: a Celery worker of two processes, both of which may deliver, claims, fences, hands over and
settles, each process on one connection to PostgreSQL as in production (every commit kept) and one to the sink. `bare loops` send
the same messages, finished beforehand, by smtplib in as many processes on one connection each; `bare loop` in one. The sink is
aiosmtpd in a process of its own; `lean sink` stands for one that does nothing but find the end of a message.
PORTAL_BENCH_MESSAGES sets another number.
"""

from __future__ import annotations

import multiprocessing
import os
import smtplib
import subprocess
import sys
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from taskforce.local.bench.cases import Case, Figures
from taskforce.local.ports import LOOPBACK, free_port

NEEDS = "database"
LASTING = True
TELL = True
ROUNDS = 3
NUMBER = int(os.environ.get("PORTAL_BENCH_MESSAGES", "10000"))
WORKERS = 2  # processes that send
PORTION = 250  # messages that are queued at once
PDF = 50_000  # bytes
BUILT = 500  # messages of the bare loop, sent again and again
UNSETTLED = ("queued", "in_flight")
SINKS = ("aiosmtpd", "lean")
BARE = {"bare loop": 1, "bare loops": WORKERS}
RATIOS = {
    f"share of the rate of the {bare}, {sink} sink": (f"{bare}, {sink} sink", f"portal, {sink} sink")
    for sink in SINKS
    for bare in BARE
}

state: dict[str, Any] = {}


def cases() -> list[Case]:
    """All with each sink."""
    return [
        case
        for sink in SINKS
        for case in (
            Case(f"portal, {sink} sink", portal, setup=partial(get_ready, sink, worker=True), teardown=end),
            *(
                Case(f"{bare}, {sink} sink", partial(loops, number), setup=partial(get_ready, sink), teardown=end)
                for bare, number in BARE.items()
            ),
        )
    ]


def get_ready(sink: str, *, worker: bool = False) -> None:
    """Start the sink, and a worker that waits."""
    from django.conf import settings

    port = free_port(0)
    state["sink"] = subprocess.Popen(
        [sys.executable, "-m", "taskforce.local.bench.sink", sink, str(port)], stdout=subprocess.PIPE
    )
    state["sink"].stdout.readline()
    settings.EMAIL_HOST, settings.EMAIL_PORT = LOOPBACK, port
    state["taken"] = 0
    if worker:
        hire(sink, port)


def hire(name: str, port: int) -> None:
    """Start a Celery worker and let it take no work yet."""
    from taskforce.celery import app

    calm = ("--loglevel=WARNING", "--without-gossip", "--without-mingle")
    command = ["celery", "--app", "taskforce", "worker", f"--concurrency={WORKERS}", "-n", f"{name}@bench", *calm]
    relay = {
        "PORTAL_SMTP_HOST": LOOPBACK,
        "PORTAL_SMTP_PORT": str(port),
        "PORTAL_MAIL_CONNECTIONS": str(WORKERS),
    }
    state["name"] = f"{name}@bench"
    state["worker"] = subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, **relay})
    while not app.control.ping(destination=[state["name"]], timeout=1):
        if state["worker"].poll() is not None:
            raise RuntimeError("The worker did not start.")
    take_work(begin=False)


def take_work(*, begin: bool) -> None:
    """Let the worker begin, or stop after what it has in hand."""
    from taskforce.celery import app

    tell = app.control.add_consumer if begin else app.control.cancel_consumer
    tell("celery", destination=[state["name"]], reply=True)


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
    for first in range(0, number, PORTION):
        enqueue_many(drafts[first : first + PORTION])


TEXT = "\n".join(["The Task Force has written to you. The letter is attached, and stands on the page below."] * 12)


def portal() -> Figures:
    """Let the worker deliver all that waits."""
    from core.models import OutgoingMessage

    queue(NUMBER)
    os.sync()  # what was written for it is no part of the dispatch
    begun = time.perf_counter()
    take_work(begin=True)
    while any(OutgoingMessage.objects.filter(state=state).exists() for state in UNSETTLED):
        time.sleep(0.1)
    seconds = time.perf_counter() - begun
    take_work(begin=False)
    return rate(seconds)


def loops(number: int) -> Figures:
    """The same messages without a word in the database, on so many connections."""
    built()
    with ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("fork")) as pool:
        begun = time.perf_counter()
        list(pool.map(loop, [(first, number) for first in range(number)]))
        return rate(time.perf_counter() - begun)


def loop(part: tuple[int, int]) -> None:
    """Every so manieth message from the first on, over one connection."""
    first, step = part
    messages = state["built"]
    with smtplib.SMTP(LOOPBACK, _port()) as relay:
        for number in range(first, NUMBER, step):
            relay.sendmail("secretariat@example.org", [f"rc{number}@example.org"], messages[number % BUILT])


def built() -> None:
    """Finished messages, made by the outbox itself."""
    from core.models import OutgoingMessage
    from core.outbox.wire import as_bytes

    if "built" not in state:
        queue(BUILT)
        rows = OutgoingMessage.objects.filter(state="queued").prefetch_related("enclosures__file")
        state["built"] = [as_bytes(row, [one.file for one in row.enclosures.all()]) for row in rows[:BUILT]]
        rows.update(state="cancelled")


def rate(seconds: float) -> dict[str, float]:
    """The figures of a sample, after a check that the sink has everything, once."""
    state["taken"] += NUMBER
    with smtplib.SMTP(LOOPBACK, _port()) as relay:
        counted = int(relay.noop()[1].split()[0])
    if counted != state["taken"]:
        raise ValueError(f"The sink has {counted} messages, not {state['taken']}.")
    return {"seconds": seconds, "messages per second": NUMBER / seconds}


def _port() -> int:
    from django.conf import settings

    return int(settings.EMAIL_PORT)


def end() -> None:
    """End the worker and the sink."""
    if worker := state.get("worker"):
        worker.terminate()
        worker.wait()
    state["sink"].kill()
    state["sink"].wait()
