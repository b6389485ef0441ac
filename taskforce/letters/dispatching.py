"""Sending a letter: what was approved is frozen with one row per office, then prepared in chunks and left to the outbox.

Everything is a row before anything leaves: a worker that dies is replaced by one that finds the recipients still without a
message and goes on. The unique key of a message keeps an office from getting two.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies.actions import settle
from agencies.models import Obligation, ObligationKind
from core import jobs, outbox
from core.access import can, require
from core.files import StorageFull, store
from core.kept import sentence
from core.marks import personal as personal_words
from core.models import Job, MessageState, OutgoingMessage, StoredFile
from core.pdf import SHEAF, Document, PdfFailed, PdfUnavailable, render_each
from core.workflow import IllegalMove, move
from taskforce.letters import links
from taskforce.letters.addressees import Addressee, Roll, addressees
from taskforce.letters.documents import (
    LetterText,
    PersonalLetter,
    fingerprint,
    frozen,
    groups_of,
    personal,
    thawed,
)
from taskforce.letters.emails import letter_email
from taskforce.letters.following import owe_answer
from taskforce.letters.languages import in_all_languages
from taskforce.letters.models import Dispatch, Enclosed, Letter, Purpose, Recipient, RecipientQuerySet
from taskforce.letters.reissuing import hand_over_answers, successors
from taskforce.letters.signing import as_signed
from taskforce.letters.workflow import GONE_OUT, LETTER

if TYPE_CHECKING:
    from accounts.models import User

KIND = "letters.dispatch"
PREPARE = sentence(gettext_noop("Prepare letter %(letter)s"))
PAUSED = sentence(gettext_noop("Letter %(letter)s"))
CHUNK = 20  # letters kept and queued in one transaction
SHEETS = ("css/pdf-letter.css",)
Enclosures = Mapping[str, list[StoredFile]]  # by language
ADDRESS_LINES = ("",) * 4  # the addressee has so many, the last of them empty: the letters of all are of one form


@dataclass(frozen=True)
class Plan:
    """What would be sent: the text, the date that it bears, and to whom."""

    text: LetterText
    day: dt.date
    roll: Roll
    reissue: bool = False  # to successors alone

    @property
    def move(self) -> str:
        """The move of the letter that begins it."""
        return "reissue" if self.reissue else "dispatch"

    @property
    def sha256(self) -> str:
        """Its fingerprint: whoever approves it approves this."""
        return fingerprint(self.text, self.day, self.roll.addressees)


def plan_of(letter: Letter, day: dt.date, on: dt.date, *, reissue: bool = False) -> Plan:
    """What a dispatch on the day `on` would send, with letters dated `day`; a `reissue` goes to successors alone."""
    text = text_to_send(letter)
    roll = successors(letter, on) if reissue else roll_of(letter, on)
    return Plan(text, day, roll.written_in(text.languages, text.language), reissue)


def text_to_send(letter: Letter) -> LetterText:
    """The letter as it stands: as it is signed, in every language in which it goes out."""
    return in_all_languages(letter, as_signed(letter))


def roll_of(letter: Letter, on: dt.date) -> Roll:
    """Whom a dispatch on the day would reach: the offices of the letter's groups but those that have it already."""
    have_it = Recipient.objects.filter(dispatch__letter=letter).having_it().values_list("office_id", flat=True)
    return Roll(tuple(addressees(on, groups_of(letter), without=have_it)))


def sent_before(letter: Letter, roll: Roll) -> RecipientQuerySet:
    """The rows of these offices in earlier dispatches, from which they have no letter."""
    return Recipient.objects.filter(dispatch__letter=letter, office__in=[one.office_id for one in roll.addressees])


def sent_rows(letter: Letter) -> list[Recipient]:
    """The offices that have the letter or are about to, by name, each as of its last dispatch."""
    rows = Recipient.objects.filter(dispatch__letter=letter).latest()
    if letter.status not in GONE_OUT:
        rows = rows.gone_out()
    return list(rows.select_related("dispatch").defer("dispatch__frozen").order_by("office_name", "pk"))


# ---------------------------------------------------------------- starting and stopping


