"""Two addresses for machines: is this process alive, and can it do its work? They say nothing else."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Both engines answer: 200, else 503; which one fails is named, why is in the log."""
    found = {"database": works(ask_database), "valkey": works(ask_valkey)}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def works(ask: Callable[[], object]) -> bool:
    """Whether asking an engine goes well."""
    try:
        ask()
    except (DatabaseError, redis.RedisError):
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
