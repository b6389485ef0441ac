"""A person at a desk: Chromium, signed in, watched for refused content, failing scripts and requests to the outside."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, Route

from accounts.models import User
from tests.cast import signed_in

AXE = settings.ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# How people look at the portal; axe must find nothing in any of them.
SIGHTS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 700}},
    "right to left": {"language": "ar"},
    "narrow, dark, right to left": {
        "viewport": {"width": 320, "height": 700},
        "color_scheme": "dark",
        "language": "ar",
    },
    "without script": {"scripts": False},
}


@dataclass
class Desk:
    """The browser window of one person. `url` is the server; `go` opens a path."""

    page: Page
    url: str
    scripts: bool = True
    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)  # statuses that the test asks for

    def go(self, path: str) -> Page:
        """Open a page of the portal."""
        self.page.goto(self.url + path)
        return self.page

    def look(self) -> list[str]:
        """What axe finds on the page and what sticks out of the window, one line each."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        faults = [
            f"{fault['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return faults + ([f"the page is {wide} px wider than the window"] if wide > 0 else [])

    def hear(self, message: ConsoleMessage) -> None:
        """A refused style, a failing script: everything the browser complains about, but for an expected status."""
        known = any(f"status of {status}" in message.text for status in self.expected)
        if message.type == "error" and not known:
            self.complaints.append(message.text)

    def guard(self, route: Route) -> None:
        """Nothing is asked of anybody but our own server."""
        if not self.scripts and route.request.resource_type == "script":
            route.fulfill(body="", content_type="text/javascript")  # axe needs a browser that runs scripts: its own
        elif route.request.url.startswith((self.url, "data:")):
            route.continue_()
        else:
            self.complaints.append(f"asked for {route.request.url}")
            route.abort()


@contextmanager
def desk(
    browser: Browser, url: str, user: User | None, *, language: str = "", scripts: bool = True, **options: Any
) -> Iterator[Desk]:
    """A window for the person; leaving it fails if the browser complained."""
    if user and language:
        User.objects.filter(pk=user.pk).update(language=language)
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options)
    if user:
        session = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
    context.set_default_timeout(20_000)
    window = Desk(context.new_page(), url, scripts=scripts)
    context.route("**/*", window.guard)
    window.page.on("console", window.hear)
    window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
    try:
        yield window
        assert not window.complaints, json.dumps(window.complaints, indent=1)
    finally:
        context.close()


def fill_date(page: Page, group: str, day: dt.date) -> None:
    """Type a date into its three boxes."""
    boxes = page.get_by_role("group", name=group)
    for label, part in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        boxes.get_by_label(label).fill(str(part))
