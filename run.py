#!/usr/bin/env python3
"""The one door: `python3 run.py` starts the portal on this machine, `python3 run.py test` proves it.

Makes `.venv` from the hash-locked requirements (with uv if it is there, else venv and pip), then hands
over to `taskforce.local`. Standard library only. A stamp in `.venv` lets the second start skip the making.
"""

import fcntl
import hashlib
import os
import shutil
import ssl
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "made-from"
RUN_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"  # everything in RUN_LOCK and the tools of the tests
NEEDS_DEV = {"test", "bench"}
NO_VENV = (
    "Python's venv module cannot make an environment here, and pip is missing too.\n"
    "Do one of these and start again:\n"
    "  sudo apt install python3-venv        (Debian, Ubuntu)\n"
    "  install uv, see https://docs.astral.sh/uv/"
)


def main() -> None:
    """Make the environment if it is missing or old, then become the launcher inside it."""
    os.environ.setdefault("PORTAL_STARTED", str(time.time()))
    uv = find_uv()
    if sys.version_info < (3, 11) and not uv:
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Install it, or uv.")
    lock = DEV_LOCK if NEEDS_DEV.intersection(sys.argv[1:2]) else RUN_LOCK
    if not is_ready(lock):
        with alone():
            if not is_ready(lock):
                make(lock, uv)
    os.environ["PATH"] = f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["PYTHONSAFEPATH"] = "1"
    os.execv(PYTHON, [str(PYTHON), "-m", "taskforce.local", *sys.argv[1:]])  # noqa: S606


def find_uv() -> str | None:
    """A uv that really runs; `PORTAL_NO_UV=1` asks for venv and pip."""
    uv = shutil.which("uv")
    if not uv or os.environ.get("PORTAL_NO_UV"):
        return None
    return uv if subprocess.run([uv, "--version"], capture_output=True, check=False).returncode == 0 else None


def is_ready(lock: Path) -> bool:
    """Whether `.venv` was made from this lock file, here. A linked `.venv` is its owner's care."""
    if not PYTHON.exists():
        return False
    return ENVIRONMENT.is_symlink() or (STAMP.exists() and stamp_of(lock) in STAMP.read_text().splitlines())


def stamp_of(lock: Path) -> str:
    """One line that changes when the lock file or the place of the environment does."""
    return f"{lock.name} {hashlib.sha256(lock.read_bytes()).hexdigest()} {ENVIRONMENT}"


class alone:  # noqa: N801 - used as a statement
    """Only one process makes the environment at a time."""

    def __enter__(self) -> None:
        """Wait for the others."""
        (ROOT / ".portal").mkdir(exist_ok=True)
        self.file = (ROOT / ".portal" / "environment.lock").open("w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        """Let the next one in."""
        self.file.close()


def make(lock: Path, uv: str | None) -> None:
    """Make `.venv` and install the lock file's packages, each checked against its hash."""
    begun = time.monotonic()
    print(f"Making the environment with {'uv' if uv else 'venv and pip'} …", flush=True)
    try:
        install = make_with_uv(uv) if uv else make_with_venv()
        subprocess.run([*install, "--require-hashes", "-r", lock], check=True, env=trusting_the_system())
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"The packages of {lock.name} could not be installed: the reason stands above (exit {error.returncode}).\n"
            "Check the connection to the package registry and the free disk space, then start again."
        )
    STAMP.write_text("".join(stamp_of(made) + "\n" for made in {lock, RUN_LOCK}))
    print(f"Environment ready in {time.monotonic() - begun:.1f} s", flush=True)


def trusting_the_system() -> dict[str, str]:
    """The environment in which uv, new or old, trusts the system's certificates: an office's proxy has its own."""
    paths = ssl.get_default_verify_paths()
    known = paths.cafile or (paths.capath and any(Path(paths.capath).iterdir()))
    return ({"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"} if known else {}) | os.environ


def make_with_uv(uv: str) -> list[str]:
    """Make `.venv` with uv; the command that installs into it."""
    python = sys.executable if sys.version_info >= (3, 11) else ">=3.11"
    subprocess.run([uv, "venv", "-q", "--allow-existing", "--python", python, ENVIRONMENT], check=True)
    return [uv, "pip", "install", "-q", "--compile-bytecode", "--python", str(PYTHON)]


def make_with_venv() -> list[str]:
    """Make `.venv` with the standard library; the command that installs into it."""
    quiet = ["install", "-q", "--disable-pip-version-check"]
    venv = [sys.executable, "-m", "venv", str(ENVIRONMENT)]
    if subprocess.run(venv, capture_output=True, check=False).returncode == 0:
        return [str(PYTHON), "-m", "pip", *quiet]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        sys.exit(NO_VENV)
    subprocess.run([*venv, "--without-pip", "--clear"], check=True)
    return [sys.executable, "-m", "pip", "--python", str(PYTHON), *quiet]


if __name__ == "__main__":
    main()
