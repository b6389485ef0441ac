"""`run.py doctor`: what is here, what is missing, what to do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from taskforce.local import browser, dotenv, frontend, native
from taskforce.local.engines import postgres_binaries, valkey_binary
from taskforce.local.paths import ROOT, ProblemError

SPACE_NEEDED = 2  # GB
Finding = Callable[[], str]


def run(arguments: list[str]) -> int:
    """One line for each thing the portal needs; 0 if the portal itself can run."""
    with suppress(ProblemError):  # a broken file is a finding of its own
        dotenv.heed()
    missing = 0
    for name, (find, needed) in FINDINGS.items():
        try:
            print(f"ok       {name:12} {find()}")
        except (ProblemError, OSError) as problem:
            missing += needed
            print(f"{'MISSING ' if needed else 'optional'} {name:12} {problem}")
    return 1 if missing else 0


def python() -> str:
    """The version and where it runs."""
    return f"{sys.version.split()[0]} in {sys.prefix}"


def space() -> str:
    """Free space for the state folder."""
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < SPACE_NEEDED:
        raise ProblemError(f"only {free:.1f} GB are free in {ROOT}, make room for {SPACE_NEEDED} GB")
    return f"{free:.0f} GB free"


def settings() -> str:
    """The `.env` file, if there is one."""
    file = dotenv.of_this_copy()
    return f"{len(dotenv.read(file))} values in {file.name}" if file.exists() else "no .env, none is needed"


def postgresql() -> str:
    """The server to be started, or the one named."""
    if "DATABASE_URL" in os.environ:
        return "named by DATABASE_URL"
    return version_of(postgres_binaries() / "postgres")


def valkey() -> str:
    """The server to be started, or the one named."""
    return "named by VALKEY_URL" if "VALKEY_URL" in os.environ else version_of(valkey_binary())


def pdf() -> str:
    """Pango."""
    if not native.works():
        raise ProblemError(native.hint())
    return "Pango loads"


def node() -> str:
    """Node, needed to build the front end."""
    command, _ = frontend.npm_command()
    return " ".join(command)


def chromium() -> str:
    """Chromium, needed by the browser tests only."""
    found = browser.find()
    if not found:
        raise ProblemError(browser.HINT)
    return found


def version_of(program: Path) -> str:
    """The first line a program says about itself."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return f"{said.splitlines()[0]} ({program})"


FINDINGS: dict[str, tuple[Finding, bool]] = {  # whether the portal cannot run without it
    "Python": (python, True),
    "disk": (space, True),
    ".env": (settings, True),
    "PostgreSQL": (postgresql, True),
    "Valkey": (valkey, True),
    "Node": (node, True),
    "PDF": (pdf, False),
    "Chromium": (chromium, False),
}
