"""The page of the system says what runs, what waits and which versions."""

from importlib.metadata import version

import pytest

from core import outbox
from core.sweeps import claim_period, publish
from core.tasks import deliver_mail
from taskforce.celery import app
from taskforce.home.system import system
from tests.cast import Cast, signed_in


def test_the_administrator_sees_engines_versions_and_the_clock(cast: Cast) -> None:
    claim_period("outbox", 30)
    page = signed_in(cast.ada).get("/system/").content.decode()
    assert version("weasyprint") in page
    assert "remind of what is due, once an hour" in page
    assert page.count("Works") == 4


def test_what_fails_is_said(cast: Cast, settings, tmp_path) -> None:
    settings.VALKEY_URL = f"unix://{tmp_path}/nothing.sock"
    found = system()
    assert dict(found.checks) == {
        "Database": True,
        "Broker and cache": False,
        "Tables are up to date": True,
        "The clock runs (beat)": False,
    }
    assert found.tasks_waiting is None


def test_tasks_that_wait_are_counted(cast: Cast) -> None:
    app.control.purge()
    publish(deliver_mail)
    publish(deliver_mail)
    assert system().tasks_waiting == 2
    app.control.purge()


def test_a_hold_is_shown(cast: Cast) -> None:
    outbox.pause("The relay is being moved")
    assert "The relay is being moved" in signed_in(cast.ada).get("/system/").content.decode()


@pytest.mark.parametrize("name", ["alice", "sam", "nobody"])
def test_it_is_for_the_administrator_alone(cast: Cast, name: str) -> None:
    assert signed_in(getattr(cast, name)).get("/system/").status_code == 403
