"""`run.py` as people use it: a real portal in a folder of the test's own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from taskforce.local import backup
from taskforce.local.engines import Postgres, Valkey
from taskforce.local.paths import ROOT, State
from taskforce.local.ports import LOOPBACK
from taskforce.local.processes import is_gone
from taskforce.local.running import RunsAlreadyError, alone
from tests.worker import eventually

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_", "VALKEY_"))}

SHELL = ["manage", "shell", "--no-imports", "-v0", "-c"]
COUNT = "from accounts.models import User; from core.models import Job; n = User.objects.count(), Job.objects.count()"
COUNT += "; print('users', n[0], 'jobs', n[1])"
COUNTED = r"users \d+ jobs \d+"
FORGE = "from django.db import connection as c; u = c.cursor(); u.execute('set session_replication_role = replica');"
FORGE += " u.execute('update accounts_userevent set name = upper(name)')"
DROP = "from django.db import connection as c; c.cursor().execute('drop table core_job cascade')"


def run_py(state: State, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command of run.py that ends by itself."""
    env = CLEAN | {"PORTAL_STATE": str(state.folder), "PORTAL_ENV_FILE": os.devnull} | variables
    command = [sys.executable, ROOT / "run.py", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def must_run(state: State, *arguments: str) -> str:
    """What a command of run.py prints; it must succeed."""
    done = run_py(state, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


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
        eventually(lambda: self.process.poll() is not None or "Portal: http" in self.said, seconds=180)
        assert self.process.poll() is None, self.said
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


@pytest.fixture(scope="module")
def lasting_state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """One folder for all tests of this file: the database is made once."""
    return State(tmp_path_factory.mktemp("state"))


@pytest.fixture
def portal(lasting_state: State) -> Iterator[Portal]:
    """A portal on a port that another program holds."""
    with socket.create_server((LOOPBACK, 0)) as other:
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
        eventually(lambda: portal.pids().get("worker", before) != before, seconds=90)
        assert "worker has ended (-9) and is started again at once" in portal.said

    def test_a_killed_launcher_leaves_only_the_engines_and_the_next_run_takes_them(self, portal: Portal) -> None:
        before = portal.pids()
        assert before.keys() == {"web", "worker", "beat", "mail", "postgresql", "valkey"}
        portal.process.kill()
        portal.process.wait()
        eventually(lambda: portal.pids().keys() == {"postgresql", "valkey"}, seconds=30)
        portal.start()
        assert portal.pids()["postgresql"] == before["postgresql"]
        assert re.search("PostgreSQL was running(.|\n)*Valkey was running", portal.said)
        portal.stop()
        eventually(lambda: is_gone(before["postgresql"]) and is_gone(before["valkey"]), seconds=30)

    def test_stopping_leaves_nobody(self, portal: Portal) -> None:
        portal.stop()
        assert portal.pids() == {}
        assert not (portal.state.folder / "run.json").exists()
        assert not any(engine(portal.state).answers() for engine in (Postgres, Valkey))

    def test_a_backup_comes_back(self, lasting_state: State, tmp_path: Path) -> None:
        archive, stored = tmp_path / "portal.zip", lasting_state.folder / "files" / "of-a-test" / "letter.pdf"
        must_run(lasting_state, "manage", "prepare")
        stored.parent.mkdir(parents=True)
        stored.write_bytes(b"%PDF- as it was")
        before = must_run(lasting_state, *SHELL, COUNT)
        head = must_run(lasting_state, "manage", "verify_audit", "--head").split()[-1]
        must_run(lasting_state, "backup", str(archive))
        must_run(lasting_state, *SHELL, DROP)
        stored.unlink()
        assert "messages are uncertain now" in must_run(lasting_state, "restore", str(archive))
        after = must_run(lasting_state, *SHELL, COUNT)
        assert re.findall(COUNTED, after) == re.findall(COUNTED, before) != []
        assert stored.read_bytes() == b"%PDF- as it was"
        assert " 0 flaws" in must_run(lasting_state, "manage", "verify_audit", "--expect", head)
        must_run(lasting_state, *SHELL, FORGE)
        forged = run_py(lasting_state, "manage", "verify_audit", "--expect", head)
        assert forged.returncode != 0, forged.stdout


def test_nothing_is_restored_under_a_running_portal(state: State, tmp_path: Path) -> None:
    with alone(state):
        answer = run_py(state, "restore", str(tmp_path / "portal.zip"))
    assert answer.returncode == 1
    assert "Stop it with Ctrl-C" in answer.stderr


def test_no_portal_starts_while_a_backup_is_restored(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = {"DATABASE_URL": "postgresql:///nowhere", "VALKEY_URL": "unix:///nowhere"}
    for name, value in {"PORTAL_STATE": str(state.folder), **nowhere}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(backup, "unpack", lambda *_: alone(state).__enter__())
    with pytest.raises(RunsAlreadyError):
        backup.restore(["portal.zip"])


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
