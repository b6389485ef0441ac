"""Signatures under a cleared text: asked of people in the order of protocol or all at once, or recorded from paper."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies.access import agencies_of
from agencies.actions import owe, settle
from agencies.models import Agency, Capacity, FocalPoint, FocalPointQuerySet, ObligationKind
from core.access import require
from core.audit import signed
from core.dates import today
from core.files import store
from core.kept import kept, sentence
from core.uploads import Upload
from core.workflow import IllegalMove, move
from taskforce.letters.access import KEEP, VIEW
from taskforce.letters.documents import LetterText, seal_of, text_of
from taskforce.letters.emails import ask_to_sign
from taskforce.letters.models import Letter, Signing, Way
from taskforce.letters.workflow import LETTER, SigningState, Status

if TYPE_CHECKING:
    from accounts.models import User

PAGE = "letters:signing"
SIGN = sentence(gettext_noop("Sign letter %(letter)s"))
WITHDRAWN = gettext_noop("Withdrawn")


def as_signed(letter: Letter) -> LetterText:
    """The content of a letter with what its signature blocks say: the day of each signature given on the portal."""
    text = text_of(letter)
    given = letter.signings.current().filter(state=SigningState.SIGNED, way=Way.PORTAL)
    days = {row.order: row.signed_on.isoformat() for row in given if row.signed_on}
    blocks = (
        replace(block, signed_on=days[order]) if order in days else block
        for order, block in enumerate(text.signatories, start=1)
    )
    return replace(text, signatories=tuple(blocks))


def why_not(letter: Letter) -> str:
    """Why the text cannot go out under these signatures; empty when each binds the text as it stands."""
    bound = set(letter.signings.current().filter(state=SigningState.SIGNED).values_list("sha256", flat=True))
    return "" if bound <= {seal_of(text_of(letter))} else _("The text is not the one that was signed.")


def seats_of(letter: Letter, on: dt.date) -> FocalPointQuerySet:
    """The seats of the mechanism whose holders may be asked to sign, principals first."""
    able = (Capacity.PRINCIPAL, Capacity.FOCAL_POINT)
    seats = FocalPoint.objects.seated(on).filter(mechanism=letter.mechanism_id, capacity__in=able)
    agency = Prefetch("agency", Agency.objects.named_on(on))
    return seats.filter(person__is_active=True).for_list().prefetch_related(agency)


def may_sign(row: Signing, user: User) -> bool:
    """Whether this person is asked, and still speaks for the agency."""
    waits = row.state == SigningState.ASKED and row.letter.status == Status.IN_SIGNATURE
    return waits and row.person_id == user.pk and agencies_of(user, today()).filter(agency=row.agency_id).exists()


# ---------------------------------------------------------------- asking


def open_for(letter: Letter) -> None:
    """A row for each signatory of the text that was just cleared; nobody is asked yet."""
    Signing.objects.bulk_create(
        Signing(
            letter=letter, text_version=letter.version, order=order, title=one.title, office=one.office, name=one.name
        )
        for order, one in enumerate(letter.signatories.all(), start=1)
    )


@transaction.atomic
def ask(
    *, letter: Letter, seats: Mapping[uuid.UUID, FocalPoint], in_sequence: bool, due_on: dt.date, by: User
) -> Letter:
    """Ask the people in these seats, by the ids of the signings; the others sign on paper. What is signed stays.

    Raises IllegalMove, PermissionDenied.
    """
    letter = _kept(letter, by)
    with signed(user=str(by.pk)):
        letter.in_sequence = in_sequence
        letter.save(update_fields=["in_sequence"])
        for row in letter.signings.unsigned():
            _let_be(row)
            seat = seats.get(row.pk)
            row.person, row.agency = (seat.person, seat.agency) if seat else (None, None)
            row.state, row.reason, row.due_on = SigningState.OPEN, "", due_on
            row.decided_by = row.decided_at = None
            row.save()
        _ask_next(letter)
    return letter


def _ask_next(letter: Letter) -> None:
    """Ask whose turn it is: the first who has not signed, or everybody."""
    waiting = list(letter.signings.unsigned().select_related("person", "agency", "letter__mechanism"))
    for row in waiting[:1] if letter.in_sequence else waiting:
        if row.state == SigningState.OPEN and row.person:
            row.state = SigningState.ASKED
            row.save(update_fields=["state"])
            _owe(row)
            ask_to_sign(row)


def _owe(row: Signing) -> None:
    letter = row.letter
    if row.agency and row.due_on:
        owe(
            kind=ObligationKind.SIGNATURE,
            what=SIGN % {"letter": letter.open_name},
            page=PAGE,
            subject_id=row.pk,
            due_on=row.due_on,
            agency=row.agency,
            mechanism=letter.mechanism,
            time_zone=row.agency.time_zone,
        )


def _let_be(row: Signing, outcome: str = WITHDRAWN) -> None:
    """Nobody owes this signature any more."""
    settle(row.pk, kind=ObligationKind.SIGNATURE, outcome=outcome)


# ---------------------------------------------------------------- signing


@transaction.atomic
def sign(*, row: Signing, sha256: str, by: User, at: dt.datetime) -> Letter:
    """The person signs the content that was shown (by its SHA-256). Raises IllegalMove, PermissionDenied."""
    row = _asked(row, by)
    if seal_of(text_of(row.letter)) != sha256:
        raise IllegalMove(_("The text has changed since it was shown to you: read it again."))
    with signed(user=str(by.pk)):
        _given(row, Way.PORTAL, signed_on=today(), by=by, at=at)
        return _go_on(row.letter)


@transaction.atomic
def decline(*, row: Signing, reason: str, by: User, at: dt.datetime) -> Letter:
    """The person does not sign, and says why; the secretariat decides what follows. Raises IllegalMove, PermissionDenied."""
    row = _asked(row, by)
    with signed(user=str(by.pk)):
        row.state, row.reason, row.decided_by, row.decided_at = SigningState.DECLINED, reason, by, at
        row.save()
        _let_be(row, kept(SigningState.DECLINED.label))
    return row.letter


@transaction.atomic
def record(
    *,
    letter: Letter,
    rows: Collection[uuid.UUID],
    signed_on: dt.date,
    scan: Upload | None,
    by: User,
    at: dt.datetime,
) -> Letter:
    """The secretariat notes who signed on paper, with the scan if there is one. Raises IllegalMove, PermissionDenied, StorageFull."""
    letter = _kept(letter, by)
    paper = store(name=scan.name, content_type=scan.content_type, data=scan.data, by=by) if scan else None
    with signed(user=str(by.pk)):
        for row in letter.signings.unsigned().filter(pk__in=rows):
            row.letter, row.scan = letter, paper
            _given(row, Way.PAPER, signed_on=signed_on, by=by, at=at)
        return _go_on(letter)


def withdraw(letter: Letter) -> None:
    """What was signed, or asked, is no longer: the text changes or is given up."""
    rows = letter.signings.current()
    settle(*rows.values_list("pk", flat=True), kind=ObligationKind.SIGNATURE, outcome=WITHDRAWN)
    rows.update(state=SigningState.WITHDRAWN)


def _given(row: Signing, way: Way, *, signed_on: dt.date, by: User, at: dt.datetime) -> None:
    row.state, row.way, row.signed_on, row.reason = SigningState.SIGNED, way, signed_on, ""
    row.decided_by, row.decided_at, row.sha256 = by, at, seal_of(text_of(row.letter))
    row.save()
    _let_be(row, kept(SigningState.SIGNED.label))


def _go_on(letter: Letter) -> Letter:
    """Ask the next, or say that the letter is ready when nobody is left."""
    if letter.is_signed():
        return move(LETTER, letter, "sign", by=None)
    _ask_next(letter)
    return letter


def _asked(row: Signing, by: User) -> Signing:
    """The row as it stands, its letter locked first, if this person is asked now."""
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=row.letter_id)
    row = Signing.objects.select_for_update(of=("self",)).get(pk=row.pk)
    row.letter = letter
    require(by, VIEW, letter)
    if row.person_id != by.pk:
        raise PermissionDenied
    if not may_sign(row, by):
        raise IllegalMove(_("Your signature is not asked for now: look at the letter again."))
    return row


def _kept(letter: Letter, by: User) -> Letter:
    """The letter, locked, if it waits to be signed and this person looks after it."""
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    require(by, KEEP, letter)
    if letter.status != Status.IN_SIGNATURE:
        raise IllegalMove(_("This letter does not wait to be signed: look at it again."))
    return letter
