"""`run.py` as people use it: a real portal in a folder of the test's own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from taskforce.local.engines import Postgres, Valkey
from taskforce.local.paths import ROOT, State
from taskforce.local.ports import LOOPBACK, free_port
from taskforce.local.processes import is_gone

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_", "VALKEY_"))}


def run_py(state: State, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command of run.py that ends by itself."""
    env = CLEAN | {"PORTAL_STATE": str(state.folder), "PORTAL_ENV_FILE": os.devnull} | variables
    command = [sys.executable, ROOT / "run.py", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


@dataclass
class Portal:
    """`run.py`, started."""

    state: State
    variables: dict[str, str] = field(default_factory=dict)

    def start(self) -> "Portal":
        env = CLEAN | {"PORTAL_STATE": str(self.state.folder), "PORTAL_ENV_FILE": os.devnull} | self.variables
        self.output = self.state.folder / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen([sys.executable, ROOT / "run.py"], env=env, stdout=output, stderr=output)
        assert self.until(lambda: self.process.poll() is not None or "Portal: http" in self.said, 180), self.said
        return self

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(90) == 0, self.said

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def url(self) -> str:
        return json.loads((self.state.folder / "run.json").read_text())["url"]

    def pids(self) -> dict[str, int]:
        """The services that live, by the name of their log; of PostgreSQL's processes the first."""
        found: dict[str, int] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                log = (folder / "fd" / "1").readlink()
                leads = os.getsid(int(folder.name)) == int(folder.name)
            except (OSError, ValueError):
                continue
            if log.parent == self.state.folder / "logs" and leads:
                found[log.stem] = min(int(folder.name), found.get(log.stem, sys.maxsize))
        return found

    @staticmethod
    def until(condition: Callable[[], object], seconds: float = 30) -> bool:
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            time.sleep(0.1)
        return bool(condition())


@pytest.fixture(scope="module")
def lasting_state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """One folder for all tests of this file: the database is made once."""
    return State(tmp_path_factory.mktemp("state"))


@pytest.fixture
def portal(lasting_state: State) -> Iterator[Portal]:
    """A portal on a port that another program holds."""
    with socket.create_server((LOOPBACK, free_port(18000))) as other:
        running = Portal(lasting_state, {"PORTAL_PORT": str(other.getsockname()[1])}).start()
        yield running
        if running.process.poll() is None:
            running.stop()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
class TestARunningPortal:
    def test_an_occupied_port_gives_way_and_a_second_run_prints_the_address(self, portal: Portal) -> None:
        assert not portal.url.endswith(":" + portal.variables["PORTAL_PORT"])
        with urllib.request.urlopen(f"{portal.url}/readyz", timeout=10) as answer:  # noqa: S310 - our own address
            assert answer.status == 200
        second = run_py(portal.state)
        assert (second.returncode, second.stdout.strip()[-len(portal.url) :]) == (0, portal.url)
        assert (portal.state.folder / "run.json").stat().st_mode & 0o777 == 0o600

    def test_a_killed_worker_is_started_again(self, portal: Portal) -> None:
        before = portal.pids()["worker"]
        os.kill(before, signal.SIGKILL)
        assert portal.until(lambda: portal.pids().get("worker", before) != before, 90)
        assert "worker has ended (-9) and is started again at once" in portal.said

    def test_a_killed_launcher_leaves_only_the_engines_and_the_next_run_takes_them(self, portal: Portal) -> None:
        before = portal.pids()
        assert before.keys() == {"web", "worker", "beat", "mail", "postgresql", "valkey"}
        portal.process.kill()
        portal.process.wait()
        assert portal.until(lambda: portal.pids().keys() == {"postgresql", "valkey"}), portal.pids()
        portal.start()
        assert portal.pids()["postgresql"] == before["postgresql"]
        assert re.search("PostgreSQL was running(.|\n)*Valkey was running", portal.said)
        portal.stop()
        assert portal.until(lambda: is_gone(before["postgresql"]) and is_gone(before["valkey"]))

    def test_stopping_leaves_nobody(self, portal: Portal) -> None:
        portal.stop()
        assert portal.pids() == {}
        assert not (portal.state.folder / "run.json").exists()
        assert not any(engine(portal.state).answers() for engine in (Postgres, Valkey))

    def test_a_backup_comes_back(self, lasting_state: State, tmp_path: Path) -> None:
        file = tmp_path / "portal.zip"
        count = ["manage", "shell", "--no-imports", "-v0", "-c"]
        users = "from accounts.models import User; print('users', User.objects.count())"
        before = run_py(lasting_state, *count, users)
        assert run_py(lasting_state, "backup", str(file)).returncode == 0
        run_py(
            lasting_state,
            *count,
            "from django.db import connection as c; c.cursor().execute('drop table core_job cascade')",
        )
        restored = run_py(lasting_state, "restore", str(file))
        assert restored.returncode == 0, restored.stderr
        assert "messages are uncertain now" in restored.stdout
        after = run_py(lasting_state, *count, users)
        assert re.findall(r"users \d+", before.stdout) == re.findall(r"users \d+", after.stdout) != []


def test_a_damaged_backup_is_refused(state: State, tmp_path: Path) -> None:
    damaged = tmp_path / "portal.zip"
    damaged.write_bytes(b"not an archive")
    answer = run_py(state, "restore", str(damaged))
    assert answer.returncode == 1
    assert "is no backup of this portal" in answer.stderr


def test_a_broken_env_file_is_told_before_anything_starts(state: State, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("PORTAL_SMTP_PORT=smtp\n")
    answer = run_py(state, PORTAL_ENV_FILE=str(tmp_path / "env"))
    assert answer.returncode == 1
    assert "line 1: PORTAL_SMTP_PORT must be a whole number, not 'smtp'" in answer.stderr
    assert not (state.folder / "postgresql").exists()


def test_every_command_on_this_copy_heeds_the_env_file(tmp_path: Path) -> None:
    lines = [f"PORTAL_STATE={tmp_path / 'ours'}", "DATABASE_URL=postgresql:///theirs", "VALKEY_URL=unix:///nowhere"]
    (tmp_path / "env").write_text("\n".join(lines))
    tell = "from django.conf import settings as s; print(s.DATABASES['default']['NAME'], s.FILES_ROOT)"
    command = [sys.executable, ROOT / "run.py", "manage", "shell", "--no-imports", "-v0", "-c", tell]
    env = CLEAN | {"PORTAL_ENV_FILE": str(tmp_path / "env")}
    answer = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == f"theirs {tmp_path / 'ours' / 'files'}", answer.stderr


def test_a_missing_engine_is_told_without_a_traceback(state: State) -> None:
    answer = run_py(state, PORTAL_POSTGRES="/nowhere")
    assert answer.returncode == 1
    assert answer.stderr.startswith("There is no PostgreSQL in /nowhere")


def test_an_unknown_command_names_the_known_ones(state: State) -> None:
    answer = run_py(state, "strat")
    assert answer.returncode == 2
    assert "It knows: run, " in answer.stderr
