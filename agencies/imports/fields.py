"""Cells as values. Every field takes the text of a cell, or a value that is right already, and speaks to whoever wrote the file."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from agencies.imports.register import Named
from core.dates import long_date

T = TypeVar("T")
ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
SLASHED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
IN_WORDS = ("%d %B %Y", "%d %b %Y")
ASK = 0.7  # how like a name must be to be proposed


class DayField(forms.Field):
    """A date cell, 2011-09-07, 7 September 2011, or 21/11/2026 where only one reading makes a date."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> dt.date | None:
        """The day; None for an empty cell."""
        if value in (None, "") or isinstance(value, dt.date):
            return value or None
        text = str(value).strip()
        if found := ISO.fullmatch(text):
            return _day(text, *map(int, found.groups()))
        if found := SLASHED.fullmatch(text):
            return _slashed(text, *map(int, found.groups()))
        for pattern in IN_WORDS:
            try:
                return dt.datetime.strptime(text, pattern).replace(tzinfo=dt.UTC).date()
            except ValueError:
                continue
        raise ValidationError(_("“%(text)s” is no date. Write it as 2011-09-07.") % {"text": text})


def _day(text: str, year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValidationError(_("There is no such date as %(text)s.") % {"text": text}) from None


def _slashed(text: str, one: int, other: int, year: int) -> dt.date:
    """Day before month; refused where month before day would make another date."""
    if one <= 12 and other <= 12 and one != other:
        readings = {"one": long_date(_day(text, year, other, one)), "other": long_date(_day(text, year, one, other))}
        raise ValidationError(
            _("%(text)s may be %(one)s or %(other)s. Write it as 2011-09-07.") % {"text": text, **readings}
        )
    return _day(text, year, other, one)


class WordField(forms.Field):
    """One of a few choices, by its key or by its word in any of the portal's languages."""

    widget = forms.TextInput

    def __init__(self, choices: Sequence[tuple[str, Any]], **options: Any) -> None:
        super().__init__(**options)
        self.choices = choices
        self.words: dict[str, str] = {}  # filled when it is first asked; the copies in all forms share it

    def to_python(self, value: Any) -> str:
        """The key."""
        text = str(value or "").strip()
        if not text:
            return ""
        if not self.words:
            self.words |= self._all_words()
        if text.casefold() in self.words:
            return self.words[text.casefold()]
        known = ", ".join(self.label_of(key) for key, _label in self.choices)
        raise ValidationError(_("“%(text)s” is none of: %(known)s.") % {"text": text, "known": known})

    def label_of(self, key: str) -> str:
        """The word of a choice in the active language."""
        return str(dict(self.choices)[key])

    def _all_words(self) -> dict[str, str]:
        """Keys by what they are called in any language, in small letters."""
        keys = [key for key, _label in self.choices]
        found = {key.casefold(): key for key in keys}
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                found |= {self.label_of(key).casefold(): key for key in keys}
        return found


class LanguageField(WordField):
    """A language by its code, or by its name in any of the portal's languages."""

    def __init__(self, **options: Any) -> None:
        super().__init__(settings.LANGUAGES, **options)

    def label_of(self, key: str) -> str:
        """Its name in the active language."""
        return str(get_language_info(key)["name_translated"])


class OneField(forms.Field):
    """One thing by what it is called."""

    widget = forms.TextInput
    kind: type

    def __init__(self, kind: type, none: Any, several: Any = "", **options: Any) -> None:
        super().__init__(**options)
        self.kind, self.none, self.several = kind, none, several
        self.known: Named[Any] = Named()

    def to_python(self, value: Any) -> Any:
        """The thing; None for an empty cell."""
        if value in (None, "") or isinstance(value, self.kind):
            return value or None
        return only(self.known, str(value), self.none, self.several)


class ManyField(OneField):
    """Several things, with semicolons between them."""

    def to_python(self, value: Any) -> list[Any]:
        """The things, each once."""
        names = [name.strip() for name in re.split(r"[;\n]", str(value or "")) if name.strip()]
        found = [only(self.known, name, self.none, self.several) for name in names]
        return list({thing.pk: thing for thing in found}.values())


def only(known: Named[T], name: str, none: Any, several: Any) -> T:
    """The one thing of this name; a ValidationError if there is none, with the most similar name, or if there are several."""
    found = known.find(name)
    if len(found) == 1:
        return found[0]
    if found:
        raise ValidationError(several % {"name": name})
    like = difflib.get_close_matches(name.casefold(), known.things, n=1, cutoff=ASK)
    proposal = _(" Did you mean %(name)s?") % {"name": str(known.things[like[0]][0])} if like else ""
    raise ValidationError(str(none % {"name": name}) + proposal)


def ident(text: str) -> uuid.UUID:
    """An id as the register writes it."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise ValidationError(_("This is no id of the register. Leave it empty to add a row.")) from None


def joined(things: Iterable[Any]) -> str:
    """Several things in one cell."""
    return "; ".join(sorted(str(thing) for thing in things))
