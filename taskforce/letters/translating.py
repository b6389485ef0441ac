"""What changes the texts of a letter in further languages."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from core.access import require
from core.workflow import IllegalMove
from taskforce.letters.actions import ask_to_clear, end_clearances
from taskforce.letters.documents import text_of
from taskforce.letters.languages import texts_of
from taskforce.letters.models import Letter, Translation
from taskforce.letters.wording import Wording, words_of
from taskforce.letters.workflow import BEFORE_CLEARANCE, CHANGEABLE

if TYPE_CHECKING:
    from accounts.models import User

MAY_TRANSLATE = "letters.change_letter"


class TextChanged(Exception):
    """The main text, or this one, was changed since it was opened. `theirs` is this text as somebody else left it."""

    def __init__(self, theirs: Translation | None) -> None:
        super().__init__(_("The letter was changed while you wrote. See what changed, then save again."))
        self.theirs = theirs


@transaction.atomic
def keep(*, letter: Letter, words: Wording, made_from: int, version: int, by: User, at: dt.datetime) -> Translation:
    """Save a text made from version `made_from` of the main one; `version` is its own that was opened, 0 for a new one.

    A change takes back its clearances, and the request to send the letter. Raises TextChanged, IllegalMove.
    """
    letter = _locked(letter, by)
    row = letter.translations.filter(language=words.language).first()
    if letter.version != made_from or (row.version if row else 0) != version:
        raise TextChanged(row)
    source = words_of(text_of(letter))
    if row and (Wording.thawed(row.words), Wording.thawed(row.source)) == (words, source):
        return row
    row = row or Translation(letter=letter, language=words.language, version=0)
    row.words, row.source, row.source_version = words.kept(), source.kept(), letter.version
    row.version, row.changed_by, row.changed_at = row.version + 1, by, at
    row.save()
    _take_back(letter, words.language, by)
    return row


@transaction.atomic
def remove(*, letter: Letter, language: str, by: User) -> None:
    """Take a text out; its offices get the main one. Raises IllegalMove."""
    letter = _locked(letter, by)
    letter.translations.filter(language=language).delete()
    _take_back(letter, language, by)


@transaction.atomic
def ask(*, letter: Letter, language: str, clear_by: dt.date, by: User, on: dt.date) -> None:
    """Ask the co-chairs to clear a text once the main one is with them or cleared. Raises IllegalMove."""
    letter = _locked(letter, by)
    if why := why_not_ask(letter, language):
        raise IllegalMove(why)
    ask_to_clear(letter, clear_by=clear_by, on=on, text=letter.translations.get(language=language))


def why_not_ask(letter: Letter, language: str) -> str:
    """Why the co-chairs cannot be asked for a text now; empty when they can."""
    if letter.status in BEFORE_CLEARANCE:
        return _("The co-chairs are asked for it together with the main text.")
    if letter.status not in CHANGEABLE or not letter.can_change():
        return _("The letter has gone out or was given up.")
    one = next((one for one in texts_of(letter) if one.row.language == language), None)
    if one is None or one.is_stale:
        return _("The main text has changed since it was made: bring it up to date first.")
    if letter.clearances.current().filter(language=language).exists():
        return _("The co-chairs were asked for it already.")
    return ""


def _take_back(letter: Letter, language: str, by: User) -> None:
    end_clearances(letter.clearances.current().filter(language=language))
    letter.releases.end(by)


def _locked(letter: Letter, by: User) -> Letter:
    """The letter, locked, if this person may change it and it still can be changed."""
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    require(by, MAY_TRANSLATE, letter)
    if not letter.can_change():
        raise IllegalMove(_("This letter can no longer be changed."))
    return letter
