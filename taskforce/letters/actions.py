"""What changes letters: writing and clearance. Sending them is in `dispatching`, what comes back in `answering`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies.access import agencies_of
from agencies.actions import owe, settle
from agencies.models import Agency, Mechanism, ObligationKind
from core.access import grant, require
from core.audit import signed
from core.dates import today
from core.files import store
from core.kept import kept, sentence
from core.uploads import Upload
from core.workflow import IllegalMove, move
from taskforce.letters import signing, silence
from taskforce.letters.access import VIEW
from taskforce.letters.documents import Annex, LetterText, text_of
from taskforce.letters.groups import Group, GroupKind
from taskforce.letters.languages import texts_of
from taskforce.letters.models import (
    Attachment,
    Clearance,
    ClearanceQuerySet,
    Contact,
    FormerAttachment,
    GroupRule,
    Invitation,
    Letter,
    Recipient,
    Sequel,
    Signatory,
    Silence,
    Translation,
)
from taskforce.letters.numbering import claim
from taskforce.letters.workflow import BEFORE_CLEARANCE, LETTER, ClearanceState

if TYPE_CHECKING:
    from accounts.models import User

CLEARANCE_PAGE = "letters:clearance"
CLEAR = sentence(gettext_noop("Clear letter %(letter)s"))
OBJECT = sentence(gettext_noop("Object to letter %(letter)s, or let it be adopted"))
NONE: Mapping[int, Upload] = MappingProxyType({})


class Conflict(Exception):
    """Somebody saved the letter since it was opened. `letter` is as they left it."""

    def __init__(self, letter: Letter) -> None:
        super().__init__(_("Somebody else changed this letter meanwhile."))
        self.letter = letter


# ---------------------------------------------------------------- writing


@transaction.atomic
def create_letter(
    *, mechanism: Mechanism, text: LetterText, by: User | None, uploads: Mapping[int, Upload] = NONE
) -> Letter:
    """A new draft; one without a reference gets the next of its mechanism. Raises ReferenceTaken, StorageFull.

    `uploads` are the files of its attachments, by their places from 0.
    """
    text = replace(text, reference=claim(text.reference, mechanism, today()))
    letter = Letter.objects.create(mechanism=mechanism, created_by=by, **_fields(text))
    _replace_parts(letter, _with_files(text, uploads))
    return letter


@transaction.atomic
def change_letter(
    *, letter: Letter, version: int, text: LetterText, by: User, uploads: Mapping[int, Upload] = NONE
) -> Letter:
    """Save the text that was opened at `version`. A change withdraws clearances and signatures and makes the letter a draft again.

    `uploads` are the new files of attachments, by their places from 0. Raises Conflict when somebody saved in between,
    IllegalMove when the letter can no longer be changed, ReferenceTaken, StorageFull.
    """
    current = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if current.version != version:
        raise Conflict(current)
    if text == text_of(current) and not uploads:
        return current
    if text.sensitivity < current.sensitivity:
        raise IllegalMove(_("To mark it lower takes a second person: ask for it."))
    if text.reference != current.reference:
        claim(text.reference, current.mechanism, today())
    if current.status not in BEFORE_CLEARANCE:
        current = revise(letter=current, by=by)
    text = _with_files(text, uploads)
    _keep_former(current, text, by)
    for name, value in _fields(text).items():
        setattr(current, name, value)
    current.version += 1
    current.save()
    _replace_parts(current, text)
    return current


def _keep_former(letter: Letter, text: LetterText, by: User) -> None:
    """Attachments that the letter no longer uses stay listed, with who replaced them and when."""
    FormerAttachment.objects.bulk_create(
        FormerAttachment(
            letter=letter,
            title=annex.title,
            text=annex.text,
            file_id=annex.file_id or None,
            text_version=letter.version,
            replaced_by=by,
            replaced_at=timezone.now(),
        )
        for annex in text_of(letter).attachments
        if (annex.text, annex.file_id) not in {(new.text, new.file_id) for new in text.attachments}
    )


def _with_files(text: LetterText, uploads: Mapping[int, Upload]) -> LetterText:
    """The text with the uploaded files, which are kept now that nothing else stands in the way."""
    files = {
        place: store(name=one.name, content_type=one.content_type, data=one.data) for place, one in uploads.items()
    }
    attachments = (
        Annex(annex.title, file_id=str(files[place].pk), sha256=files[place].sha256) if place in files else annex
        for place, annex in enumerate(text.attachments)
    )
    return replace(text, attachments=tuple(attachments))


def _fields(text: LetterText) -> dict[str, Any]:
    return {
        "reference": text.reference,
        "subject": text.subject,
        "purpose": text.purpose,
        "body": text.body,
        "language": text.language,
        "deadline": dt.date.fromisoformat(text.deadline) if text.deadline else None,
        "deadline_zone": text.deadline_zone,
        "sensitivity": text.sensitivity,
        "tlp": text.tlp,
    }


def _replace_parts(letter: Letter, text: LetterText) -> None:
    """Write the ordered parts anew where they differ."""
    before = text_of(letter)
    if before.invitations != text.invitations:
        _replace_invitations(letter, text.invitations)
    if before.signatories != text.signatories:
        blocks = [{"title": row.title, "office": row.office, "name": row.name} for row in text.signatories]
        _replace(letter, Signatory, blocks)
    if before.contacts != text.contacts:
        _replace(letter, Contact, [asdict(row) for row in text.contacts])
    if before.groups != text.groups:
        _replace(letter, GroupRule, [_rule(group) for group in text.groups])
    if before.attachments != text.attachments:
        rows = [{"title": row.title, "text": row.text, "file_id": row.file_id or None} for row in text.attachments]
        _replace(letter, Attachment, rows)


def _replace_invitations(letter: Letter, texts: Sequence[str]) -> None:
    """What is to follow a yes stays with the words of its invitation."""
    kept = {
        row.invitation.text: row
        for row in Sequel.objects.filter(invitation__letter=letter).select_related("invitation")
    }
    _replace(letter, Invitation, [{"text": words} for words in texts])
    for invitation in letter.invitations.filter(text__in=kept):
        row = kept[invitation.text]
        Sequel.objects.create(invitation=invitation, kind=row.kind, agency_id=row.agency_id, days=row.days)


def _rule(group: Group) -> dict[str, Any]:
    subject = {group.kind: group.subject}
    return {
        "kind": group.kind,
        "region_id": subject.get(GroupKind.REGION),
        "office_id": subject.get(GroupKind.OFFICE),
        "excludes": group.excludes,
    }


def _replace(letter: Letter, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    parts = model.objects
    parts.filter(letter=letter).delete()
    parts.bulk_create(model(letter=letter, order=order, **row) for order, row in enumerate(rows, start=1))


# ---------------------------------------------------------------- clearance


@transaction.atomic
def submit_letter(
    *,
    letter: Letter,
    clear_by: dt.date,
    by: User,
    on: dt.date,
    in_silence: bool = False,
    with_members: bool = False,
) -> Letter:
    """Ask each agency that chairs the mechanism on the day to clear the text as it stands, in each language.

    In silence it is adopted at the end of the day `clear_by` unless one of them, or of the members, objects.
    """
    letter = move(LETTER, letter, "submit", by=by)
    running = None
    if in_silence:
        running = silence.start(letter=letter, ends_on=clear_by, with_members=with_members, by=by)
    for text in (None, *(one.row for one in texts_of(letter) if not one.is_stale)):
        ask_to_clear(letter, clear_by=clear_by, on=on, text=text, running=running)
    if running:
        silence.tell_all(running, on)
    return letter


def ask_to_clear(
    letter: Letter,
    *,
    clear_by: dt.date,
    on: dt.date,
    text: Translation | None = None,
    running: Silence | None = None,
) -> None:
    """Ask the co-chairs of the day, in silence whom it runs for, about the main text or one in a further language."""
    what = (OBJECT if running else CLEAR) % {"letter": letter.open_name}
    for agency in silence.asked(running, on) if running else letter.co_chairs(on):
        clearance = Clearance.objects.create(
            letter=letter,
            agency=agency,
            language=text.language if text else "",
            text_version=text.version if text else letter.version,
            due_on=clear_by,
        )
        owe(
            kind=ObligationKind.CLEARANCE,
            what=f"{what}: {text}" if text else what,
            page=CLEARANCE_PAGE,
            subject_id=clearance.pk,
            due_on=clear_by,
            agency=agency,
            mechanism=letter.mechanism,
            time_zone=running.time_zone if running else agency.time_zone,
        )


@transaction.atomic
def clear_letter(*, clearance: Clearance, by: User, at: dt.datetime, comment: str = "") -> Letter:
    """One co-chair clears the text; when all have cleared the main one, the letter waits to be signed."""
    return _cleared(_decide(clearance, ClearanceState.CLEARED, by=by, at=at, comment=comment), by)


@transaction.atomic
def clear_with_reservation(*, clearance: Clearance, comment: str, by: User, at: dt.datetime) -> Letter:
    """An agency agrees and says what it does not share; that stands beside the clearance."""
    return _cleared(_decide(clearance, ClearanceState.RESERVED, by=by, at=at, comment=comment), by)


def _cleared(clearance: Clearance, by: User) -> Letter:
    letter = clearance.letter
    if clearance.language or not letter.is_cleared():
        return letter
    letter = move(LETTER, letter, "clear", by=by)
    signing.open_for(letter)
    return letter


@transaction.atomic
def object_to_letter(*, clearance: Clearance, comment: str, by: User, at: dt.datetime) -> Letter:
    """One co-chair objects and says why. The letter stays in clearance until its author changes it or they clear it."""
    return _decide(clearance, ClearanceState.OBJECTED, by=by, at=at, comment=comment).letter


def _decide(clearance: Clearance, state: ClearanceState, *, by: User, at: dt.datetime, comment: str) -> Clearance:
    """Write a co-chair's decision; the letter is locked first, so that no change slips in between."""
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=clearance.letter_id)
    clearance = Clearance.objects.select_for_update(of=("self",)).get(pk=clearance.pk)
    require(by, "letters.clear_letter", clearance)
    clearance.letter = letter
    if not clearance.is_open:
        raise IllegalMove(_("This text is no longer in clearance: look at it again."))
    if clearance.language:
        letter.releases.end(by)
    else:
        silence.check_open(letter, at)
    clearance.state, clearance.comment = state, comment
    clearance.decided_by, clearance.decided_at = by, at
    clearance.save()
    settle(clearance.pk, kind=ObligationKind.CLEARANCE, outcome=kept(state.label))
    if not clearance.language:
        silence.note(letter, state, at)
    return clearance


