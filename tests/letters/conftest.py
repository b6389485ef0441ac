"""A fixed morning, and the scene of the letters."""

from collections.abc import Iterator

import pytest
import time_machine

import taskforce.letters.tasks  # noqa: F401  registers the work, as Celery does in a worker
from tests.cast import Cast
from tests.letters.scene import NOW, Scene, make_scene


@pytest.fixture
def scene(cast: Cast) -> Iterator[Scene]:
    """Two co-chairs, on the morning of 21 November 2026."""
    with time_machine.travel(NOW, tick=True):
        yield make_scene(cast)