@transaction.atomic
def begin(*, letter: Letter, plan: Plan, by: User, at: dt.datetime) -> Dispatch:
    """Freeze what was released, write a row for each office, and let the work begin. Raises IllegalMove.

    Whether two people agreed to it is the matter of `releasing`, from where alone this is called.
    """
    letter = move(LETTER, letter, plan.move, by=by)
    earlier = sent_before(letter, plan.roll).values_list("pk", flat=True)
    settle(
        *earlier,
        kind=ObligationKind.ANSWER,
        outcome=gettext_noop("Issued again to the successor") if plan.reissue else gettext_noop("Sent again"),
    )
    dispatch = Dispatch.objects.create(
        letter=letter,
        number=letter.dispatches.count() + 1,
        day=plan.day,
        started_by=by,
        started_at=at,
        frozen=frozen(plan.text),
        sha256=plan.sha256,
    )
    Recipient.objects.bulk_create(row_of(dispatch, one) for one in plan.roll.addressees)
    if plan.reissue:
        hand_over_answers(dispatch)
    resume(dispatch=dispatch, by=by)
    return dispatch


def row_of(dispatch: Dispatch, to: Addressee) -> Recipient:
    """The row that keeps an addressee as of the day of dispatch."""
    first = dt.date.fromisoformat(to.reissue_of) if to.reissue_of else None
    facts = {**asdict(to), "countries": list(to.countries), "reissue_of": first}
    return Recipient(dispatch=dispatch, office_name=facts.pop("office"), **facts)


@transaction.atomic
def resume(*, dispatch: Dispatch, by: User) -> Job:
    """Let the preparation begin, or go on after it was stopped, and what was paused leave."""
    outbox.resume_batch(dispatch.pk, by=by)
    label = PREPARE % {"letter": dispatch.letter.reference}
    return jobs.start(KIND, subject=dispatch.pk, by=by, label=label)


@transaction.atomic
def pause(*, dispatch: Dispatch, by: User) -> None:
    """Prepare and send no more of it until somebody lets it go on. Raises IllegalMove when it does not run, PermissionDenied."""
    require(by, "letters.dispatch_letter", dispatch.letter)
    if not Dispatch.objects.select_for_update(of=("self",)).get(pk=dispatch.pk).is_running:
        raise IllegalMove(_("This dispatch does not run any more."))
    reason = PAUSED % {"letter": dispatch.letter.reference}
    outbox.pause_batch(dispatch.pk, reason=reason, by=by)


def job_of(dispatch: Dispatch) -> Job | None:
    """The job that prepares a dispatch, the latest if there were several."""
    return Job.objects.filter(kind=KIND, subject_id=dispatch.pk).first()


def stalled(dispatch: Dispatch, job: Job | None) -> bool:
    """Whether letters still wait to be prepared and nobody prepares them."""
    over = job is None or job.is_over
    return dispatch.is_running and over and dispatch.recipients.to_prepare().exists()


@dataclass(frozen=True)
class Progress:
    """How far a dispatch is: letters to send, set and queued, left for the relay or settled otherwise."""

    total: int
    prepared: int
    settled: int

    @property
    def percent(self) -> int:
        """Setting a letter and handing it over count one half each."""
        return 50 * (self.prepared + self.settled) // self.total if self.total else 100


def progress(dispatch: Dispatch) -> Progress:
    """How far it is, from the rows."""
    waiting = [MessageState.QUEUED, MessageState.HELD, MessageState.IN_FLIGHT]
    reached = dispatch.recipients.exclude(email="")
    counts = reached.aggregate(
        total=Count("pk"),
        prepared=Count("pk", filter=Q(message__isnull=False)),
        settled=Count("pk", filter=Q(message__isnull=False) & ~Q(message__state__in=waiting)),
    )
    return Progress(**counts)


@transaction.atomic
def cancel_dispatch(*, dispatch: Dispatch, by: User, at: dt.datetime) -> Dispatch:
    """Stop a dispatch: what has not left stays here, and the letter can be dispatched again to those who lack it.

    It is as it was before: ready where nobody has it, else dispatched. Raises IllegalMove when it has ended meanwhile.
    """
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=dispatch.letter_id)
    dispatch = Dispatch.objects.select_for_update(of=("self",)).get(pk=dispatch.pk)
    if not dispatch.is_running:
        raise IllegalMove(_("It has ended meanwhile."))
    dispatch.cancelled_at = at
    dispatch.save(update_fields=["cancelled_at"])
    for job in Job.objects.unfinished().filter(kind=KIND, subject_id=dispatch.pk):
        jobs.ask_to_cancel(job)
    unsent = list(
        OutgoingMessage.objects.of(dispatch.pk)
        .filter(state__in=[MessageState.QUEUED, MessageState.HELD])
        .values_list("pk", flat=True)
    )
    outbox.cancel(dispatch.pk)
    outbox.resume_batch(dispatch.pk, by=by)
    _forget_answers(dispatch, unsent)
    move(LETTER, letter, "halt" if letter.gone_out() or letter.was_dispatched() else "cancel", by=by)
    return dispatch


