"""Start, watch and stop processes, our own children or not."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from taskforce.local.paths import ROOT, ProblemError, is_linux, tail

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def words(*parts: str | Path) -> list[str]:
    """A command line from words and paths."""
    return [str(part) for part in parts]


def spawn(
    command: Sequence[str], log: Path, *, env: Mapping[str, str] | None = None, dies_with_us: bool = False
) -> subprocess.Popen[bytes]:
    """Start a command in the project's folder and a session of its own, its output appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if dies_with_us and is_linux() else None,
        )


def _die_with_parent() -> None:
    """Ask the kernel for SIGTERM when our parent ends, however it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end(process: subprocess.Popen[bytes], with_signal: signal.Signals, seconds: float) -> None:
    """Ask our child to end and wait; after `seconds` end it for good."""
    process.send_signal(with_signal)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_stranger(pid: int, with_signal: signal.Signals, seconds: float) -> None:
    """The same for a process that is not our child."""
    for ask in (with_signal, signal.SIGKILL):
        if is_gone(pid):
            return
        os.kill(pid, ask)
        until = time.monotonic() + seconds
        while time.monotonic() < until and not is_gone(pid):
            time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether a process that is not our child has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    """Wait for a just started process; on failure say how its log ends."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if ready():
            return
        time.sleep(0.03)
    reason = "ended" if process.poll() is not None else f"did not answer within {seconds:.0f} s"
    raise ProblemError(f"{Path(log).stem} {reason}. The end of {log}:\n{tail(log)}")
