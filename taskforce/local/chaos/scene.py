"""The letter: the one that went out in the sample goes to offices that were founded since. What the portal says of it, row by row."""

from collections.abc import Iterator
from typing import Any

from django.db import close_old_connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from agencies.models import Office, Region, ResidentCoordinator
from core.dates import span
from core.models import JobState, OutgoingMessage
from taskforce.letters import dispatching, releasing
from taskforce.letters.models import Dispatch, Letter
from taskforce.letters.workflow import Status
from taskforce.local.chaos.plan import address
from taskforce.local.chaos.verdict import Row

SECRETARIAT, LEAD = "secretariat@example.org", "secretariat-lead@example.org"


@transaction.atomic
def begin(letters: int) -> Dispatch:
    """One person asks for the dispatch to so many new offices, another one releases it; a worker does the rest."""
    found_offices(letters)
    now, day = timezone.now(), timezone.localdate()
    letter = Letter.objects.filter(status=Status.DISPATCHED).earliest("created_at")
    approved = dispatching.plan_of(letter, day, day).sha256
    asked = releasing.ask(letter=letter, approved=approved, by=person(SECRETARIAT), on=day, at=now)
    return releasing.release(asked=asked, approved=approved, by=person(LEAD), on=day, at=now)


def found_offices(number: int) -> None:
    """Offices with a coordinator each. Those of the sample lose their addresses: they cannot be reached."""
    Office.objects.update(email="")
    ResidentCoordinator.objects.update(email="")
    region, valid = Region.objects.earliest("name"), span(timezone.localdate())
    offices = Office.objects.bulk_create(
        Office(name=f"Office {one:05}", duty_station="Nairobi", region=region, valid=valid) for one in range(number)
    )
    ResidentCoordinator.objects.bulk_create(
        ResidentCoordinator(office=office, name=f"Coordinator of {office}", email=address(one), valid=valid)
        for one, office in enumerate(offices)
    )


def person(email: str) -> User:
    """A sample sign-in."""
    return User.objects.get(email=email)


def prepared(dispatch: Dispatch) -> int:
    """How many letters have a message."""
    close_old_connections()
    return dispatching.progress(dispatch).prepared


def standing(dispatch: Dispatch) -> tuple[object, ...]:
    """What changes as long as anything happens: figures, attempts, the job, the end."""
    close_old_connections()
    dispatch.refresh_from_db()
    job = dispatching.job_of(dispatch)
    attempts = sum(dispatch.recipients.filter(message__isnull=False).values_list("message__attempts", flat=True))
    return dispatching.progress(dispatch), attempts, job and job.state, dispatch.is_running


def resume(dispatch: Dispatch) -> bool:
    """What a person does who sees that the work stopped: let it go on. Whether that was needed."""
    if not dispatching.stalled(dispatch, dispatching.job_of(dispatch)):
        return False
    dispatching.resume(dispatch=dispatch, by=person(LEAD))
    return True


def rows(dispatch: Dispatch) -> Iterator[Row]:
    """What the portal says of every office that it can reach."""
    reached: QuerySet[Any] = dispatch.recipients.exclude(email="").with_state()  # annotated
    for one in reached.select_related("message"):
        message = one.message
        yield (
            Row(one.email, message.message_id, one.state, message.reason) if message else Row(one.email, "", one.state)
        )


def others(dispatch: Dispatch) -> dict[str, str]:
    """What else the portal sends meanwhile, reminders for example: addresses by Message-ID."""
    messages = OutgoingMessage.objects.exclude(batch=dispatch.pk) | OutgoingMessage.objects.filter(batch=None)
    return dict(messages.values_list("message_id", "to"))


def flaws(dispatch: Dispatch) -> dict[str, str]:
    """What the portal says wrongly of the whole: the dispatch goes on, the job is not done, the history has a gap."""
    from core import chain

    job, found = dispatching.job_of(dispatch), chain.verify()
    said = {
        "dispatch": "it is not finished" if dispatch.is_running else "",
        "job": "" if job and job.state == JobState.DONE else f"it is {job.state if job else 'missing'}",
        "history": str(found.flaws[0]) if found.flaws else "",
    }
    return {what: wrong for what, wrong in said.items() if wrong}
