"""Reference numbers: the pattern of a mechanism, what is wrong with one, and the number that a new letter gets.

A pattern such as `TF/{year}/{number:3}` gives TF/2026/004. Numbers follow the highest that any letter has in the same pattern.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Mechanism
from taskforce.letters.models import Letter, Numbering

FIELD = re.compile(r"\{([^{}]*)\}")
NUMBER = re.compile(r"number(?::([1-6]))?")
PLAIN = re.compile(r"[\w/.() -]*")
LONGEST = 60  # characters of a reference
ONE_AT_A_TIME = 0x52454645  # number of the advisory lock
FIELDS = {
    "{year}": gettext_lazy("the year in which the letter is begun"),
    "{number}": gettext_lazy("its number; it must be there once"),
    "{number:3}": gettext_lazy("its number with at least so many digits, such as 004"),
    "{acronym}": gettext_lazy("the short name of the mechanism"),
}


class ReferenceTaken(Exception):
    """Another letter has this reference number."""

    def __init__(self) -> None:
        super().__init__(_("Another letter has this reference number. Give another one."))


def pattern_of(mechanism: Mechanism) -> str:
    """The pattern of a mechanism, fetched with its `numbering`; short name, year and number where nobody chose one."""
    chosen: Numbering | None = getattr(mechanism, "numbering", None)
    return (
        chosen.pattern if chosen else "/".join(filter(None, [mechanism.acronym and "{acronym}", "{year}", "{number}"]))
    )


def problems(pattern: str, mechanism: Mechanism) -> list[str]:
    """What is wrong with a pattern, in words for whoever typed it; empty when references can be made of it."""
    names = FIELD.findall(pattern)
    rest = FIELD.sub("", pattern)
    unknown = [name for name in names if name not in {"year", "acronym"} and not NUMBER.fullmatch(name)]
    found = [_("“{%(name)s}” is not a field.") % {"name": name} for name in unknown]
    if "{" in rest or "}" in rest:
        found.append(_("A field begins with { and ends with }; here one of the two is missing."))
    elif not PLAIN.fullmatch(rest):
        found.append(_("Use letters, digits, spaces and / . - _ ( ) only."))
    if not unknown and sum(bool(NUMBER.fullmatch(name)) for name in names) != 1:
        found.append(_("The field {number} must be there, once: it tells one letter from the next."))
    if "acronym" in names and not mechanism.acronym:
        found.append(_("The mechanism has no short name for {acronym}."))
    if not found and len(_filled(pattern, mechanism, dt.date.max, 999_999)) > LONGEST:
        found.append(_("References would be longer than %(most)d characters.") % {"most": LONGEST})
    return found


def next_reference(mechanism: Mechanism, on: dt.date, pattern: str = "", used: Iterable[str] | None = None) -> str:
    """The reference of a mechanism's next letter, as things stand: one more than the highest number in that pattern.

    `used` are the references of all letters, where they are known already.
    """
    pattern = pattern or pattern_of(mechanism)
    before, after = _filled(pattern, mechanism, on, None).split("{}")
    if used is None:
        used = Letter.objects.filter(reference__startswith=before).values_list("reference", flat=True)
    alike = re.compile(f"{re.escape(before)}([0-9]{{1,9}}){re.escape(after)}")
    numbers = (int(match[1]) for reference in used if (match := alike.fullmatch(reference)))
    return _filled(pattern, mechanism, on, max(numbers, default=0) + 1)


def next_references(mechanisms: Iterable[Mechanism], on: dt.date) -> list[tuple[Mechanism, str]]:
    """The reference that a letter of each mechanism would get; one query for all of them."""
    used = list(Letter.objects.values_list("reference", flat=True))
    return [(mechanism, next_reference(mechanism, on, used=used)) for mechanism in mechanisms]


def claim(reference: str, mechanism: Mechanism, on: dt.date) -> str:
    """A reference that stays free until the end of this transaction: the given one, or the next. Raises ReferenceTaken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    if not reference:
        return next_reference(mechanism, on)
    if Letter.objects.filter(reference=reference).exists():
        raise ReferenceTaken
    return reference


def _filled(pattern: str, mechanism: Mechanism, on: dt.date, number: int | None) -> str:
    """The pattern with its fields filled in; `{}` in place of a number that is none."""

    def value(match: re.Match[str]) -> str:
        if digits := NUMBER.fullmatch(match[1]):
            return "{}" if number is None else f"{number:0{digits[1] or 1}}"
        return {"year": str(on.year), "acronym": mechanism.acronym}.get(match[1], "")

    return FIELD.sub(value, pattern)


def with_patterns(mechanisms: Any) -> Any:
    """Mechanisms with their numbering, for `pattern_of`."""
    return mechanisms.select_related("numbering")
