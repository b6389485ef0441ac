"""The processes of a portal that is to be struck: PostgreSQL, Valkey, worker, beat and relay, and how each is struck."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from taskforce.local import processes
from taskforce.local.chaos.plan import Blow, Kind
from taskforce.local.chaos.verdict import Struck
from taskforce.local.engines import Engine
from taskforce.local.paths import ProblemError, State, say, tail
from taskforce.local.processes import words

LEASE, TIMEOUT, PAUSE, SWEEP = 2, 4, 1, 1  # seconds: everything that waits in production waits less here
SLOW = 3.0  # seconds: longer than the lease, shorter than the sender's patience
HURRY = {
    "PORTAL_MAIL_LEASE": str(LEASE),
    "PORTAL_SMTP_TIMEOUT": str(TIMEOUT),
    "PORTAL_MAIL_PAUSE": str(PAUSE),
    "PORTAL_SWEEP": str(SWEEP),
}
AWAY = 1.0  # seconds a relay is away
PATIENCE = 60.0  # seconds for an engine to come back
PYTHON = (sys.executable, "-m")


@dataclass
class House:
    """Everything that runs. `bug` names a mutant of the worker (see `mutants`), or none."""

    state: State
    env: Mapping[str, str]
    postgres: Engine
    valkey: Engine
    plan: Path
    log: Path
    bug: str = ""
    struck: list[Struck] = field(default_factory=list)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def command(self, name: str) -> list[str]:
        """The command line of a process."""
        celery = (*PYTHON, "celery", "--app", "taskforce")
        worker = (*PYTHON, "taskforce.local.chaos.mutants", self.bug, "--app", "taskforce") if self.bug else celery
        calm = ("worker", "--concurrency=2", "--loglevel=INFO", "--without-gossip", "--without-mingle")
        beats = self.state.folder / "beat-schedule"
        commands: dict[str, list[str]] = {
            "relay": words(
                *PYTHON, "taskforce.local.chaos.relay", self.env["PORTAL_SMTP_PORT"], self.plan, self.log, str(SLOW)
            ),
            "worker": words(*worker, *calm),
            "beat": words(*celery, "beat", "--loglevel=WARNING", "--schedule", beats, "--pidfile="),
        }
        return commands[name]

    def start(self, name: str) -> None:
        """Start a process; it ends with us."""
        self.running[name] = processes.spawn(self.command(name), self.state.log(name), env=self.env, dies_with_us=True)

    def tend(self) -> None:
        """Start again what ended by itself."""
        for name, process in self.running.items():
            if process.poll() is not None:
                if name == "relay":
                    raise ProblemError(f"The relay ended by itself:\n{tail(self.state.log(name))}")
                say(f"  {name} has ended by itself ({process.returncode}) and is started again")
                self.start(name)

    def kill(self, name: str) -> None:
        """Kill -9 a process and its children."""
        process = self.running[name]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def strike(self, blow: Blow) -> None:
        """Let a blow fall and bring up again what it felled."""
        at = time.time()
        BLOWS[blow.kind](self)
        self.struck.append(Struck(blow.kind, at, time.time()))
        say(f"  {blow.kind}: letter {blow.letter}, {blow.stage} ({at:.1f} to {time.time():.1f})")

    def strike_worker(self) -> None:
        """The worker and its processes."""
        self.kill("worker")
        self.start("worker")

    def strike_pool(self) -> None:
        """The processes that work, under the one that gives them work."""
        for child in children(self.running["worker"].pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    def strike_beat(self) -> None:
        """Beat, in the middle of whatever it writes."""
        self.kill("beat")
        self.start("beat")

    def strike_relay(self) -> None:
        """The relay; meanwhile nobody takes mail."""
        self.kill("relay")
        time.sleep(AWAY)
        self.start("relay")

    def strike_valkey(self) -> None:
        """Valkey with all that it holds."""
        end_for_good(self.valkey, signal.SIGKILL)
        shutil.rmtree(self.valkey.data)
        self.valkey.start()

    def strike_postgres(self, number: signal.Signals) -> None:
        """PostgreSQL: it comes back as soon as the last process of the old one is gone."""
        end_for_good(self.postgres, number)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self.postgres.start()
            except ProblemError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)


BLOWS: Mapping[Kind, Callable[[House], None]] = {
    Kind.WORKER: House.strike_worker,
    Kind.POOL: House.strike_pool,
    Kind.VALKEY: House.strike_valkey,
    Kind.POSTGRES_STOPPED: lambda house: house.strike_postgres(signal.SIGQUIT),
    Kind.POSTGRES_KILLED: lambda house: house.strike_postgres(signal.SIGKILL),
    Kind.RELAY: House.strike_relay,
    Kind.BEAT: House.strike_beat,
}


@contextmanager
def running(house: House) -> Iterator[House]:
    """The house with relay, worker and beat; they end at once at the end."""
    try:
        for name in ("relay", "worker", "beat"):
            house.start(name)
        yield house
    finally:
        for name in house.running:
            house.kill(name)


def end_for_good(engine: Engine, number: signal.Signals) -> None:
    """Send an engine that we started a signal that it does not survive."""
    if engine.process:
        engine.process.send_signal(number)
        engine.process.wait()


def children(pid: int) -> list[int]:
    """The processes that this one started (Linux)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