def _forget_answers(dispatch: Dispatch, unsent: Sequence[Any]) -> None:
    """No office owes an answer to a letter that it never got."""
    waiting = dispatch.recipients.filter(message__in=unsent, message__state=MessageState.CANCELLED)
    Obligation.objects.open().filter(
        kind=ObligationKind.ANSWER, subject_id__in=list(waiting.values_list("pk", flat=True))
    ).update(closed_at=timezone.now(), outcome=gettext_noop("Not sent"))


# ---------------------------------------------------------------- the work


def prepare(job: Job) -> None:
    """Set and queue every letter of the job's dispatch that is not queued yet. May be begun again at any time."""
    dispatch = Dispatch.objects.select_related("letter__mechanism").get(pk=str(job.subject_id))
    if not can(job.requested_by, "letters.dispatch_letter", dispatch.letter):
        raise jobs.Failed(_("Whoever started this dispatch may no longer do so. Somebody else can let it go on."))
    text = thawed(dispatch.frozen)
    _check_frozen(dispatch)
    total = dispatch.recipients.to_prepare().count()
    reached = dispatch.recipients.exclude(email="").count()
    try:
        enclosed = enclosed_files(dispatch, text)
        for done in _prepare_all(dispatch, text, enclosed):
            jobs.progress(job, reached - total + done, reached, gettext_noop("Letters are being set and queued"))
    except (PdfUnavailable, PdfFailed, StorageFull) as error:
        raise jobs.Failed(str(error)) from error


def _check_frozen(dispatch: Dispatch) -> None:
    """What is sent is what was approved, byte for byte."""
    to = [row.addressee for row in dispatch.recipients.all()]
    if fingerprint(dispatch.frozen, dispatch.day, to) != dispatch.sha256:
        raise jobs.Failed(_("The frozen letter is not what was approved. Nothing was sent; tell the administrator."))


def _prepare_all(dispatch: Dispatch, text: LetterText, enclosed: Enclosures) -> Iterator[int]:
    """Set all letters in one run of the press, keep and queue them chunk by chunk: how many are done."""
    done, waiting = 0, deque[tuple[Recipient, PersonalLetter]]()
    with closing(render_each(_documents(dispatch, text, waiting), sheets=SHEETS)) as pdfs:
        while chunk := list(islice(pdfs, CHUNK)):
            recipients, letters = zip(*(waiting.popleft() for _pdf in chunk), strict=True)
            _keep_chunk(dispatch, text, recipients, letters, chunk, enclosed)
            done += len(chunk)
            yield done


def _documents(
    dispatch: Dispatch, text: LetterText, waiting: deque[tuple[Recipient, PersonalLetter]]
) -> Iterator[Document]:
    """The letters still to be set, as the press takes them, from as many rows at a time; what was given away is `waiting`."""
    pks = dispatch.recipients.to_prepare().order_by("language", "office_name", "pk").values_list("pk", flat=True)
    for sheaf in _sheaves(list(pks)):
        rows = dispatch.recipients.in_bulk(sheaf)
        for recipient in map(rows.__getitem__, sheaf):
            recipient.dispatch = dispatch
            waiting.append((recipient, personal_letter(recipient, text)))
            yield document(waiting[-1][1])


def _sheaves(pks: list[Any]) -> Iterator[list[Any]]:
    """As many as the press takes at a time."""
    return (pks[first : first + SHEAF] for first in range(0, len(pks), SHEAF))


def _keep_chunk(
    dispatch: Dispatch,
    text: LetterText,
    chunk: Sequence[Recipient],
    letters: Sequence[PersonalLetter],
    pdfs: Sequence[bytes],
    enclosed: Enclosures,
) -> None:
    """In one transaction: files, messages, obligations of a chunk."""
    with transaction.atomic():
        running = Dispatch.objects.select_for_update(of=("self",)).get(pk=dispatch.pk).is_running
        if not running or outbox.hold_of(dispatch.pk):
            raise jobs.Cancelled
        for recipient, letter, pdf in zip(chunk, letters, pdfs, strict=True):
            recipient.file = store(name=letter.file_name, content_type="application/pdf", data=pdf)
        _queue(dispatch, chunk, letters, enclosed)
        if text.purpose == Purpose.ACTION:
            for recipient in chunk:
                owe_answer(recipient, dispatch)


def _queue(
    dispatch: Dispatch, chunk: Sequence[Recipient], letters: Sequence[PersonalLetter], enclosed: Enclosures
) -> None:
    sender = dispatch.letter.mechanism.name
    outbox.enqueue_many(
        letter_email(recipient, letter, sender_name=sender, files=[recipient.file, *enclosed[letter.language]])  # type: ignore[list-item]
        for recipient, letter in zip(chunk, letters, strict=True)
    )
    messages = OutgoingMessage.objects.in_bulk([recipient.key for recipient in chunk], field_name="key")
    for recipient in chunk:
        recipient.message = messages[recipient.key]
    Recipient.objects.bulk_update(chunk, ["file", "message"])


