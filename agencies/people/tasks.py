"""Celery door of the people."""

from celery import shared_task

from agencies.people import expiry
from core.dates import today
from core.sweeps import claim_period

PERIOD = 86_400  # seconds: once a day, however many beats ask


@shared_task
def sweep_contact_data() -> int:
    """Let the contact data of former people go, once a day; the number of people."""
    return expiry.sweep(today()) if claim_period("contact data", PERIOD) else 0
