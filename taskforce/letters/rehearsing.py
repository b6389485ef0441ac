"""A rehearsal: the sample letters of a dispatch go, marked as such, to a guest list and to nobody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from core import jobs, outbox
from core.access import can, require
from core.dates import today
from core.files import StorageFull, store
from core.kept import sentence
from core.models import Job, MessageState, OutgoingMessage, StoredFile
from core.pdf import PdfFailed, PdfUnavailable, render_each
from core.sensitivity import Sensitivity
from core.workflow import IllegalMove
from taskforce.letters.dispatching import SHEETS, document, made_files, plan_of
from taskforce.letters.documents import PersonalLetter, personal
from taskforce.letters.emails import rehearsal_email
from taskforce.letters.links import SAMPLE_LINK
from taskforce.letters.models import Letter, Rehearsal
from taskforce.letters.workflow import CHANGEABLE

if TYPE_CHECKING:
    from core.outbox import Draft

KIND = "letters.rehearsal"
REHEARSE = sentence(gettext_noop("Rehearse letter %(letter)s"))
MOST = 10  # guests
MAY_REHEARSE = "letters.dispatch_letter"


def why_not(letter: Letter) -> str:
    """Why the letter cannot be rehearsed; empty when it can."""
    if letter.status not in CHANGEABLE:
        return _("Only a letter that has not gone out is rehearsed.")
    if letter.sensitivity > Sensitivity.UNCLASSIFIED:
        return _("A restricted letter does not travel by e-mail: read its sample PDFs on the check page.")
    return ""


def guests_of(letter: Letter, emails: Iterable[str]) -> tuple[list[User], list[str]]:
    """The people of the portal with these addresses who may see the letter, and the addresses that are nobody's."""
    wanted = {email.casefold() for email in emails}
    known = User.objects.annotate(folded=Lower("email")).filter(folded__in=wanted, is_active=True).order_by("email")
    seeing: list[User] = [person for person in known if Letter.objects.visible_to(person).filter(pk=letter.pk).exists()]
    return seeing, sorted(wanted - {person.email.casefold() for person in seeing})


@transaction.atomic
def rehearse(*, letter: Letter, guests: Sequence[User], by: User, at: dt.datetime) -> Rehearsal:
    """Let the sample letters go to the guests. Raises IllegalMove, PermissionDenied."""
    require(by, MAY_REHEARSE, letter)
    if why := why_not(letter):
        raise IllegalMove(why)
    rehearsal = Rehearsal.objects.create(letter=letter, asked_by=by, asked_at=at)
    rehearsal.guests.set(guests)
    jobs.start(KIND, subject=rehearsal.pk, by=by, label=REHEARSE % {"letter": letter.reference})
    return rehearsal


def prepare(job: Job) -> Rehearsal:
    """Set the samples and queue them for every guest who may still see the letter. May be begun again at any time."""
    rehearsal = Rehearsal.objects.select_related("letter__mechanism").get(pk=str(job.subject_id))
    if not can(job.requested_by, MAY_REHEARSE, rehearsal.letter) or why_not(rehearsal.letter):
        raise jobs.Failed(_("This letter can no longer be rehearsed."))
    guests, _strangers = guests_of(rehearsal.letter, rehearsal.guests.values_list("email", flat=True))
    try:
        with transaction.atomic():
            outbox.enqueue_many(list(_drafts(rehearsal, [guest.email for guest in guests])))
    except (PdfUnavailable, PdfFailed, StorageFull) as error:
        raise jobs.Failed(str(error)) from error
    return rehearsal


def _drafts(rehearsal: Rehearsal, guests: Sequence[str]) -> Iterator[Draft]:
    letters = _samples(rehearsal.letter)
    enclosed = {letter.language: list(made_files(letter.text)) for letter in letters}
    marked = (replace(document(letter), marking=_("REHEARSAL")) for letter in letters)
    for letter, pdf in zip(letters, render_each(marked, sheets=SHEETS), strict=True):
        file = store(name=letter.file_name, content_type="application/pdf", data=pdf)
        yield from (_draft(rehearsal, letter, [file, *enclosed[letter.language]], guest, guests) for guest in guests)


def _samples(letter: Letter) -> list[PersonalLetter]:
    """As the offices of the check page would get it today; the link leads nowhere."""
    plan = plan_of(letter, today(), today())
    return [personal(plan.text, to, day=plan.day, link=SAMPLE_LINK) for to in plan.roll.samples()]


def _draft(
    rehearsal: Rehearsal, letter: PersonalLetter, files: list[StoredFile], guest: str, guests: Sequence[str]
) -> Draft:
    sender = rehearsal.letter.mechanism.name
    return rehearsal_email(rehearsal, letter, to=guest, guests=guests, sender_name=sender, files=files)


@dataclass(frozen=True)
class Rehearsed:
    """How far a rehearsal is: messages queued, and those that the relay took."""

    rehearsal: Rehearsal
    queued: int
    taken: int


def last_of(letter: Letter) -> Rehearsed | None:
    """The letter's last rehearsal."""
    rehearsal = letter.rehearsals.select_related("asked_by").prefetch_related("guests").first()
    if rehearsal is None:
        return None
    messages = OutgoingMessage.objects.of(rehearsal.pk)
    counts = messages.aggregate(queued=Count("pk"), taken=Count("pk", filter=Q(state=MessageState.HANDED_OVER)))
    return Rehearsed(rehearsal, **counts)
