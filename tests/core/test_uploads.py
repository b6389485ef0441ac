"""What may be uploaded, told by content."""

import io
import zipfile

import pytest

from core.uploads import OPEN_DOCUMENT, content_type_of

WORD = ("[Content_Types].xml", "word/document.xml")
SLIDES = ("[Content_Types].xml", "ppt/presentation.xml")


def packed(*names: str, own_type: str = "", how: int = zipfile.ZIP_STORED) -> bytes:
    """A package with these parts; `own_type` is what an OpenDocument says of itself."""
    with zipfile.ZipFile(data := io.BytesIO(), "w") as package:
        if own_type:
            package.writestr("mimetype", own_type, compress_type=how)
        for name in names:
            package.writestr(name, "<x/>")
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "ending"),
    [
        ("report.pdf", b"%PDF-1.7", "pdf"),
        ("Report.DOCX", packed(*WORD), "wordprocessingml.document"),
        ("table.xlsx", packed("[Content_Types].xml", "xl/workbook.xml"), "spreadsheetml.sheet"),
        ("talk.pptx", packed(*SLIDES), "presentationml.presentation"),
        ("report.odt", packed("content.xml", own_type=f"{OPEN_DOCUMENT}text"), "opendocument.text"),
        ("table.ods", packed("content.xml", own_type=f"{OPEN_DOCUMENT}spreadsheet"), "opendocument.spreadsheet"),
        ("talk.odp", packed("content.xml", own_type=f"{OPEN_DOCUMENT}presentation"), "opendocument.presentation"),
        ("cases.csv", b"year,cases", "csv"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_of_a_known_kind_has_its_type(name, data, ending):
    assert content_type_of(name, data).endswith(ending)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("archive.docx", packed("anything.txt")),
        ("slides.docx", packed(*SLIDES)),
        ("macros.docx", packed(*WORD, "word/vbaProject.bin")),
        ("cut.docx", packed(*WORD)[:40]),
        ("table.odt", packed("content.xml", own_type=f"{OPEN_DOCUMENT}spreadsheet")),
        ("squeezed.odt", packed(own_type=f"{OPEN_DOCUMENT}text", how=zipfile.ZIP_DEFLATED)),
        ("nothing.odt", packed("content.xml")),
        ("archive.zip", packed(*WORD)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_package_is_what_its_parts_say_and_not_what_it_is_called(name, data):
    assert content_type_of(name, data) == ""


def spoilt(data: bytes, flag: int) -> bytes:
    """The package with a flag set on its first part, wherever that is named."""
    made = bytearray(data)
    made[6] |= flag
    made[data.index(b"PK\x01\x02") + 8] |= flag
    return bytes(made)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("report.docx", packed(*WORD, "é").replace("é".encode(), b"\xff\xfe")),
        ("report.odt", spoilt(packed("content.xml", own_type=f"{OPEN_DOCUMENT}text"), 0x20)),
        ("report.odt", spoilt(packed("content.xml", own_type=f"{OPEN_DOCUMENT}text"), 0x40)),
    ],
    ids=["a name in no script", "a patched part", "strong encryption"],
)
def test_a_package_made_to_break_its_reader_is_of_no_kind(name: str, data: bytes) -> None:
    assert content_type_of(name, data) == ""
