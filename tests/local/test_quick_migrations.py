"""The quick way to migrate makes the same database as the plain one."""

import re
import subprocess
import sys
from pathlib import Path

from taskforce.local import environment
from taskforce.local.engines import Engine, Postgres, engines, postgres_binaries
from taskforce.local.paths import ROOT, State


def dump(postgres: Engine) -> list[str]:
    """The schema as SQL, and the list of applied migrations."""
    tool = [str(postgres_binaries() / "pg_dump"), postgres.url]
    schema = subprocess.run([*tool, "--schema-only"], capture_output=True, text=True, check=True).stdout
    applied = [*tool, "--data-only", "--table=django_migrations"]
    rows = subprocess.run(applied, capture_output=True, text=True, check=True).stdout
    return re.sub(r"\\(un)?restrict.*", "", schema).splitlines() + re.findall(r"^\d+\t(\w+\t\w+)", rows, re.MULTILINE)


def migrated(folder: Path, command: list[str]) -> list[str]:
    folder.mkdir()
    state = State(folder)
    with engines(state, {}, lasting=False) as ours:
        env = environment.throw_away(state, ours, {"PORTAL_TRIAL": "0"})
        subprocess.run([sys.executable, *command], cwd=ROOT, env=env, check=True, capture_output=True)
        return dump(next(engine for engine in ours if isinstance(engine, Postgres)))


def test_the_quick_way_makes_the_same_database(tmp_path: Path) -> None:
    plain = migrated(tmp_path / "plain", ["manage.py", "migrate"])
    quick = migrated(tmp_path / "quick", ["-m", "taskforce.local.quick_migrations"])
    assert len(plain) > 1000
    assert quick == plain
