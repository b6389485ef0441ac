"""`run.py` itself: when the environment is made, and what is said when it cannot be."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from taskforce.local.paths import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """run.py and its lock files in a folder of their own."""
    for name in ("run.py", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def run(copy: Path) -> ModuleType:
    """That run.py as a module."""
    spec = importlib.util.spec_from_file_location("run_py", copy / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make(run: ModuleType) -> None:
    """An environment as run.py leaves it, without the packages."""
    run.PYTHON.parent.mkdir(parents=True)
    run.PYTHON.touch()
    run.STAMP.write_text(run.stamp_of(run.RUN_LOCK) + "\n")


def test_an_environment_made_from_this_lock_file_is_kept(run: ModuleType) -> None:
    assert not run.is_ready(run.RUN_LOCK)
    make(run)
    assert run.is_ready(run.RUN_LOCK)
    assert not run.is_ready(run.DEV_LOCK)


def test_a_changed_lock_file_makes_it_anew(run: ModuleType) -> None:
    make(run)
    run.RUN_LOCK.write_text(run.RUN_LOCK.read_text() + "\n")
    assert not run.is_ready(run.RUN_LOCK)


def test_a_moved_copy_makes_it_anew(run: ModuleType, tmp_path: Path) -> None:
    make(run)
    run.STAMP.write_text(run.STAMP.read_text().replace(str(tmp_path), "/elsewhere"))
    assert not run.is_ready(run.RUN_LOCK)


def test_a_linked_environment_is_its_owners_care(run: ModuleType) -> None:
    owned = run.ROOT / "owned"
    (owned / "bin").mkdir(parents=True)
    (owned / "bin" / "python").touch()
    run.ENVIRONMENT.symlink_to(owned)
    assert run.is_ready(run.DEV_LOCK)


def test_a_broken_uv_is_passed_over(run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text("#!/bin/sh\nexit 1\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(uv.parent))
    assert run.find_uv() is None
    uv.write_text("#!/bin/sh\nexit 0\n")
    assert run.find_uv() == str(uv)
    monkeypatch.setenv("PORTAL_NO_UV", "1")
    assert run.find_uv() is None


def test_without_venv_and_pip_the_remedy_is_told(copy: Path) -> None:
    for module in ("venv", "pip"):
        broken = copy / "broken" / module
        broken.mkdir(parents=True)
        (broken / "__init__.py").touch()
        (broken / "__main__.py").write_text("raise SystemExit(1)")
    env = {"PATH": os.defpath, "PYTHONPATH": str(copy / "broken"), "PORTAL_NO_UV": "1"}
    answer = subprocess.run([sys.executable, copy / "run.py"], env=env, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "sudo apt install python3-venv" in answer.stderr


def test_a_package_that_cannot_be_had_is_told_in_words(copy: Path) -> None:
    (copy / "requirements.lock").write_text("no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n")
    env = {"PATH": os.defpath, "HOME": str(copy), "PORTAL_NO_UV": "1", "PIP_NO_INDEX": "1"}
    answer = subprocess.run([sys.executable, copy / "run.py"], env=env, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "The packages of requirements.lock could not be installed" in answer.stderr
    assert "Traceback" not in answer.stderr
