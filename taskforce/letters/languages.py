"""The languages of a letter: how far each text is, which of them go out, and which offices want another one.

A text in a further language goes out when every co-chair that was asked cleared it and the main text still is the one from
which it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import models
from django.utils.translation import get_language_info, gettext_lazy

from core import tags
from core.tags import State
from taskforce.letters.documents import LetterText, text_of
from taskforce.letters.models import Clearance, Letter, Translation
from taskforce.letters.wording import Wording, worded, words_of
from taskforce.letters.workflow import AGREED, ClearanceState


class Readiness(models.TextChoices):
    """How far a text in a further language is."""

    NOT_ASKED = "not_asked", gettext_lazy("Not cleared yet")
    ASKED = "asked", gettext_lazy("In clearance")
    OBJECTED = "objected", gettext_lazy("Objected")
    READY = "ready", gettext_lazy("Cleared")
    STALE = "stale", gettext_lazy("Stale: the main text changed")


tags.register(
    "translation",
    {
        Readiness.NOT_ASKED: State(Readiness.NOT_ASKED.label, "grey"),
        Readiness.ASKED: State(Readiness.ASKED.label, "yellow"),
        Readiness.OBJECTED: State(Readiness.OBJECTED.label, "red"),
        Readiness.READY: State(Readiness.READY.label, "green"),
        Readiness.STALE: State(Readiness.STALE.label, "orange"),
    },
)


@dataclass(frozen=True)
class Spoken:
    """A text in a further language, and how far it is."""

    row: Translation
    words: Wording
    source: Wording
    state: Readiness

    @property
    def is_stale(self) -> bool:
        """Whether the main text changed after it was made."""
        return self.state == Readiness.STALE


def written_in(language: str) -> dict[str, str]:
    """The attributes of whatever is typed in a language: it runs its own way on a page that runs the other."""
    return {"lang": language, "dir": "rtl" if get_language_info(language)["bidi"] else "ltr"}


def texts_of(letter: Letter, text: LetterText | None = None) -> list[Spoken]:
    """The letter's texts in further languages, with their states; a constant number of queries."""
    main = words_of(text or text_of(letter))
    said: dict[str, set[str]] = {}
    for clearance in letter.clearances.current().exclude(language=""):
        said.setdefault(clearance.language, set()).add(clearance.state)
    return [_spoken(row, main, said.get(row.language, set())) for row in letter.translations.all()]


def _spoken(row: Translation, main: Wording, said: set[str]) -> Spoken:
    source = Wording.thawed(row.source)
    return Spoken(row, Wording.thawed(row.words), source, _state(said, stale=source != main))


def _state(said: set[str], *, stale: bool) -> Readiness:
    if stale:
        return Readiness.STALE
    if ClearanceState.OBJECTED in said:
        return Readiness.OBJECTED
    if not said:
        return Readiness.NOT_ASKED
    return Readiness.READY if said <= AGREED else Readiness.ASKED


def in_all_languages(letter: Letter, text: LetterText) -> LetterText:
    """The text with those in further languages that go out with it."""
    ready = (one.words for one in texts_of(letter, text) if one.state == Readiness.READY)
    return replace(text, wordings=tuple(ready))


def missing_languages(letter: Letter, there: Sequence[Spoken]) -> list[tuple[str, str]]:
    """The languages in which the letter has no text yet, by code and name."""
    have = {letter.language, *(one.row.language for one in there)}
    return [(code, name) for code, name in settings.LANGUAGES if code not in have]


def text_cleared(clearance: Clearance) -> LetterText | None:
    """The letter's text in the language of a clearance, None where it is the main one or is gone."""
    text = text_of(clearance.letter)
    one = next((one for one in texts_of(clearance.letter, text) if one.row.language == clearance.language), None)
    return worded(text, one.words) if one else None
