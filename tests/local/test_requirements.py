"""The lock files hold what pyproject.toml asks for, with hashes, and name no registry."""

import re
import tomllib
from pathlib import Path

import pytest

from taskforce.local.paths import ROOT

LOCKS = ["requirements.lock", "requirements-dev.lock", "deploy/requirements.lock"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN = PROJECT["project"]["dependencies"]
LOCAL = PROJECT["project"]["optional-dependencies"]["local"]
DEV = PROJECT["dependency-groups"]["dev"]


def lines(file: str) -> list[tuple[str, str]]:
    """Name and version of each requirement, once for each version of Python that wants another one."""
    return re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / file).read_text(), re.MULTILINE)


def locked(file: str) -> dict[str, str]:
    """Name and version of each requirement."""
    return dict(lines(file))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=;]", requirement)[0] for requirement in requirements}


@pytest.mark.parametrize(("file", "wanted"), [*zip(LOCKS, [RUN + LOCAL, RUN + LOCAL + DEV, RUN], strict=True)])
def test_a_lock_file_holds_what_the_project_asks_for(file: str, wanted: list[str]) -> None:
    assert names(wanted) - set(locked(file)) == set()


@pytest.mark.parametrize("file", LOCKS)
def test_every_requirement_has_a_hash(file: str) -> None:
    text = (ROOT / file).read_text()
    assert len(re.findall(r"^\S+==.*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(lines(file)) > 50


@pytest.mark.parametrize("file", LOCKS)
def test_no_lock_file_names_a_registry(file: str) -> None:
    written = [line for line in (ROOT / file).read_text().splitlines() if not line.startswith("#")]
    assert not [line for line in written if "://" in line or line.startswith("--") or Path(line).is_absolute()]


def test_the_lock_files_agree() -> None:
    run, dev, image = map(locked, LOCKS)
    assert run.items() <= dev.items()
    assert image.items() <= run.items()
