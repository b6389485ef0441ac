"""The PDF of a pack: contents tell the truth, the marking stands on every page, machines can read it."""

from io import BytesIO

import pikepdf
import pytest

from taskforce.briefings.actions import Chosen
from tests.briefings.scene import assessed, issued, pack_of
from tests.cast import Cast
from tests.paper import pages_of, words_of

HEAD = 775  # points from below; the running head stands above


@pytest.fixture
def data(cast: Cast) -> bytes:
    """The PDF of a pack with three sections."""
    chosen = [Chosen("at_a_glance"), Chosen("schedule"), Chosen("heat_map", assessed(cast, title="Timber").pk)]
    return issued(pack_of(cast, *chosen)).file.read()


@pytest.fixture
def arabic(cast: Cast) -> bytes:
    """The PDF of a pack in Arabic."""
    return issued(pack_of(cast, language="ar")).file.read()


def test_contents_name_the_page_on_which_each_section_begins(data: bytes) -> None:
    pages = pages_of(data)
    titles = [
        "The mechanism at a glance",
        "Schedule of assessments",
        "Heat map of an assessment",
        "Sources and figures",
    ]
    for title in titles:
        line = next(line for line in pages[1].splitlines() if title in line and line.rstrip()[-1].isdigit())
        begins = next(number for number, page in enumerate(pages, 1) if number > 2 and title in page)
        assert int(line.split()[-1]) == begins


def test_the_marking_stands_above_and_below_on_every_page(data: bytes) -> None:
    pages = pages_of(data)
    assert len(pages) >= 6
    assert all(page.count("Unclassified · TLP:") == 2 for page in pages)


def test_every_page_but_the_cover_says_which_of_how_many(data: bytes) -> None:
    pages = pages_of(data)
    for number, page in enumerate(pages[1:], start=2):
        assert page.splitlines()[-1].replace(" ", "").endswith(f"{number}/{len(pages)}")


def test_bookmarks_follow_the_sections(data: bytes) -> None:
    with pikepdf.open(BytesIO(data)) as document, document.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert titles[0] == "Contents"
    assert [title.split(" ", 1)[1] for title in titles[1:]] == [
        "The mechanism at a glance",
        "Schedule of assessments",
        "Heat map of an assessment",
        "Sources and figures",
    ]


def test_it_is_tagged_and_claims_pdf_ua(data: bytes) -> None:
    with pikepdf.open(BytesIO(data)) as document:
        assert document.Root.MarkInfo.Marked
        assert document.Root.Lang == "en"
        assert document.Root.StructTreeRoot.K
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "Briefing of the Principals"


def test_every_link_inside_leads_somewhere(data: bytes) -> None:
    with pikepdf.open(BytesIO(data)) as document:
        names = {str(name) for name in pikepdf.NameTree(document.Root.Names.Dests)}
        inside = [
            str(note.A.D) if "/A" in note else str(note.Dest)
            for page in document.pages
            for note in page.get("/Annots", [])
            if "/Dest" in note or ("/A" in note and note.A.get("/S") == "/GoTo")
        ]
    assert inside
    assert set(inside) <= names


def test_an_arabic_pack_is_set_in_amiri(arabic: bytes) -> None:
    with pikepdf.open(BytesIO(arabic)) as document:
        assert document.Root.Lang == "ar"
        fonts = [font for page in document.pages for font in page.Resources.Font.values()]
        embedded = {str(font.BaseFont) for font in fonts if "/FontFile2" in font.DescendantFonts[0].FontDescriptor}
    assert any(name.endswith("+Amiri") for name in embedded)


def test_an_arabic_pack_runs_from_right_to_left(arabic: bytes) -> None:
    """Number and name of the section, the columns of its table, day and year of its date.

    Figures and Latin words are looked for, which do not change with the translation.
    """
    page = [word for word in words_of(arabic)[2] if word.top < HEAD]  # from above, each line from the left
    words = [word.text for word in page]
    assert words.index("1") > 0
    assert words[words.index("1") + 1] == "Task"  # the number ends its line, the words below begin the next one
    name = words.index("Agency")
    assert words[name : name + 3] == ["Agency", "AAA", "AAA"]  # to the right of the name the body
    year = next(word for word in page if word.text == "2010")
    assert page[name].left > year.left  # to the left of it since when
    day, year = (next(word for word in page if figure in word.text) for figure in ("15", "2026"))
    assert day.left > year.left
    assert abs(day.middle - year.middle) < 1  # one line


def test_nothing_of_the_style_is_ignored(cast: Cast, caplog) -> None:
    issued(pack_of(cast, Chosen("heat_map", assessed(cast).pk)))
    assert [record.message for record in caplog.records if record.name == "core.pdf"] == []
