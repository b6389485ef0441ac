"""What letters are to each other, and the draft of a follow-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.access import require
from core.audit import signed
from core.workflow import IllegalMove
from taskforce.letters import actions
from taskforce.letters.access import KEEP
from taskforce.letters.documents import LetterText, text_of
from taskforce.letters.models import SEEN_FROM_THERE, Letter, Purpose, Relation

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from accounts.models import User


@dataclass(frozen=True)
class Related:
    """Another letter, and what it is to this one in words; `relation` is the row."""

    words: str | _StrPromise
    letter: Letter
    relation: Relation


def related_to(letter: Letter, user: User) -> list[Related]:
    """The letters related to this one that the person may see, in both directions; one query."""
    rows = Relation.objects.visible_to(user).of(letter).select_related("letter", "earlier")
    return [
        Related(row.get_kind_display(), row.earlier, row)
        if row.letter_id == letter.pk
        else Related(SEEN_FROM_THERE[Relation.Kind(row.kind)], row.letter, row)
        for row in rows.order_by("kind", "letter__created_at", "pk")
    ]


def relate(*, letter: Letter, kind: str, earlier: Letter, by: User) -> Relation:
    """Say what a letter is to an earlier one. Raises IllegalMove when that is said already, PermissionDenied."""
    require(by, KEEP, letter)
    require(by, KEEP, earlier)
    try:
        with transaction.atomic(), signed(user=str(by.pk)):
            return Relation.objects.create(letter=letter, kind=kind, earlier=earlier)
    except IntegrityError as error:
        raise IllegalMove(_("This is said of the two letters already.")) from error


def unrelate(*, relation: Relation, by: User) -> None:
    """Take back what was said in error; the history keeps it. Raises PermissionDenied."""
    require(by, KEEP, relation.letter)
    with transaction.atomic(), signed(user=str(by.pk)):
        relation.delete()


@transaction.atomic
def follow_up(*, letter: Letter, by: User) -> Letter:
    """A new draft for the same groups, with the same contacts and sensitivity, related to the letter. Raises PermissionDenied."""
    require(by, KEEP, letter)
    before = text_of(letter)
    text = LetterText(
        reference="",
        subject=before.subject,
        purpose=Purpose.INFORMATION,
        body="",
        deadline_zone=before.deadline_zone,
        sensitivity=before.sensitivity,
        tlp=before.tlp,
        contacts=before.contacts,
        language=before.language,
        groups=before.groups,
    )
    draft = actions.create_letter(mechanism=letter.mechanism, text=text, by=by)
    relate(letter=draft, kind=Relation.Kind.FOLLOW_UP, earlier=letter, by=by)
    return draft