# ---------------------------------------------------------------- documents


def personal_letter(recipient: Recipient, text: LetterText | None = None, *, link: str = "") -> PersonalLetter:
    """The letter to a recipient, from what was frozen; another `link` in place of its own for readers who may not have that."""
    dispatch = recipient.dispatch
    return personal(
        text or thawed(dispatch.frozen),
        recipient.addressee,
        day=dispatch.day,
        link=link or links.link_to(recipient),
    )


def document(letter: PersonalLetter) -> Document:
    """A letter as the press takes it, the recipient's own words marked."""
    address = [personal_words(line) for line in (*letter.address, *ADDRESS_LINES)][: len(ADDRESS_LINES)]
    with translation.override(letter.language):
        first = personal_words(letter.first_date) if letter.first_date else ""
        page = render_to_string("pdf/letter.html", {"letter": letter, "address": address, "first_date": first})
    html = page.replace(letter.link, personal_words(letter.link))
    return Document(html, f"{letter.text.reference} {letter.text.subject}", letter.language, letter.text.marking)


def set_letter(letter: PersonalLetter) -> bytes:
    """The PDF of one letter. Raises PdfUnavailable, PdfFailed."""
    (pdf,) = render_each([document(letter)], sheets=SHEETS)
    return pdf


def enclosed_files(dispatch: Dispatch, text: LetterText) -> dict[str, list[StoredFile]]:
    """The files that go with the letters of a dispatch in each language, in order; texts of ours are set once and kept."""
    if text.attachments and not dispatch.enclosed.exists():
        spoken = sorted(set(dispatch.recipients.values_list("language", flat=True)))
        rows = [row for language in spoken for row in _enclosed(dispatch, text.read_in(language))]
        Enclosed.objects.bulk_create(rows)
    files: dict[str, list[StoredFile]] = defaultdict(list)
    for row in dispatch.enclosed.select_related("file"):
        files[row.language].append(row.file)
    return files


def _enclosed(dispatch: Dispatch, text: LetterText) -> Iterator[Enclosed]:
    """The attachments of a letter in one language, as they go out."""
    for order, (annex, file) in enumerate(zip(text.attachments, made_files(text), strict=True), start=1):
        yield Enclosed(dispatch=dispatch, language=text.language, order=order, title=annex.title, file=file)


def made_files(text: LetterText) -> Iterator[StoredFile]:
    """The attachments as files; texts of ours are set now. Raises PdfUnavailable, PdfFailed, StorageFull."""
    for order, annex in enumerate(text.attachments, start=1):
        if annex.file_id:
            yield StoredFile.objects.get(pk=annex.file_id)
        else:
            yield _annex(text, order)


def _annex(text: LetterText, order: int) -> StoredFile:
    annex = text.attachments[order - 1]
    with translation.override(text.language):
        html = render_to_string("pdf/letter_attachment.html", {"text": text, "annex": annex, "order": order})
    title = f"{text.reference} {annex.title}"
    (pdf,) = render_each([Document(html, title, text.language, text.marking)], sheets=SHEETS)
    name = f"{text.reference.replace('/', '-')}-{order}.pdf"
    return store(name=name, content_type="application/pdf", data=pdf)


# ---------------------------------------------------------------- the end


def finish_dispatches() -> int:
    """Say “dispatched” of every letter of which nothing waits any more; returns how many."""
    running = Dispatch.objects.filter(cancelled_at=None, finished_at=None)
    return sum(_finish(pk) for pk in list(running.values_list("pk", flat=True)))


@transaction.atomic
def _finish(pk: Any) -> bool:
    """The letter is locked before its dispatch, as wherever both are."""
    letter = Letter.objects.select_for_update(of=("self",)).get(dispatches=pk)
    dispatch = Dispatch.objects.select_for_update(of=("self",)).get(pk=pk)
    waiting = [MessageState.QUEUED, MessageState.HELD, MessageState.IN_FLIGHT]
    unsent = OutgoingMessage.objects.of(dispatch.pk).filter(state__in=waiting)
    if not dispatch.is_running or dispatch.recipients.to_prepare().exists() or unsent.exists():
        return False
    dispatch.finished_at = timezone.now()
    dispatch.save(update_fields=["finished_at"])
    move(LETTER, letter, "finish", by=None)
    return True
