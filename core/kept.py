"""Sentences that the portal keeps and many read: kept in its own language, told in the reader's.

ANSWER = sentence(gettext_noop("Answer letter %(letter)s"))
owe(what=ANSWER % {"letter": letter.reference}, …)        told(owed.what)
"""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

PLACE = re.compile(r"%\\\((\w+)\\\)s")  # as it stands in an escaped sentence

_sentences: dict[str, re.Pattern[str]] = {}


def sentence(words: str) -> str:
    """Declare a sentence with places such as %(letter)s; what is made of it can be told. The words as they are."""
    parts = PLACE.sub(r"(?P<\1>.+)", re.escape(words))
    _sentences[words] = re.compile(parts, re.DOTALL)
    return words


def kept(words: str | Promise) -> str:
    """Words of a state or a choice in the language of the portal, whatever the reader's."""
    with override(settings.LANGUAGE_CODE):
        return str(words)


def told(text: str) -> str:
    """What was kept, in the language in force; what a person wrote stands as written."""
    for words, pattern in _sentences.items():
        if found := pattern.fullmatch(text):
            return _(words) % found.groupdict()
    return _(text) if text else ""
