"""A broken `.env` is told line by line."""

import re
from pathlib import Path

import pytest

from taskforce.local import dotenv
from taskforce.local.paths import ROOT, ProblemError
from taskforce.local.testing import PACKAGES

QUOTED = re.compile(r'"(PORTAL_[A-Z_]+|DATABASE_URL|VALKEY_URL)"')
TOLD_BY_RUN_PY = {"PORTAL_STARTED"}


def read(folder: Path, text: str) -> dict[str, str]:
    file = folder / ".env"
    file.write_text(text)
    return dotenv.read(file)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, "# ours\nexport PORTAL_PORT=8010\nPORTAL_NAME='The Portal'\n\n")
    assert found == {"PORTAL_PORT": "8010", "PORTAL_NAME": "The Portal"}


def test_a_missing_file_says_nothing(tmp_path: Path) -> None:
    assert dotenv.read(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("just words", "line 1: this is not NAME=value"),
        ("PORTAL_PROT=1", "no value is called PORTAL_PROT, did you mean PORTAL_PORT?"),
        ("PORTAL_SMTP_PORT=smtp", "PORTAL_SMTP_PORT must be a whole number, not 'smtp'"),
        ("PORTAL_DEBUG=maybe", "PORTAL_DEBUG must be 0 or 1, not 'maybe'"),
        ("PORTAL_NO_UV=1", "PORTAL_NO_UV is heeded in the environment only, not in this file"),
        ("PORTAL_FILES=", "PORTAL_FILES must name a folder"),
        ("DATABASE_URL=mysql://x/y", "DATABASE_URL must begin with postgres:// or postgresql://"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(ProblemError, match=re.escape(complaint)):
        read(tmp_path, line + "\n")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"(?s)line 1: .*line 3: "):
        read(tmp_path, "nonsense\n# fine\nmore nonsense\n")


def test_a_secret_may_come_as_a_file(tmp_path: Path) -> None:
    assert read(tmp_path, "PORTAL_SECRET_KEY_FILE=/run/secrets/key\n")


def test_the_example_names_every_value_that_is_read_and_no_other() -> None:
    files = [ROOT / "run.py", *(file for folder in [*PACKAGES, "tests"] for file in (ROOT / folder).rglob("*.py"))]
    read_there = {name for file in files for name in QUOTED.findall(file.read_text())}
    explained = set(dotenv.NAME_IN_EXAMPLE.findall(dotenv.EXAMPLE.read_text()))
    assert read_there - TOLD_BY_RUN_PY == explained
