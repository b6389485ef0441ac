"""From a clean copy to the first page, with an empty home folder, and the second start of the same copy.

Packages come from the registries that this machine uses; nothing is taken from an earlier start.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from functools import partial
from pathlib import Path

from taskforce.local.bench.cases import Case, Figures
from taskforce.local.paths import ROOT, ProblemError, tail

NEEDS = "nothing"
ROUNDS = 3
RATIOS = {"first start with pip / with uv": ("clean copy, venv and pip", "clean copy, uv")}
NOT_PART_OF_A_COPY = [".portal", ".venv", "node_modules", ".git", "build", ".*_cache", "__pycache__", ".coverage*"]
KEPT = {"PATH", "LANG", "SSL_CERT_FILE", "UV_DEFAULT_INDEX", "PIP_INDEX_URL", "HTTPS_PROXY", "NO_PROXY"}
WITHIN = 600.0  # seconds

copies = Path(tempfile.gettempdir()) / f"portal-start-{os.getpid()}"


def cases() -> list[Case]:
    """A first start with each installer, and a second one."""
    no_uv = "" if shutil.which("uv") else "uv is not installed"
    return [
        Case("clean copy, uv", partial(first_start, with_uv=True), teardown=clear, missing=no_uv),
        Case("clean copy, venv and pip", partial(first_start, with_uv=False), teardown=clear),
        Case("second start", second_start, setup=make_copy_and_start, teardown=clear),
    ]


def first_start(*, with_uv: bool) -> Figures:
    """The seconds until the first page of a copy that never ran."""
    copy = new_copy()
    return {"seconds": seconds_to_first_page(copy, with_uv=with_uv)}


def make_copy_and_start() -> None:
    """The first start, which is not measured here."""
    seconds_to_first_page(new_copy(), with_uv=bool(shutil.which("uv")))


def second_start() -> Figures:
    """The seconds until the first page of a copy that ran before."""
    return {"seconds": seconds_to_first_page(copies / "portal", with_uv=bool(shutil.which("uv")))}


def new_copy() -> Path:
    """A copy of the project without anything made, and an empty home folder."""
    clear()
    shutil.copytree(ROOT, copies / "portal", ignore=shutil.ignore_patterns(*NOT_PART_OF_A_COPY))
    (copies / "home").mkdir()
    return copies / "portal"


def seconds_to_first_page(copy: Path, *, with_uv: bool) -> float:
    """Start the copy, wait for its page, stop it."""
    env = {name: value for name, value in os.environ.items() if name in KEPT} | {"HOME": str(copies / "home")}
    env |= {} if with_uv else {"PORTAL_NO_UV": "1"}
    log, begun = copies / "log", time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen([base_python(), copy / "run.py"], cwd=copy, env=env, stdout=output, stderr=output)
    while not (copy / ".portal" / "run.json").exists():
        if process.poll() is not None or time.perf_counter() - begun > WITHIN:
            raise ProblemError(f"The copy did not start:\n{tail(log)}")
        time.sleep(0.02)
    address = json.loads((copy / ".portal" / "run.json").read_text())["url"]
    with urllib.request.urlopen(address, timeout=30) as page:  # noqa: S310 - our own address
        page.read()
    seconds = time.perf_counter() - begun
    process.send_signal(signal.SIGTERM)
    process.wait(120)
    return seconds


def base_python() -> str:
    """The Python outside any environment."""
    return str(Path(sys.base_prefix) / "bin" / "python3")


def clear() -> None:
    """Remove the copy and its home folder."""
    shutil.rmtree(copies, ignore_errors=True)
    copies.mkdir(exist_ok=True)
