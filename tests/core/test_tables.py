"""Tables that people upload: every common spelling is read, nothing is run, and nothing grows beyond its limits."""

import csv
import datetime as dt
import io
import zipfile

import pytest
from openpyxl import Workbook

from core import tables
from core.export import to_csv, to_xlsx
from core.tables import Formula, Unreadable, read

ROWS = [("Office", "Since"), ("Côte d’Ivoire", "2011-09-07")]
SHEET = "xl/worksheets/sheet1.xml"


def text(delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(ROWS)
    return file.getvalue().encode(encoding)


def book(*rows) -> bytes:
    file, made = io.BytesIO(), Workbook()
    for row in rows:
        made.active.append(row)
    made.save(file)
    return file.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The workbook with one part replaced or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return file.getvalue()


def sheet(rows: bytes, before: bytes = b"") -> bytes:
    name = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    whole = b'<?xml version="1.0"?>%s<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (before, name, rows)
    return with_part(book(["A"]), SHEET, whole)


def cells(data: bytes):
    return [list(line.cells) for line in read(data).lines]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_common_spellings_of_csv_are_read(delimiter, encoding):
    assert cells(text(delimiter, encoding)) == [["Côte d’Ivoire", "2011-09-07"]]


def test_windows_1252_is_read_and_told():
    found = read(text(encoding="cp1252"))
    assert found.lines[0].cells[0] == "Côte d’Ivoire"
    assert "Windows-1252" in found.notes[0]


def test_the_line_that_names_the_separator_is_no_heading():
    assert read(b"sep=;\r\nA;B\r\n1;2\r\n").heads == ["A", "B"]


def test_empty_rows_are_left_out_and_numbers_are_those_of_the_spreadsheet():
    assert [line.number for line in read(b"A,B\r\n,\r\n1,2\r\n\r\n3,4\r\n").lines] == [3, 5]


@pytest.mark.parametrize("write", [to_csv, to_xlsx])
@pytest.mark.parametrize("value", ["=1+1", "+41 22", "-5", "@home", "\tx", "＝1", "'quoted", "plain", "a,b;c\nd"])
def test_what_an_export_wrote_is_read_back(write, value):
    assert cells(write(["A", "B"], [[value, "end"]])) == [[value.strip(), "end"]]


def test_a_workbook_gives_dates_numbers_and_text():
    day = dt.date(2011, 9, 7)
    assert cells(book(["A", "B", "C", "D"], [day, 7, 1.5, True])) == [[day, "7", "1.5", "True"]]


def test_a_formula_is_not_computed():
    assert cells(book(["A"], ["=1+1"])) == [[Formula()]]


def test_only_the_first_sheet_is_read_and_that_is_told():
    made = Workbook()
    made.active.append(["A"])
    made.create_sheet("Second").append(["B"])
    file = io.BytesIO()
    made.save(file)
    found = read(file.getvalue())
    assert (found.heads, len(found.notes)) == (["A"], 1)


class TestBombs:
    def test_a_part_that_unpacks_without_end(self, monkeypatch):
        monkeypatch.setattr(tables, "LARGEST_UNPACKED", 1_000_000)
        with pytest.raises(Unreadable, match="too large when it is unpacked"):
            read(with_part(book(["A"]), "xl/media/image1.png", b"\0" * 2_000_000))

    def test_too_many_parts(self, monkeypatch):
        monkeypatch.setattr(tables, "MOST_PARTS", 5)
        with pytest.raises(Unreadable, match="too many parts"):
            read(book(["A"]))

    def test_too_many_rows(self, monkeypatch):
        monkeypatch.setattr(tables, "MOST_ROWS", 3)
        with pytest.raises(Unreadable, match="more than 3 rows"):
            read(book(*[["A"]] * 5))
        with pytest.raises(Unreadable, match="more than 3 rows"):
            read(b"A\r\n" * 5)

    def test_a_row_far_away(self):
        with pytest.raises(Unreadable, match="rows"):
            read(
                sheet(
                    b'<row r="1"><c r="A1"><v>1</v></c></row><row r="9999999999"><c r="A9999999999"><v>1</v></c></row>'
                )
            )

    def test_a_column_far_away_is_not_reached(self):
        assert read(sheet(b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>')).heads == ["1"]

    def test_entities_that_multiply(self):
        entities = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        with pytest.raises(Unreadable, match="cannot be read"):
            read(sheet(b'<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>', entities))

    def test_entities_from_elsewhere(self, tmp_path):
        (tmp_path / "secret").write_text("the secret")
        entity = f'<!DOCTYPE d [<!ENTITY a SYSTEM "file://{tmp_path}/secret">]>'.encode()
        with pytest.raises(Unreadable, match="cannot be read"):
            read(sheet(b'<row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row>', entity))

    def test_a_cell_without_end(self):
        with pytest.raises(Unreadable, match="too long"):
            read(b"A\r\n" + b"x" * 6000)

    def test_a_file_that_is_too_large(self, monkeypatch):
        monkeypatch.setattr(tables, "LARGEST", 100)
        with pytest.raises(Unreadable, match="larger than"):
            read(b"A\r\n" + b"x" * 100)
