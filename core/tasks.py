"""Celery doors of the ground."""

import uuid

from celery import shared_task

from core import jobs, outbox
from core.sweeps import claim_period, publish

BEAT = 30  # seconds between two sweeps, see the beat table


@shared_task
def deliver_mail() -> int:
    """Deliver what waits; comes back for the rest so that other work has its turn."""
    taken = outbox.deliver()
    if taken:
        publish(deliver_mail)
    return taken


@shared_task
def sweep_outbox() -> None:
    """Settle what a vanished sender left, then deliver what waits."""
    if claim_period("outbox", BEAT):
        outbox.reap()
        publish(deliver_mail)


@shared_task
def run_job(pk: str) -> None:
    """Do a job."""
    jobs.run(uuid.UUID(pk))


@shared_task
def sweep_jobs() -> None:
    """Begin again what waits or has lost its worker."""
    if claim_period("jobs", BEAT):
        jobs.sweep()
