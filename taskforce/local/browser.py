"""The Chromium of the browser tests: the system's, or Debian's packages unpacked into a local folder without root."""

import os
import shutil
import subprocess
from pathlib import Path

from taskforce.local import native
from taskforce.local.paths import DOWNLOADS, ProblemError, is_linux, say

NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
PACKAGE = "chromium-headless-shell"
UNPACKED = DOWNLOADS / "chromium"
STARTER = UNPACKED / "chromium"
HINT = "Run: python3 run.py setup-browser   or, as root: apt install chromium-headless-shell"


def find() -> str | None:
    """The path of a Chromium that can be driven; a snap cannot."""
    if named := os.environ.get("PORTAL_CHROMIUM"):
        return named if Path(named).exists() else None
    for name in NAMES:
        found = shutil.which(name)
        if found and "snap" not in Path(found).resolve().parts:
            return found
    return str(STARTER) if STARTER.exists() else None


def make_ready() -> bool:
    """Whether there is a Chromium; tries to bring one."""
    if found := find():
        say(f"Chromium: {found}")
        return True
    if is_linux() and native.can_unpack():
        say("Chromium is missing: installing it")
        try:
            install()
        except ProblemError as problem:
            say(str(problem))
    return bool(find())


def install() -> None:
    """With apt as root, else unpacked for this user."""
    if os.geteuid() == 0:
        apt = ["apt-get", "-qq", "-y"]
        native.output_of([*apt, "update"])
        native.output_of([*apt, "install", "--no-install-recommends", PACKAGE])
        return
    native.unpack([PACKAGE], UNPACKED)
    programs = [file for file in UNPACKED.glob("root/usr/lib/**/*headless*shell") if os.access(file, os.X_OK)]
    if not programs:
        raise ProblemError(f"The package {PACKAGE} holds no program that could be started.")
    write_starter(programs[0])


def write_starter(program: Path) -> None:
    """A script that starts the unpacked program with its own libraries."""
    folders = os.pathsep.join(str(folder) for folder in native.library_folders(UNPACKED))
    STARTER.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{folders}" exec "{program}" "$@"\n')
    STARTER.chmod(0o755)


def setup(arguments: list[str]) -> int:
    """`run.py setup-browser`."""
    if not make_ready():
        raise ProblemError(f"No Chromium could be installed. {HINT}")
    return subprocess.run([str(find()), "--version"], check=False).returncode
