"""The documents for people who build the portal name only what is there."""

import re
from pathlib import Path

import pytest

from taskforce.local.paths import ROOT

PATHS = re.compile(r"`((?:accounts|agencies|assessments|core|deploy|docs|static|taskforce|templates|tests)/[\w./-]*)`")
LINKS = re.compile(r"\]\((?!https?:)([^)#]+)")
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    text = document.read_text()
    named = [ROOT / path for path in PATHS.findall(text)] + [document.parent / path for path in LINKS.findall(text)]
    assert [str(path) for path in named if not path.exists()] == []
