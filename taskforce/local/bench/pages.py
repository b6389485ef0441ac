"""Main screens over HTTP, signed in as the secretariat, on two web workers: seconds for one request, and requests per second.

Sample data at scale 10, or at PORTAL_BENCH_SCALE. A sample is 40 requests one after the other (median, p95, p99) and 80 by four
people at once (requests per second). `queries` counts what one request asks of the database. The competitors are the least that the
same server can do: a signed-in page without content, and an address that says "ok" to anybody. The ratios are the empty page's seconds
by a page's seconds: 0.5 means half its rate.
"""

import http.client
import json
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from taskforce.local.bench.cases import Case, Figures
from taskforce.local.visitor import Visitor

NEEDS = "portal"
SCALE = int(os.environ.get("PORTAL_BENCH_SCALE", "10"))
ROUNDS = 5
EMPTY = "empty signed-in page"
PAGES = {
    "says ok": "/healthz",
    EMPTY: "/system/components/?part=nothing",
    "dashboard": "/",
    "tasks": "/tasks/",
    "agencies": "/agencies/",
    "agencies in 2011": "/agencies/?as_of=2011-09-07",
    "Task Force": "/mechanisms/task-force/",
    "offices": "/offices/",
    "countries": "/countries/",
    "letters": "/letters/",
    "assessments": "/assessments/",
    "packs": "/packs/",
}
RATIOS = {f"{name}: share of the empty page's rate": (EMPTY, name) for name in PAGES if name not in {EMPTY, "says ok"}}
ONE_BY_ONE, AT_ONCE, PEOPLE = 40, 20, 4

T = TypeVar("T")

cookies: dict[str, str] = {}
counted: dict[str, float] = {}


def cases() -> list[Case]:
    """Every page, after the two that do nothing."""
    return [Case(name, partial(visit, path), setup=partial(get_ready, path)) for name, path in PAGES.items()]


def get_ready(path: str, role: str = "Secretariat") -> None:
    """Sign in, open the page once, count its queries."""
    visitor = Visitor(os.environ["PORTAL_URL"])
    people = json.loads(Path(os.environ["PORTAL_SIGN_INS"]).read_text())
    person = next(person for person in people if person["role"] == role)
    visitor.sign_in(person["email"], person["password"])
    cookies["Cookie"] = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.cookies)
    with_connection(lambda connection: ask(connection, path))
    counted["queries"] = queries_of(path, person["email"])


def queries_of(path: str, email: str) -> float:
    """How often one request for the page asks the database, counted in this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(email=email), backend="accounts.backends.SignInBackend")
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return float(len(asked))


def visit(path: str) -> Figures:
    """One sample."""
    seconds = with_connection(lambda connection: [ask(connection, path) for _ in range(ONE_BY_ONE)])
    cuts = statistics.quantiles(seconds, n=100)
    return {
        "seconds": statistics.median(seconds),
        "p95_ms": 1000 * cuts[94],
        "p99_ms": 1000 * cuts[98],
        "requests_per_second": PEOPLE * AT_ONCE / at_once(path),
        **counted,
    }


def at_once(path: str) -> float:
    """Seconds that four people take for twenty requests each."""

    def person(_number: int) -> None:
        with_connection(lambda connection: [ask(connection, path) for _ in range(AT_ONCE)])

    begun = time.perf_counter()
    with ThreadPoolExecutor(PEOPLE) as people:
        list(people.map(person, range(PEOPLE)))
    return time.perf_counter() - begun


def with_connection(work: Callable[[http.client.HTTPConnection], T]) -> T:
    """Do the work on one connection to the portal."""
    connection = http.client.HTTPConnection(urlsplit(os.environ["PORTAL_URL"]).netloc, timeout=60)
    try:
        return work(connection)
    finally:
        connection.close()


def ask(connection: http.client.HTTPConnection, path: str) -> float:
    """Seconds of one request; anything but the page itself is an error."""
    begun = time.perf_counter()
    connection.request("GET", path, headers=cookies)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return time.perf_counter() - begun
