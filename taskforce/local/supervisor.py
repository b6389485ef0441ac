"""Keeps the portal's processes alive, and ends them one after the other.

A process that ends is started again, at once the first time and then after a growing pause. Stopping goes in the
reverse order of starting, each with its own signal and time, so that work in hand is finished.
"""

import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from taskforce.local import processes
from taskforce.local.engines import Engine, ensure
from taskforce.local.paths import State, say

LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0  # a process that ran this long has no failures to its name


@dataclass
class Service:
    """One process of the portal."""

    name: str
    command: list[str]
    seconds_to_stop: float = 15
    process: subprocess.Popen[bytes] | None = None
    began: float = 0
    failures: int = 0
    next_try: float = 0


@dataclass
class Supervisor:
    """The services of one portal and the engines below them."""

    state: State
    env: Mapping[str, str]
    engines: list[Engine]
    services: list[Service] = field(default_factory=list)

    def start(self, service: Service) -> None:
        """Start a service; it ends with us, however we end."""
        service.began = time.monotonic()
        log = self.state.log(service.name)
        service.process = processes.spawn(service.command, log, env=self.env, dies_with_us=True)
        if service not in self.services:
            self.services.append(service)

    def tend(self) -> None:
        """Look after everyone once: called again and again."""
        for engine in self.engines:
            if not engine.answers():
                say(f"{engine.name} has ended and is started again")
                ensure(engine, self.state)
        now = time.monotonic()
        for service in self.services:
            if service.process and service.process.poll() is not None:
                self.note_end(service, service.process.returncode, now)
            if not service.process and now >= service.next_try:
                self.start(service)

    def note_end(self, service: Service, code: int, now: float) -> None:
        """Count a service's end and say when it is tried again."""
        service.process = None
        service.failures = 1 if now - service.began > STEADY_AFTER else service.failures + 1
        pause = 0 if service.failures == 1 else min(2.0 ** (service.failures - 1), LONGEST_PAUSE)
        service.next_try = now + pause
        when = f"in {pause:.0f} s" if pause else "at once"
        say(f"{service.name} has ended ({code}) and is started again {when}; its log: {self.state.log(service.name)}")

    def stop(self) -> None:
        """End the services, the last started first."""
        while self.services:
            service = self.services.pop()
            if service.process:
                processes.end(service.process, signal.SIGTERM, service.seconds_to_stop)
