"""Every word that an office reads is there in each of the six languages."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

from taskforce.letters.addressees import STANDARD

READ_BY_OFFICES = (
    "base_public.html",
    "emails/letter.txt",
    "emails/chase.txt",
    "letters/acknowledge.html",
    "letters/acknowledge_unknown.html",
    "letters/answers_given.html",
    "letters/answers_one.html",
    "pdf/letter.html",
    "pdf/letter_attachment.html",
)
MARKS = ("gettext", "ngettext")


def words(name: str) -> Iterator[str | tuple[str, ...]]:
    """What a template says to be translated."""
    source = templatize((settings.ROOT / "templates" / name).read_text(encoding="utf-8"), origin=name)
    for _line, _mark, said, _comments in extract_python(BytesIO(source.encode()), MARKS, [], {"encoding": "utf-8"}):
        yield tuple(one for one in said if one) if isinstance(said, tuple) else said


@pytest.mark.parametrize("language", ["ar", "es", "fr", "ru", "zh_Hans"])
def test_every_word_that_an_office_reads_is_in_the_catalogue(language: str) -> None:
    with (settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file)
    said = {one for name in READ_BY_OFFICES for one in words(name)} | set(STANDARD)
    assert len(said) > 40
    assert sorted(str(one) for one in said if one not in catalogue) == []
