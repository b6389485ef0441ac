"""Every word that an office reads, and of the pages about letters, is there in each of the six languages."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation
from django.utils.translation.template import templatize

from agencies.models import ObligationKind
from core.forms import ASKED
from core.uploads import EvidenceField
from taskforce.letters import following
from taskforce.letters.addressees import STANDARD

READ_BY_OFFICES = (
    "base_public.html",
    "django/forms/field.html",
    "emails/letter.txt",
    "emails/chase.txt",
    "emails/reminder.txt",
    "includes/error_summary.html",
    "includes/optional.html",
    "letters/acknowledge.html",
    "letters/acknowledge_unknown.html",
    "letters/answers_given.html",
    "letters/answers_one.html",
    "pdf/letter.html",
    "pdf/letter_attachment.html",
)
SAID_TO_OFFICES = (
    "core/files.py",
    "taskforce/letters/limits.py",
    "taskforce/letters/meanwhile.py",
    "taskforce/reminders/emails.py",
    "taskforce/reminders/people.py",
)
PAGES = ("letters", "markings", "reminders", "sight")  # what the secretariat does about letters, from beginning to end
MARKS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "now": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
ROOT = Path(settings.ROOT)
LANGUAGES = ("ar", "es", "fr", "ru", "zh_Hans")


def words(path: Path) -> Iterator[tuple[str, str | None]]:
    """What a template or a module says to be translated, each with its context."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        source = "\n".join(line.strip() for line in templatize(source, origin=path.name).splitlines())
    for _line, mark, said, _comments in extract_python(BytesIO(source.encode()), MARKS, [], {"encoding": "utf-8"}):
        first, *more = said if isinstance(said, tuple) else (said,)
        if first:  # nothing where a variable is translated
            yield (more[0], first) if mark == "pgettext" else (first, None)


def catalogue_of(language: str) -> Catalog:
    """The words of a language, as they are written."""
    with (settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file)


def said_by_forms() -> set[str]:
    """What the form of the answering page says of what was typed and sent, and what a reminder says is owed."""
    with translation.override("en"):
        fields = [*ASKED.values(), EvidenceField.hint, *EvidenceField.default_error_messages.values()]
        return {*map(str, fields), str(ObligationKind.ANSWER.label), following.ANSWER}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_an_office_reads_is_in_the_catalogue(language: str) -> None:
    catalogue = catalogue_of(language)
    paths = [*(ROOT / "templates" / name for name in READ_BY_OFFICES), *(ROOT / name for name in SAID_TO_OFFICES)]
    said = {one for path in paths for one in words(path)} | {(one, None) for one in {*STANDARD, *said_by_forms()}}
    assert len(said) > 80
    assert sorted(one for one, context in said if catalogue.get(one, context) is None) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", [f"{kind}/{app}" for kind in ("templates", "taskforce") for app in PAGES])
def test_the_pages_about_letters_speak_every_language(folder: str, language: str) -> None:
    catalogue = catalogue_of(language)
    paths = [one for one in (ROOT / folder).rglob("*.*") if one.suffix in {".html", ".py"}]
    said = {one for path in paths if "migrations" not in path.parts for one in words(path)}
    assert len(said) > 10
    assert sorted(one for one, context in said if catalogue.get(one, context) is None) == []