@transaction.atomic
def revise(*, letter: Letter, by: User, note: str = "") -> Letter:
    """Take a letter back to draft; what was cleared or signed is no longer, and what was asked to be sent is not sent."""
    return _undone(move(LETTER, letter, "revise", by=by, note=note), by)


@transaction.atomic
def withdraw_letter(*, letter: Letter, by: User, note: str = "") -> Letter:
    """Give a letter up before it went out."""
    return _undone(move(LETTER, letter, "withdraw", by=by, note=note), by)


def _undone(letter: Letter, by: User) -> Letter:
    """The letter without what people said of its text, and without what they are still asked."""
    letter.releases.end(by)
    end_clearances(letter.clearances.current())
    signing.withdraw(letter)
    silence.withdraw(letter, timezone.now())
    return letter


def end_clearances(asked: ClearanceQuerySet) -> None:
    """Take back what the co-chairs said of a text that has changed, and what they are still asked."""
    settle(*asked.values_list("pk", flat=True), kind=ObligationKind.CLEARANCE, outcome=gettext_noop("Withdrawn"))
    asked.update(was=F("state"), state=ClearanceState.WITHDRAWN)


@transaction.atomic
def close_letter(*, letter: Letter, by: User, note: str = "") -> Letter:
    """End the follow-up: answers still open are asked for no longer."""
    letter = move(LETTER, letter, "close", by=by, note=note)
    letter.releases.end(by)
    asked = Recipient.objects.filter(dispatch__letter=letter).values_list("pk", flat=True)
    settle(*asked, kind=ObligationKind.ANSWER, outcome=gettext_noop("Letter closed"))
    return letter


# ---------------------------------------------------------------- sight


def give_sight(*, letter: Letter, agency: Agency, by: User, until: dt.date | None = None) -> None:
    """Let an agency see a letter, up to a day or for good. Nobody gives sight to an agency of their own."""
    require(by, "letters.grant_sight", letter)
    if agencies_of(by, today()).filter(agency=agency).exists():
        raise PermissionDenied
    with transaction.atomic(), signed(user=str(by.pk)):
        grant(agency.group, VIEW, letter, until)
