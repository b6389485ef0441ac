"""A mail merge is set with one standing letter: each letter as if it had been laid out by itself."""

import logging
import random
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core import pdf
from taskforce.letters import dispatching
from taskforce.letters.documents import LetterText, PersonalLetter, personal
from taskforce.letters.sample import LETTER_2011
from taskforce.letters.wording import words_of
from tests import pictures
from tests.letters.scene import TODAY
from tests.letters.test_merge import to

TEXT = replace(LETTER_2011, deadline="2026-12-12")
STATES = ("Anguilla", "Antigua and Barbuda", "Barbados", "British Virgin Islands", "Dominica", "Grenada", "Montserrat")
STANDING = {
    "ordinary": {},
    "one country": {"countries": ("Chad",), "office": "Chad", "duty_station": "N’Djamena"},
    "seven countries": {"countries": STATES, "office": "Barbados and the Eastern Caribbean"},
    "no country": {"countries": ()},
    "vacant": {"coordinator": "", "salutation": "Dear Resident Coordinator"},
    "ad interim": {"coordinator": "", "title": "Resident Coordinator ad interim", "duty_station": "Fiji"},
    "accents": {
        "coordinator": "María José Núñez Ştefănescu",
        "office": "Côte d'Ivoire",
        "countries": ("Côte d’Ivoire",),
    },
    "ligatures": {"coordinator": "Griffith Pfiffner-Büffel", "office": "Official Affairs of Sheffield"},
    "signs": {"coordinator": "A & B <C> \"D\" 'E' \\ (F) [G]", "office": "50 % – “north”, § 7…"},
    "hyphens": {"office": "Guinea-Bissau and Timor-Leste", "countries": ("Guinea-Bissau", "Timor-Leste")},
    "a wide address": {"office": "Jamaica, the Bahamas, Bermuda, the Cayman Islands and the Turks and Caicos Islands"},
}
WHOLE = {
    "Vietnamese": {"coordinator": "Nguyễn Thị Ánh Tuyết", "salutation": "Dear Ms. Nguyễn"},
    "Arabic": {"coordinator": "محمد الأمين", "office": "اليمن"},
    "Chinese": {"coordinator": "王小明", "office": "中国"},
    "Cyrillic": {"coordinator": "Анна Петрова"},
    "a loose accent": {"coordinator": "Zoe\u0323\u0301"},
    "a soft hyphen": {"office": "Micro\u00adnesia"},
    "very long": {"office": "Office of the " + "very " * 60 + "long name", "countries": STATES * 5},
    "one long word": {"office": "Llanfair" * 30},
}


def letter(text: LetterText = TEXT, number: int = 0, **facts) -> PersonalLetter:
    token = "".join(random.Random(number).choices(string.ascii_letters + "-_", k=51))  # noqa: S311
    return personal(text, to(**facts), day=TODAY, link=f"https://portal.example.org/a/{token}/")


def both(letters: list[PersonalLetter]) -> Iterator[tuple[bytes, bytes]]:
    """Each letter as it comes out of the merge, and set by itself."""
    documents = [dispatching.document(one) for one in letters]
    merged = list(pdf.render_each(documents, sheets=dispatching.SHEETS))
    yield from zip(merged, (dispatching.set_letter(one) for one in letters), strict=True)


