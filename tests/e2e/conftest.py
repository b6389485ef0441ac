"""A real browser on a real server. What the browser refuses or logs as an error fails the test."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from accounts.models import User
from tests.e2e.desk import Desk, desk

NAMES = ("chromium-headless-shell", "chromium", "google-chrome")


@pytest.fixture(scope="session", autouse=True)
def _static_root() -> None:
    """Nothing is collected for tests; the server asks for the folder all the same."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless. Where there is none the tests are skipped, unless the run requires a browser."""
    path = os.environ.get("PORTAL_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not path:
        complain = pytest.fail if os.environ.get("PORTAL_REQUIRE_BROWSER") else pytest.skip
        complain("There is no Chromium: `python3 run.py setup-browser` installs it.")
    options = ["--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's own loop runs in the thread of the tests
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, live_server) -> Iterator[Page]:
    """A fresh page that asks nothing of other hosts. Its complaints are kept and must be none in the end."""
    context = chromium.new_context(base_url=live_server.url)
    context.route(lambda address: not address.startswith(live_server.url), lambda route: route.abort())
    context.set_default_timeout(10_000)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.extend(_errors(message)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.extend(_reports(request)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def sit(chromium: Browser, live_server) -> Iterator[Callable[..., Desk]]:
    """`sit(cast.sam)` opens a window in which Sam is signed in; options as of a browser context, and `language`."""
    with ExitStack() as windows:

        def open_window(user: User | None = None, **options: Any) -> Desk:
            return windows.enter_context(desk(chromium, live_server.url, user, **options))

        yield open_window


def _errors(message: ConsoleMessage) -> list[str]:
    return [message.text] if message.type == "error" else []


def _reports(request: Request) -> list[str]:
    """The browser reports what the Content-Security-Policy made it refuse."""
    return [request.post_data or "csp"] if request.url.endswith("/csp-report/") else []
