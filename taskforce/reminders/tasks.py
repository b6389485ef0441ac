"""Celery door of the reminders."""

from celery import shared_task
from django.utils import timezone

from core.sweeps import claim_period
from taskforce.reminders import actions

PERIOD = 3600  # seconds: reminders are looked for once an hour, however many beats ask


@shared_task
def sweep_reminders() -> int:
    """Remind of what is due, once per hour; the number of reminders."""
    return actions.sweep(timezone.now()) if claim_period("reminders", PERIOD) else 0
