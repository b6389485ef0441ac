"""Swept jobs: what Celery beat starts, done once per period however many beats run, and the way to hand a task to Celery."""

import logging
import time
from typing import Any

from celery import Task
from kombu.exceptions import OperationalError

from core.models import Sweep

log = logging.getLogger(__name__)


def claim_period(name: str, seconds: int) -> bool:
    """Whether this caller is the first to claim the current period of the swept job `name`."""
    period = int(time.time() // seconds)
    _row, created = Sweep.objects.get_or_create(name=name, period=period)
    if created:
        Sweep.objects.filter(name=name, period__lt=period - 10).delete()
    return created


def publish(task: "Task[Any, Any]", *ids: str, after: float = 0) -> None:
    """Hand a task to Celery, to be done `after` so many seconds.

    A broker that is away delays the work and loses nothing: a sweep finds it in the database.
    """
    try:
        task.apply_async(args=ids, retry=False, countdown=after)
    except OperationalError:
        log.warning("The broker is away; %s waits for the next sweep.", task.name)
