"""The front end is built again only when what it is built from has changed."""

from pathlib import Path

import pytest

from taskforce.local import frontend
from taskforce.local.paths import ProblemError


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one style sheet; npm is replaced by a list of its calls."""
    for folder in ("frontend", "static/css", "static/js", "static/build", "downloads"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("package.json", "package-lock.json", "static/css/base.css"):
        (tmp_path / file).write_text("{}")
    for name, value in {"ROOT": tmp_path, "STATIC": tmp_path / "static", "BUILT": tmp_path / "static/build"}.items():
        monkeypatch.setattr(frontend, name, value)
    monkeypatch.setattr(frontend, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.setattr(frontend, "LOCK", tmp_path / "package-lock.json")
    return tmp_path


@pytest.fixture
def calls(copy: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []

    def npm(*arguments: str) -> None:
        made.append(arguments[0])
        (copy / "node_modules").mkdir(exist_ok=True)

    monkeypatch.setattr(frontend, "npm", npm)
    return made


def test_the_second_build_is_skipped(calls: list[str]) -> None:
    frontend.build()
    frontend.build()
    assert calls == ["ci", "run"]


def test_a_changed_style_sheet_is_built_without_installing(copy: Path, calls: list[str]) -> None:
    frontend.build()
    (copy / "static/css/base.css").write_text("body { }")
    frontend.build()
    assert calls == ["ci", "run", "run"]


def test_a_changed_lock_file_is_installed_again(copy: Path, calls: list[str]) -> None:
    frontend.build()
    (copy / "package-lock.json").write_text('{"lockfileVersion": 3}')
    frontend.build()
    assert calls == ["ci", "run", "ci", "run"]


def test_a_linked_folder_of_packages_is_left_alone(copy: Path, calls: list[str]) -> None:
    (copy / "node_modules").symlink_to(copy)
    frontend.build()
    assert calls == ["run"]


@pytest.mark.usefixtures("copy")
def test_without_node_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(frontend, "in_wheel", lambda package, inside: None)
    with pytest.raises(ProblemError, match=r"Node 20 or newer is needed"):
        frontend.build()
