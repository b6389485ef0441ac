"""Every value that the settings read from the environment is explained, and handed on to the containers."""

import re

import pytest

from taskforce.local.paths import ROOT

READ = re.compile(r"env\.\w+\(\s*\"(PORTAL_\w+)\"")
NOT_FOR_CONTAINERS = {"PORTAL_DEBUG", "PORTAL_FILES", "PORTAL_STATIC_ROOT"}  # fixed by the image, or for development


def settings() -> set[str]:
    return set(READ.findall((ROOT / "taskforce" / "settings.py").read_text(encoding="utf-8")))


def test_there_are_settings() -> None:
    assert {"PORTAL_URL", "PORTAL_SMTP_PASSWORD", "PORTAL_MAIL_CONNECTIONS"} <= settings()


@pytest.mark.parametrize("name", sorted(settings()))
def test_each_is_explained(name: str) -> None:
    assert f"# {name}=" in (ROOT / ".env.example").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(settings() - NOT_FOR_CONTAINERS))
def test_each_reaches_the_containers(name: str) -> None:
    assert re.search(rf"^    {name}(_FILE)?:", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"), re.MULTILINE)
