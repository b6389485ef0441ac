"""How the portal itself is: versions, engines, what waits, what was swept when, holds."""

from __future__ import annotations

import datetime as dt
import platform
from dataclasses import dataclass
from importlib.metadata import version

import redis
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core import tags
from core.access import require
from core.models import Job, JobState, MessageState, OutgoingMessage, SendHold, Sweep
from taskforce.celery import app
from taskforce.home import health

CHECK = tags.register(
    "check", {"works": tags.State(gettext_lazy("Works"), "green"), "fails": tags.State(gettext_lazy("Fails"), "red")}
)
QUEUE = "celery"  # the list in Valkey in which tasks wait
LIBRARIES = (
    "Django",
    "Celery",
    "WeasyPrint",
    "psycopg2-binary",
    "django-allauth",
    "django-guardian",
    "django-pghistory",
)


@dataclass(frozen=True)
class Figure:
    """A state with how many are in it."""

    state: str
    count: int


@dataclass(frozen=True)
class System:
    """What stands on the page."""

    checks: list[tuple[str, bool]]
    versions: list[tuple[str, str]]
    tasks_waiting: int | None
    mail: list[Figure]
    jobs: list[Figure]
    sweeps: list[tuple[str, dt.datetime]]
    beat: list[tuple[str, int]]
    holds: list[SendHold]


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """For those who keep the portal running."""
    require(request.user, "core.view_system")
    return render(request, "home/system.html", {"system": system()})


def system() -> System:
    """Everything on the page; an engine that is away is said, not hidden."""
    asked = [
        (_("Database"), health.ask_database),
        (_("Broker and cache"), health.ask_valkey),
        (_("Tables are up to date"), health.ask_migrations),
        (_("The clock runs (beat)"), health.ask_beat),
    ]
    return System(
        checks=[(name, health.works(ask)) for name, ask in asked],
        versions=_versions(),
        tasks_waiting=_tasks_waiting(),
        mail=_figures(OutgoingMessage, MessageState.values),
        jobs=_figures(Job, JobState.values),
        sweeps=list(Sweep.objects.values_list("name").annotate(last=Max("at")).order_by("name")),
        beat=[(name, int(line["schedule"])) for name, line in app.conf.beat_schedule.items()],
        holds=list(SendHold.objects.open().of_all()),
    )


def _versions() -> list[tuple[str, str]]:
    """The portal's engines and the libraries that matter, as installed."""
    number = connection.cursor().connection.server_version
    engines = [("Python", platform.python_version()), ("PostgreSQL", f"{number // 10000}.{number % 10000}")]
    return [*engines, ("Valkey", _valkey_version()), *((name, version(name)) for name in LIBRARIES)]


def _valkey_version() -> str:
    try:
        with _valkey() as client:
            found: dict[str, str] = client.info("server")
    except redis.RedisError:
        return _("away")
    return str(found.get("valkey_version") or found["redis_version"])


def _tasks_waiting() -> int | None:
    """How many tasks wait for a worker; None when the broker is away."""
    try:
        with _valkey() as client:
            return int(client.llen(QUEUE))
    except redis.RedisError:
        return None


def _valkey() -> redis.Redis:
    return redis.from_url(settings.VALKEY_URL, socket_timeout=2, socket_connect_timeout=2)


def _figures(model: type[Job | OutgoingMessage], states: list[str]) -> list[Figure]:
    counts = dict(model._default_manager.values_list("state").annotate(Count("pk")))
    return [Figure(state, counts.get(state, 0)) for state in states]
