"""Celery doors of the letters."""

from email.message import EmailMessage

from celery import shared_task
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from core import mailbox
from core.jobs import work
from core.models import Job
from core.sweeps import claim_period
from taskforce.letters import dispatching, following, rehearsing, replies, silence
from taskforce.letters.models import Dispatch

SILENCE = 600  # seconds between two sweeps, see the beat table
DAY = 86_400  # seconds


@work(dispatching.KIND)
def dispatch(job: Job) -> str:
    """Prepare a dispatch; the letter's page is its result."""
    dispatching.prepare(job)
    letter_id = Dispatch.objects.values_list("letter_id", flat=True).get(pk=str(job.subject_id))
    return reverse("letters:detail", args=[letter_id])


@work(rehearsing.KIND)
def rehearsal(job: Job) -> str:
    """Send the samples to the guests; the letter's page is its result."""
    return rehearsing.prepare(job).letter.get_absolute_url()


@shared_task
def sweep_dispatches() -> None:
    """Finish the dispatches of which nothing waits any more."""
    if claim_period("dispatches", min(10, settings.SWEEP)):
        dispatching.finish_dispatches()


@mailbox.handles(replies.TAG)
def file_reply(arrived: mailbox.Arrived) -> str:
    """A mail to the address of a letter's recipient."""
    return replies.file_reply(arrived)


@mailbox.handles_strays(replies.TAG)
def file_stray(mail: EmailMessage) -> str:
    """A mail to such an address that is none of ours."""
    return replies.file_stray(mail)


@shared_task
def sweep_senders() -> int:
    """Let name and address of those who answered by e-mail go, once a day; the number of replies."""
    return replies.forget_senders(timezone.now()) if claim_period("senders of replies", DAY) else 0


@shared_task
def sweep_undelivered() -> None:
    """See to it that nobody owes an answer to a letter that came back."""
    if claim_period("undelivered", 300):
        following.match_deliveries(timezone.now())


@shared_task
def sweep_silences() -> None:
    """Adopt the letters whose silence ended."""
    if claim_period("silences", SILENCE):
        silence.adopt_due(timezone.now())
