"""Catalogues: compiled without gettext tools, placeholders kept, the right Arabic plural."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.checkers import checkers
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation
from django.utils.translation import ngettext, trans_real

from core.management.commands.compile_translations import compile_catalogue
from core.words import zone_name

CATALOGUES = sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/*.po"))


@pytest.fixture
def arabic(settings, tmp_path: Path, monkeypatch):
    """The portal in Arabic, with a catalogue compiled for this test."""
    source = tmp_path / "ar" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_bytes((Path(settings.LOCALE_PATHS[0]) / "ar" / "LC_MESSAGES" / "django.po").read_bytes())
    assert compile_catalogue(source)
    settings.LOCALE_PATHS = [tmp_path]
    monkeypatch.setattr(trans_real, "_translations", {})
    with translation.override("ar"):
        yield source


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_every_word_is_translated_and_keeps_its_placeholders(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file)
    assert path.read_text(encoding="utf-8").count("\nmsgid ") == len(catalogue) + 1, "a word stands twice"
    for message in catalogue:
        if message.id:
            assert all(message.string if isinstance(message.string, tuple) else [message.string]), message.id
            for check in checkers:
                check(catalogue, message)


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize(
    ("n", "words"), [(1, "مدخل واحد"), (2, "مدخلان"), (3, "3 مدخلات"), (11, "11 مدخلا"), (100, "100 مدخل")]
)
def test_arabic_counts_as_arabic_does(n: int, words: str) -> None:
    assert ngettext("%(n)s entry", "%(n)s entries", n) % {"n": n} == words


def test_compiled_catalogue_is_left_alone_until_its_source_changes(arabic: Path) -> None:
    assert not compile_catalogue(arabic)
    arabic.with_suffix(".mo").unlink()
    assert compile_catalogue(arabic)


@pytest.mark.usefixtures("arabic")
def test_shell_speaks_arabic() -> None:
    assert translation.gettext("Skip to main content") == "انتقل إلى المحتوى الرئيسي"


@pytest.mark.usefixtures("arabic")
def test_a_mail_that_is_held_is_another_word_than_a_seat_or_the_time_it_was_held() -> None:
    words = {translation.gettext("Held"), translation.pgettext("seat", "Held"), translation.pgettext("time", "Held")}
    assert words == {"محجوز", "مشغول", "المدة"}


@pytest.mark.usefixtures("arabic")
def test_things_said_one_after_the_other_are_parted_as_in_arabic() -> None:
    moment = dt.datetime(2026, 11, 21, 12, tzinfo=ZoneInfo("Asia/Bangkok"))
    assert zone_name(moment) == "UTC+07:00، بانكوك"
