"""Celery doors of the ground."""

import datetime as dt
import logging
import uuid
from imaplib import IMAP4

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from imap_tools import ImapToolsError

from core import bounces, jobs, mailbox, outbox, pacing, places
from core.files import forget_abandoned
from core.sweeps import claim_period, publish

log = logging.getLogger(__name__)

VISIT = 60  # seconds between two visits to the mailbox
HOUR = 3600  # seconds
ABANDONED = dt.timedelta(days=1)  # after which nobody comes back to a check page


@shared_task
def deliver_mail() -> int:
    """Deliver what waits, where a place at the relay is free; comes back for the rest so that other work has its turn."""
    with places.taken() as mine:
        taken = outbox.deliver() if mine else 0
    if taken:
        publish(deliver_mail, after=pacing.wait())
    return taken


@shared_task
def sweep_outbox() -> None:
    """Settle what a vanished sender left, then deliver what waits."""
    if claim_period("outbox", settings.SWEEP):
        outbox.reap()
        publish(deliver_mail)


@shared_task
def run_job(pk: str) -> None:
    """Do a job."""
    jobs.run(uuid.UUID(pk))


@shared_task
def sweep_files() -> int:
    """Once an hour, remove what was uploaded more than a day ago and never confirmed; returns how many files."""
    return forget_abandoned(timezone.now() - ABANDONED) if claim_period("files", HOUR) else 0


@shared_task
def sweep_jobs() -> None:
    """Begin again what waits or has lost its worker."""
    if claim_period("jobs", settings.SWEEP):
        jobs.sweep()


@mailbox.handles(outbox.BOUNCE)
def file_bounce(arrived: mailbox.Arrived) -> str:
    """A mail to the return path of a message."""
    return bounces.file_bounce(arrived)


@shared_task
def sweep_mailbox() -> None:
    """Read the mail that came in."""
    if claim_period("mailbox", VISIT):
        try:
            mailbox.poll()
        except (OSError, IMAP4.error, ImapToolsError) as error:
            log.warning("The mailbox cannot be read: %s", error)
