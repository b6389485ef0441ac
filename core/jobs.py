"""Long work with progress and cancel.

A job is a row; Celery carries its id. The worker that runs it holds a PostgreSQL advisory lock for as long as it lives, so a
worker that was killed is known at once: the lock is free while the row says "running", and the next sweep begins the job again.
Work must therefore be idempotent. A job that was begun MAX_ATTEMPTS times without getting further is parked as failed.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils.translation import gettext_noop

from core.kept import sentence
from core.locks import number, tried
from core.models import Job, JobState
from core.sweeps import publish

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

log = logging.getLogger(__name__)

Work = Callable[[Job], str]
MAX_ATTEMPTS = 2
PARKED = sentence(gettext_noop("This work stopped the worker %(times)s times and was parked."))
UNFORESEEN = sentence(
    gettext_noop("Something went wrong that we did not foresee. The administrator finds it in the log under %(id)s.")
)
_work: dict[str, Work] = {}


class Cancelled(Exception):
    """A person cancelled the job."""


class Failed(Exception):
    """The work cannot be done; the text tells the person who asked for it why, and what to do."""


def work(kind: str) -> Callable[[Work], Work]:
    """Register the function that does jobs of this kind and returns the address of the result."""

    def register(function: Work) -> Work:
        _work[kind] = function
        return function

    return register


def start(kind: str, *, subject: uuid.UUID | None, by: AbstractBaseUser, label: str) -> Job:
    """Ask for work inside the caller's transaction; a worker begins it on commit.

    While the same work on the same subject is waiting or running, that job is returned instead of a second one.
    """
    with transaction.atomic():
        job, created = Job.objects.unfinished().get_or_create(
            kind=kind, subject_id=subject, defaults={"requested_by_id": by.pk, "label": label}
        )
        if created:
            transaction.on_commit(lambda: _publish(job.pk))
    return job


def _publish(pk: uuid.UUID) -> None:
    from core.tasks import run_job

    publish(run_job, str(pk))


def progress(job: Job, done: int, total: int, message: str = "") -> None:
    """Move the bar; raises Cancelled when a person asked for it."""
    Job.objects.filter(pk=job.pk).update(
        done=done, total=total, message=message[:300], furthest=Greatest(F("furthest"), done), seen_at=Now()
    )
    if Job.objects.filter(pk=job.pk, cancel_asked=True).exists():
        raise Cancelled


def ask_to_cancel(job: Job) -> None:
    """Ask a job to stop: one that waits ends at once, one that runs at its next step."""
    Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(
        state=JobState.CANCELLED, cancel_asked=True, finished_at=Now()
    )
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(cancel_asked=True)


def run(pk: uuid.UUID) -> None:
    """Do the job, unless somebody alive is doing it or it is over. Called by the worker."""
    with tried(number(pk.bytes)) as alone:
        if not alone:
            return
        job = Job.objects.unfinished().select_related("requested_by").filter(pk=pk).first()
        if job:
            _do(job)


def _do(job: Job) -> None:
    attempts = 0 if job.furthest > job.furthest_before else job.attempts
    if attempts >= MAX_ATTEMPTS:
        _end(job, JobState.FAILED, PARKED % {"times": attempts})
        return
    begun = Job.objects.unfinished().filter(pk=job.pk)  # a person may have cancelled it this moment
    if not begun.update(state=JobState.RUNNING, attempts=attempts + 1, furthest_before=F("furthest"), seen_at=Now()):
        return
    try:
        url = _work[job.kind](job)
    except Cancelled:
        _end(job, JobState.CANCELLED, gettext_noop("Cancelled."))
    except Failed as error:
        _end(job, JobState.FAILED, str(error))
    except (OperationalError, InterfaceError):
        raise  # the database went away, and our lock with it: the next sweep begins the job again
    except Exception:
        log.exception("Job %s (%s) failed", job.pk, job.kind)
        _end(job, JobState.FAILED, UNFORESEEN % {"id": job.pk})
    else:
        _end(job, JobState.DONE, "", result_url=url)


def _end(job: Job, state: JobState, message: str, *, result_url: str = "") -> None:
    Job.objects.filter(pk=job.pk).update(state=state, message=message[:300], result_url=result_url, finished_at=Now())


def sweep() -> int:
    """Publish again what waits or has lost its worker; returns how many. A job that is being done ignores the second call."""
    ids = list(Job.objects.unfinished().values_list("pk", flat=True))
    for pk in ids:
        _publish(pk)
    return len(ids)
