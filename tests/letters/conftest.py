"""A fixed morning, and the scene of the letters."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as configured
from django.utils.translation import trans_real

import taskforce.letters.tasks  # noqa: F401  registers the work, as Celery does in a worker
from core.management.commands.compile_translations import compile_catalogue
from tests.cast import Cast
from tests.letters.scene import NOW, Scene, make_scene


@pytest.fixture
def scene(cast: Cast) -> Iterator[Scene]:
    """Two co-chairs, on the morning of 21 November 2026."""
    with time_machine.travel(NOW, tick=True):
        yield make_scene(cast)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory) -> Path:
    """The words of all languages, compiled once."""
    folder = tmp_path_factory.mktemp("words") / "locale"
    shutil.copytree(configured.LOCALE_PATHS[0], folder)
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        compile_catalogue(source)
    return folder


@pytest.fixture
def catalogues(settings, compiled: Path, monkeypatch) -> None:
    """What offices read is said in their language."""
    settings.LOCALE_PATHS = [compiled]
    monkeypatch.setattr(trans_real, "_translations", {})
