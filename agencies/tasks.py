"""What beat starts for the register."""

from celery import shared_task

from agencies import actions, confirming
from core.dates import today
from core.sweeps import claim_period

DAY = 86_400  # seconds


@shared_task
def sweep_lapsed() -> int:
    """Once a day, soon after midnight: who has lost a seat or a role by its last day is out. Returns how many people."""
    return actions.end_lapsed(on=today()) if claim_period("lapsed rights", DAY) else 0


@shared_task
def sweep_confirmations() -> int:
    """Ask the agencies to confirm their contacts where it is time, once a day; the number of rounds that began."""
    return confirming.open_due_rounds(today()) if claim_period("confirmations", DAY) else 0
