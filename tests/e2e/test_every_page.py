"""Every page of the portal in the browser: axe finds nothing, nothing sticks out, the browser refuses nothing.

Each page is looked at in one sight, in turn; `PORTAL_EVERY_SIGHT=1` looks at each in all of them.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from taskforce.home.matrix.addresses import every_address
from taskforce.home.matrix.parts import build
from taskforce.home.matrix.walk import urls_of
from taskforce.home.matrix.world import World
from tests.cast import signed_in
from tests.e2e.desk import SIGHTS, Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
READERS = ("sam", "ada", "alice", "audrey", "visitor")  # whoever of these first gets the page looks at it
Sit = Callable[..., Desk]


@pytest.fixture
def world(settings, transactional_db) -> World:
    settings.TRIAL = True
    # All sights take longer than a sign-in is fresh.
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = settings.SESSION_COOKIE_AGE
    return build()


def test_axe_finds_nothing_on_any_page(sit: Sit, world: World) -> None:
    desks: dict[tuple[str, str], Desk] = {}
    faults: dict[str, list[str]] = {}
    seen = set()
    for number, (name, reader, url) in enumerate(_pages(world)):
        seen.add(name)
        for sight in SIGHTS if os.environ.get("PORTAL_EVERY_SIGHT") else [list(SIGHTS)[number % len(SIGHTS)]]:
            if (reader, sight) not in desks:
                desks[reader, sight] = sit(world.people[reader], **SIGHTS[sight])
            desks[reader, sight].go(url)
            if found := desks[reader, sight].look():
                faults[f"{name} {url} ({reader}, {sight})"] = found
    assert len(seen) > 70
    assert faults == {}


def _pages(world: World) -> Iterator[tuple[str, str, str]]:
    """Each page that somebody can open: the name of its address, who opens it, its URL."""
    clients = {name: signed_in(person) if (person := world.people[name]) else Client() for name in READERS}
    for address in every_address():
        for url in urls_of(address, world)[:1]:
            for name, client in clients.items():
                response = client.get(url)
                is_page = response.status_code == 200 and b"<html" in b"".join(response)
                response.close()
                if is_page:
                    yield address.name, name, url
                    break
