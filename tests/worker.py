"""A real Celery worker on the real broker, as a process of its own, as a test needs it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import connection

from taskforce.celery import app


class Worker:
    """One worker process on the test's own database, broker and files."""

    def __init__(self, **environment: str) -> None:
        database = connection.settings_dict
        folder = database["HOST"] or database["OPTIONS"].get("host", "")
        url = f"postgresql://{database['USER']}@/{database['NAME']}?host={folder}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": url,
            "VALKEY_URL": settings.VALKEY_URL,
            "PORTAL_FILES": str(settings.FILES_ROOT),
            "PORTAL_SMTP_PORT": str(settings.EMAIL_PORT),
            "PYTHONWARNINGS": "default",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin; returns once the process runs (it takes work as soon as it is ready)."""
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "taskforce",
            "worker",
            "-c",
            "2",
            "-l",
            "WARNING",
            "--without-gossip",
        ]
        self.process = subprocess.Popen([*command, "--without-mingle"], env=self.environment, start_new_session=True)

    def kill(self) -> None:
        """Kill -9, with its children."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Let it finish what it has in hand."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()

    def _signal(self, number: int) -> None:
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            self.process.wait(30)


@contextmanager
def celery_worker(**environment: str) -> Iterator[Worker]:
    """A running worker; stopped when the block ends, its queue emptied."""
    worker = Worker(**environment)
    app.control.purge()
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
        app.control.purge()


def eventually(truth: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait until `truth()` is true; fails when it never is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if truth():
            return
        time.sleep(0.1)
    raise AssertionError(f"not true within {seconds} seconds")