def wholes(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Why letters of the merge were laid out as a whole."""
    told = [record.args[1] for record in caplog.records if "as a whole" in record.msg]
    return [reason for reason in told if reason != "few letters of this form"]


def check_alike(merged: bytes, alone: bytes) -> None:
    assert pictures.texts(merged) == pictures.texts(alone)
    assert pictures.pictures(merged) == pictures.pictures(alone)
    assert pictures.links(merged) == pictures.links(alone)
    assert pictures.tags(merged) == pictures.tags(alone)
    assert pictures.names(merged) == pictures.names(alone)


def test_each_letter_is_as_if_laid_out_by_itself(caplog) -> None:
    """Lines, accents, shifted paragraphs, links, tags; what is not sure is laid out as a whole."""
    caplog.set_level(logging.INFO, "core.pdf")
    every = STANDING | WHOLE
    for name, (merged, alone) in zip(
        every, both([letter(number=number, **facts) for number, facts in enumerate(every.values())]), strict=True
    ):
        assert pictures.texts(merged)[0], name
        check_alike(merged, alone)
    assert len(wholes(caplog)) == len(WHOLE), wholes(caplog)


def test_words_of_any_length_break_as_pango_breaks_them(caplog) -> None:
    """Random words of random number: wherever a line may end."""
    caplog.set_level(logging.INFO, "core.pdf")
    dice = random.Random(2011)  # noqa: S311
    letters = string.ascii_letters + "áéîøüßčšžğ'’-"

    def words(most: int) -> str:
        return " ".join("".join(dice.choices(letters, k=dice.randint(1, 14))) for _ in range(dice.randint(1, most)))

    merge = [
        letter(number=number, office=words(12), countries=(words(12),), salutation=words(3), coordinator=words(4))
        for number in range(16)
    ]
    for merged, alone in both(merge):
        check_alike(merged, alone)
    assert len(wholes(caplog)) <= 3, wholes(caplog)


def test_letters_that_fill_the_page_share_a_standing_letter_of_their_own(caplog) -> None:
    caplog.set_level(logging.INFO, "core.pdf")
    wide = {"countries": STATES * 3, "office": "the Eastern Caribbean"}
    merge = [letter(number=number, **(wide if number % 2 else {})) for number in range(6)]
    for merged, alone in both(merge):
        check_alike(merged, alone)
    assert wholes(caplog) == []
    list(pdf.render_each(map(dispatching.document, merge[:5:2] + merge[1:2]), sheets=dispatching.SHEETS))
    assert wholes(caplog) == ["the page is full"]  # one alone is laid out as a whole


@pytest.mark.parametrize("lines", range(9, 14))
def test_personal_words_may_stand_where_the_page_ends(lines: int, caplog) -> None:
    """The paragraph with the countries moves down line by line, over the end of the page."""
    caplog.set_level(logging.INFO, "core.pdf")
    text = replace(TEXT, body="\n\n".join(["One line more."] * lines) + "\n\n" + TEXT.body)
    merge = [letter(text, number, countries=STATES[: 1 + number], office="Office " * number) for number in range(7)]
    for merged, alone in both(merge):
        check_alike(merged, alone)
    assert len(wholes(caplog)) < len(merge)


def test_each_language_has_a_layout_of_its_own(caplog) -> None:
    """Latin scripts stand; a letter in Arabic is laid out as a whole, and the others beside it still stand."""
    caplog.set_level(logging.INFO, "core.pdf")
    words = words_of(TEXT)
    french = replace(
        words, language="fr", subject="Unir nos forces", body=words.body.replace("The ", "L’été à Zürich, la ")
    )
    arabic = replace(
        words, language="ar", subject="توحيد الجهود", body="{{ salutation }}،\n\nإلى {{ office }}.\n\n{{ link }}"
    )
    text = replace(TEXT, wordings=(french, arabic))
    merge = [
        letter(text, number, language=("en", "fr", "ar")[number % 3], office="Office " * (number + 1))
        for number in range(12)
    ]
    for merged, alone in both(merge):
        check_alike(merged, alone)
    told = Counter(wholes(caplog))
    assert told == {"personal words with direction rtl": 4}


def test_a_confidential_letter_says_so_in_each_copy() -> None:
    merge = [letter(replace(TEXT, sensitivity=1), number) for number in range(3)]
    for merged, alone in both(merge):
        assert "CONFIDENTIAL" in pictures.texts(merged)[0]
        check_alike(merged, alone)


def test_no_letter_holds_a_word_of_another() -> None:
    merge = [letter(number=number, coordinator=f"Person{number}", office=f"Office{number}") for number in range(4)]
    for number, (merged, _alone) in enumerate(both(merge)):
        said = "".join(pictures.texts(merged)) + str(pictures.links(merged))
        assert [other for other in range(4) if f"Person{other}" in said or f"Office{other}" in said] == [number]
        assert merge[number].link in said
        assert not any(one.link in said for one in merge if one is not merge[number])
