"""Where the local run keeps its things, and how it speaks."""

import hashlib
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOWNLOADS = ROOT / ".portal"  # what was fetched once stays here, also while a throw-away portal runs
STARTED = float(os.environ.get("PORTAL_STARTED", time.time()))
LONGEST_SOCKET_FOLDER = 80  # a Unix socket's path may have about 100 characters


class ProblemError(Exception):
    """Something a person can put right: says what is wrong and what to do."""


def say(line: str) -> None:
    """Print one line with the seconds since the command began."""
    print(f"[{time.time() - STARTED:6.1f} s] {line}", flush=True)


@dataclass(frozen=True)
class State:
    """The folder that holds one local portal's data, sockets, logs and secrets."""

    folder: Path

    @classmethod
    def of_this_copy(cls) -> "State":
        """The lasting state of this working copy: `.portal`, or the folder named by PORTAL_STATE."""
        state = cls(Path(os.environ.get("PORTAL_STATE", DOWNLOADS)).resolve())
        state.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return state

    @property
    def sockets(self) -> Path:
        """A folder only this user may enter, with a path short enough for Unix sockets."""
        folder = self.folder / "run"
        if len(str(folder)) > LONGEST_SOCKET_FOLDER:
            name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]
            folder = Path(tempfile.gettempdir()) / f"portal-{os.getuid()}-{name}"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_uid != os.getuid():
            raise ProblemError(f"{folder} belongs to another user. Remove it, or set TMPDIR to a folder of your own.")
        folder.chmod(0o700)
        return folder

    def log(self, name: str) -> Path:
        """The log file of one process."""
        folder = self.folder / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.log"


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, for a message to a person."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def is_linux() -> bool:
    """Whether this is Linux, where a few kernel features help."""
    return sys.platform.startswith("linux")
