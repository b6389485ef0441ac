"""State and engines for one command, gone afterwards however the command ends."""

import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskforce.local.engines import Engine, engines
from taskforce.local.paths import State

# Waits for the end of its input, which comes when we end, even by kill -9; then does what we could not.
GUARD = """
read forever
for file in {folder}/postgresql/postmaster.pid {folder}/valkey/valkey.pid; do
  [ -f "$file" ] && kill -INT "$(head -n 1 "$file")"
done
sleep 2
rm -rf {folder} {sockets}
"""


@contextmanager
def throw_away_engines(*, lasting: bool = False) -> Iterator[tuple[State, list[Engine]]]:
    """A fresh state folder with engines beside whatever else runs: fast ones, or `lasting` ones that keep every commit."""
    state = State(Path(tempfile.mkdtemp(prefix="portal-")))
    guard = watch_over(state)
    try:
        with engines(state, {}, lasting=lasting) as ours:
            yield state, ours
    finally:
        guard.kill()
        guard.communicate()
        shutil.rmtree(state.sockets, ignore_errors=True)
        shutil.rmtree(state.folder, ignore_errors=True)


def watch_over(state: State) -> subprocess.Popen[bytes]:
    """A small process that clears up after us if we are killed."""
    script = GUARD.format(folder=shlex.quote(str(state.folder)), sockets=shlex.quote(str(state.sockets)))
    command = ["/bin/sh", "-c", script]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
