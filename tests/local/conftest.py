"""A folder for a portal of the test's own."""

from pathlib import Path

import pytest

from taskforce.local.paths import State


@pytest.fixture
def state(tmp_path: Path) -> State:
    """An empty state folder."""
    return State(tmp_path)
