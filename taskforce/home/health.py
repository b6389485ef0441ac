"""Two addresses for machines: is this process alive, and can it do its work? They say nothing else."""

import datetime as dt
from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.models import Sweep

LATE = dt.timedelta(minutes=3)  # six turns of the quickest line of the beat table


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Both engines answer and the tables are up to date: 200, else 503; which one fails is named, why is in the log.

    A beat that stands still is named too. Pages work without it, so it does not make this process unready.
    """
    needed = {"database": works(ask_database), "valkey": works(ask_valkey)}
    needed["migrations"] = needed["database"] and works(ask_migrations)
    beat = needed["migrations"] and works(ask_beat)
    return JsonResponse({**needed, "beat": beat}, status=200 if all(needed.values()) else 503)


class Behind(Exception):
    """Something answers, but has not done what it should have done by now."""


def works(ask: Callable[[], object]) -> bool:
    """Whether asking goes well."""
    try:
        ask()
    except (DatabaseError, redis.RedisError, Behind):
        return False
    return True


def ask_database() -> None:
    """One query."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")


def ask_valkey() -> None:
    """One ping, given up after two seconds."""
    with redis.from_url(settings.VALKEY_URL, socket_timeout=2, socket_connect_timeout=2) as client:
        client.ping()


def ask_migrations() -> None:
    """Raises Behind while a migration waits."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Behind("A migration waits.")


def ask_beat() -> None:
    """Raises Behind when nothing was swept lately."""
    if not Sweep.objects.filter(at__gte=timezone.now() - LATE).exists():
        raise Behind("Nothing was swept lately.")
