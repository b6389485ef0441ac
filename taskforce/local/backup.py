"""`run.py backup [FILE]` and `run.py restore FILE`: the database and the files in one archive with their hashes."""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

from taskforce.local import environment, portal
from taskforce.local.engines import engines, postgres_binaries
from taskforce.local.paths import ProblemError, State, say
from taskforce.local.processes import words
from taskforce.local.running import alone

DUMP, FILES, MANIFEST = "database.dump", "files", "manifest.json"
EMPTY_FIRST = "drop schema public cascade; create schema public;"


def backup(arguments: list[str]) -> int:
    """Write an archive; the portal may run meanwhile."""
    parser = argparse.ArgumentParser(prog="run.py backup")
    default = Path(f"portal-{time.strftime('%Y-%m-%d-%H%M%S')}.zip")
    parser.add_argument("file", type=Path, nargs="?", default=default)
    target: Path = parser.parse_args(arguments).file
    state = State.of_this_copy()
    with engines(state, os.environ) as ours:
        write(target, environment.local(state, ours))
    say(
        f"Backup: {target} ({target.stat().st_size / 1e6:.1f} MB). It holds everything: keep it where nobody can read it."
    )
    return 0


def write(target: Path, env: Mapping[str, str]) -> None:
    """Dump the database first, then copy the files: a file without its row is harmless, a row without its file is not."""
    part = target.with_name(f"{target.name}.part")
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / DUMP
        tool("pg_dump", "--format=custom", "--no-owner", f"--file={dump}", env["DATABASE_URL"])
        kept = [file for file in Path(env["PORTAL_FILES"]).rglob("*") if file.is_file()]
        inside = {DUMP: dump} | {f"{FILES}/{file.relative_to(env['PORTAL_FILES'])}": file for file in kept}
        manifest = Path(folder) / MANIFEST
        manifest.write_text(json.dumps({name: hash_of(file) for name, file in inside.items()}, indent=1))
        part.touch(mode=0o600)
        with zipfile.ZipFile(part, mode="w") as archive:  # nothing to gain by compressing: dump and PDFs are
            for name, file in {MANIFEST: manifest, **inside}.items():
                archive.write(file, arcname=name)
    part.rename(target)


def restore(arguments: list[str]) -> int:
    """Replace everything by an archive's content; what was there is kept in a backup of its own."""
    parser = argparse.ArgumentParser(prog="run.py restore")
    parser.add_argument("file", type=Path)
    source: Path = parser.parse_args(arguments).file
    state = State.of_this_copy()
    with alone(state), engines(state, os.environ) as ours:
        replace(source, state, environment.local(state, ours))
    return 0


def replace(source: Path, state: State, env: Mapping[str, str]) -> None:
    """Unpack, keep what is there, load, and hold the mail."""
    with tempfile.TemporaryDirectory(dir=state.folder) as folder:
        unpack(source, Path(folder))
        before = state.folder / f"before-restore-{time.strftime('%Y-%m-%d-%H%M%S')}.zip"
        write(before, env)
        load(Path(folder), env)
    portal.manage(env, "migrate", "--noinput")
    held = portal.manage(env, "hold_mail", f"Restored from the backup {source.name}")
    say(f"Restored from {source}. What was there before: {before}")
    say(f"Mail is held until the administrator releases it: {held}.")


def unpack(source: Path, folder: Path) -> None:
    """Unpack an archive and compare every hash."""
    if not source.exists():
        raise ProblemError(f"There is no file {source}.")
    try:
        with zipfile.ZipFile(source) as archive:
            archive.extractall(folder)  # zipfile lets no name lead out of the folder
        hashes = json.loads((folder / MANIFEST).read_text())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ProblemError(f"{source} is no backup of this portal: {error}") from error
    broken = [name for name, wanted in hashes.items() if not is_whole(folder / name, wanted)]
    if DUMP not in hashes or broken:
        raise ProblemError(f"{source} is damaged, nothing was restored. Broken: {', '.join(broken) or DUMP}")


def is_whole(file: Path, wanted: str) -> bool:
    """Whether a file is there with its hash."""
    return file.is_file() and hash_of(file) == wanted


def load(folder: Path, env: Mapping[str, str]) -> None:
    """Put the database back in one transaction, then the files."""
    script = folder / "database.sql"
    tool("pg_restore", "--no-owner", f"--file={script}", str(folder / DUMP))
    script.write_text(EMPTY_FIRST + without_schema(script.read_text()))
    quiet = ["--quiet", "--no-psqlrc", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]
    tool("psql", *quiet, "--single-transaction", f"--file={script}", env["DATABASE_URL"])
    files = Path(env["PORTAL_FILES"])
    shutil.rmtree(files, ignore_errors=True)
    if (folder / FILES).exists():
        shutil.move(folder / FILES, files)


def without_schema(script: str) -> str:
    """The script without the line that makes the schema we have just made."""
    return script.replace("CREATE SCHEMA public;\n", "")


def tool(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; its own words if it fails."""
    command = words(postgres_binaries() / name, *arguments)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProblemError(f"{name} failed:\n{done.stderr.strip()[-2000:]}")


def hash_of(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
