"""Personal words in the HTML of a document: what differs from one recipient of a mail merge to the next.

They stand between two private characters, so that the press can tell them from what is common to all. Nothing else reads
those characters: `unmarked` is the same HTML without them.
"""

import html
import re
from collections.abc import Sequence
from functools import lru_cache

MARK, OPEN, CLOSE = "\ue000", "\ue001", "\ue002"
ALL = re.compile(f"[{MARK}{OPEN}{CLOSE}]|%EE%80%8[0-2]")  # in an address they were written as bytes
PERSONAL = re.compile(f"{OPEN}([^<>{OPEN}{CLOSE}]*){CLOSE}")
PLACE = re.compile(f"{MARK}([0-9]+){OPEN}{CLOSE}")


def personal(words: str) -> str:
    """Plain words, marked as personal."""
    return f"{OPEN}{unmarked(words)}{CLOSE}"


def unmarked(text: str) -> str:
    """The text without marks."""
    return ALL.sub("", text)


def is_marked(text: str) -> bool:
    """Whether there are personal words in it."""
    return OPEN in text


def split(page: str) -> tuple[str, tuple[str, ...]]:
    """What is common of marked HTML, with numbered places in it, and the words that belong there."""
    parts = PERSONAL.split(page)
    words = (" ".join(html.unescape(word).split()) for word in parts[1::2])
    return _common(tuple(parts[::2])), tuple(words)


@lru_cache(maxsize=16)
def _common(parts: tuple[str, ...]) -> str:
    """What is common, from its parts: the same for most letters."""
    *before, last = map(unmarked, parts)
    places = (f"{part}{MARK}{number}{OPEN}{CLOSE}" for number, part in enumerate(before))
    return "".join(places) + last


def fill(page: str, words: Sequence[str], *, marked: bool = False) -> str:
    """The common HTML with words in its places; `marked` as numbered personal ones, for the standing letter."""
    before, after = (MARK + "{}" + OPEN, CLOSE) if marked else ("", "")
    filled = PLACE.sub(lambda match: before.format(match[1]) + html.escape(words[int(match[1])]) + after, page)
    return filled if marked else unmarked(filled)
