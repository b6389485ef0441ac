"""The letter in the layout of United Nations correspondence."""

import unicodedata
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from django.utils import translation
from pypdfium2 import PdfDocument

from taskforce.letters import dispatching
from taskforce.letters.documents import LetterText, personal
from taskforce.letters.sample import LETTER_2011
from tests.letters.scene import TODAY
from tests.letters.test_merge import to
from tests.paper import pages_of

LINK = "https://portal.example.org/a/" + "A" * 51 + "/"
TEXT = replace(LETTER_2011, deadline="2026-12-12")


def made(text: LetterText = TEXT, **facts) -> bytes:
    return dispatching.set_letter(personal(text, to(**facts), day=TODAY, link=LINK))


@pytest.fixture(scope="module")
def letter() -> bytes:
    """The letter of 2011, set once."""
    return made()


def test_the_sample_letter_has_two_pages(letter: bytes) -> None:
    assert len(pages_of(letter)) == 2


def test_the_head_names_the_united_nations_in_full(letter: bytes) -> None:
    first = pages_of(letter)[0].strip().splitlines()
    assert first[0] == "UNITED NATIONS NATIONS UNIES"
    assert "Reference: TF/2011/1" in pages_of(letter)[0]
    assert "21 November 2026" in pages_of(letter)[0]


def test_the_addressee_stands_at_the_foot_of_the_first_page(letter: bytes) -> None:
    first, second = pages_of(letter)
    assert [line.strip() for line in first.strip().splitlines()[-4:]] == [
        "Frank",
        "Resident Coordinator",
        "Fiji",
        "Suva",
    ]
    assert "Suva" not in second


def test_the_continuation_mark_stands_on_the_second_page_only(letter: bytes) -> None:
    first, second = pages_of(letter)
    assert second.strip().splitlines()[0].strip() == "-2-"
    assert "-1-" not in first


def test_signatures_and_enclosures_stand_on_the_last_page(letter: bytes) -> None:
    last = pages_of(letter)[-1]
    assert last.index("Chair") < last.index("Under-Secretary-General") < last.index("Executive Director")
    assert "Enclosures: 2" in last


def test_it_is_tagged_and_says_its_language_and_title(letter: bytes) -> None:
    with pikepdf.open(BytesIO(letter)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert "TF/2011/1" in str(pdf.docinfo["/Title"])
        with pdf.open_metadata() as facts:
            assert facts["pdfuaid:part"] == "1"


def test_a_confidential_letter_says_so_below_its_reference() -> None:
    [first, *_rest] = pages_of(made(replace(TEXT, sensitivity=1)))
    assert first.index("Reference:") < first.index("CONFIDENTIAL") < first.index("Dear Frank")


def test_it_is_the_same_letter_whatever_the_language_of_its_reader(letter: bytes) -> None:
    with translation.override("ar"):
        assert pages_of(made()) == pages_of(letter)


def test_names_in_other_scripts_are_set() -> None:
    pdf = made(coordinator="María José Núñez Ştefănescu", office="Côte d'Ivoire", countries=("Côte d’Ivoire",))
    assert "María José Núñez Ştefănescu" in pages_of(pdf)[0]


@pytest.mark.usefixtures("catalogues")
def test_the_name_stands_on_one_line_in_the_language_with_the_longest() -> None:
    first = pages_of(made(replace(TEXT, language="ru")))[0].splitlines()
    assert first[0] == "ОРГАНИЗАЦИЯ ОБЪЕДИНЕННЫХ НАЦИЙ UNITED NATIONS"


@pytest.mark.parametrize(
    "words",
    ["نرجو الرد على صفحتكم الخاصة بالمكتب", "مكافحة الجريمة المنظمة عبر الوطنية والاتجار بالمخدرات", "الأمم المتحدة"],
)
def test_what_is_written_in_arabic_can_be_searched_and_copied(words: str) -> None:
    first = PdfDocument(made(replace(TEXT, language="ar", body=words)))[0].get_textpage().get_text_range()
    assert words in unicodedata.normalize("NFKC", first)


def test_an_address_stays_whole_in_a_text_from_right_to_left() -> None:
    arabic = made(replace(TEXT, language="ar", body="نرجو الرد على صفحتكم الخاصة بالمكتب: {{ link }}"))
    assert LINK in pages_of(arabic)[0]
