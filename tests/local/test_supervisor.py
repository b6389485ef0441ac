"""The supervisor: starts again what ends, stops in order, leaves nobody behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskforce.local.paths import ROOT, State
from taskforce.local.processes import is_gone
from taskforce.local.supervisor import Service, Supervisor
from tests.worker import eventually

NOTE_END = "import signal, sys, time\ndef end(*_): open({file!r}, 'a').write({name!r} + '\\n'); sys.exit()\n"
NOTE_END += "signal.signal(signal.SIGTERM, end)\nopen({file!r}, 'a').write('ready\\n')\ntime.sleep(60)"
SUPERVISE = """
import pathlib, sys, time
from taskforce.local.paths import State
from taskforce.local.supervisor import Service, Supervisor
supervisor = Supervisor(State(pathlib.Path(sys.argv[1])), {}, [])
supervisor.start(Service("sleeper", ["sleep", "60"]))
print(supervisor.services[0].process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def supervisor(state: State) -> Iterator[Supervisor]:
    supervisor = Supervisor(state, os.environ, [])
    yield supervisor
    supervisor.stop()


def test_a_killed_service_is_started_again_at_once(supervisor: Supervisor) -> None:
    service = Service("sleeper", ["sleep", "60"])
    supervisor.start(service)
    first = service.process
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    supervisor.tend()
    assert service.process is not first
    assert service.process.poll() is None


def test_a_service_that_keeps_failing_gets_a_growing_pause(supervisor: Supervisor) -> None:
    service = Service("failing", ["false"])
    pauses = []
    for _ in range(7):
        supervisor.start(service)
        service.process.wait()
        supervisor.note_end(service, 1, service.began)
        pauses.append(round(service.next_try - service.began))
    assert pauses == [0, 2, 4, 8, 16, 30, 30]


def test_a_service_that_ran_long_is_forgiven(supervisor: Supervisor) -> None:
    service = Service("steady", ["false"], failures=6)
    supervisor.start(service)
    service.process.wait()
    supervisor.note_end(service, 1, service.began + 61)
    assert service.next_try == service.began + 61


def test_services_stop_in_the_reverse_order(supervisor: Supervisor, tmp_path: Path) -> None:
    file = tmp_path / "lines"
    for name in ("worker", "web", "beat"):
        code = NOTE_END.format(file=str(file), name=name)
        supervisor.start(Service(name, [sys.executable, "-c", code]))
    eventually(lambda: file.exists() and file.read_text().count("ready") == 3, seconds=10)
    supervisor.stop()
    assert file.read_text().split()[3:] == ["beat", "web", "worker"]


def test_a_service_that_does_not_stop_is_killed(supervisor: Supervisor) -> None:
    deaf = (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(60)"
    )
    service = Service("deaf", [sys.executable, "-c", deaf], seconds_to_stop=0.2)
    supervisor.start(service)
    log = supervisor.state.log("deaf")
    eventually(lambda: "deaf" in log.read_text(), seconds=10)
    process = service.process
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the kernel tells children of their parent's end on Linux"
)
def test_services_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        sleeper = int(parent.stdout.readline())
        assert not is_gone(sleeper)
        parent.kill()
    eventually(lambda: is_gone(sleeper), seconds=10)
