"""Tables that people upload, CSV and XLSX, read without trust: nothing is run, and nothing grows beyond its limits.

What `core.export` writes is read back unchanged. A file that cannot be read raises Unreadable, which says why and what to do.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import DEFUSEDXML, load_workbook

from core.export import LIVE

LARGEST = 10 * 1024 * 1024  # bytes of the file
LARGEST_UNPACKED = 100 * 1024 * 1024  # bytes of all parts of a workbook together
MOST_PARTS, MOST_ROWS, MOST_COLUMNS, LONGEST = 500, 5000, 60, 5000
LAST_ROW = 1 << 20  # of any workbook; empty rows count as well
CHUNK = 1 << 20
DELIMITERS = (",", ";", "\t")

if not DEFUSEDXML:
    raise ImportError("openpyxl must read XML through defusedxml, which refuses entities")


class Unreadable(Exception):
    """The file is no table that we read. The text says why, for the person who sent it."""


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula: it is never computed."""


Cell = str | dt.date | Formula


@dataclass(frozen=True)
class Line:
    """One row below the headings, with the number that a spreadsheet shows for it."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Table:
    """Headings and rows without the empty ones; `notes` say what the reader should know about the reading."""

    heads: Sequence[str]
    lines: Sequence[Line]
    notes: Sequence[str] = field(default_factory=tuple)


def read(data: bytes) -> Table:
    """The table in a CSV file or on the first sheet of a workbook, told apart by content."""
    if len(data) > LARGEST:
        raise Unreadable(_("The file is larger than %(most)s MB. Split it.") % {"most": LARGEST // 2**20})
    notes: list[str] = []
    rows = _workbook(data, notes) if data.startswith(b"PK\x03\x04") else _text(data, notes)
    heads = [str(cell).strip() for cell in next(rows, ())]
    while heads and not heads[-1]:
        heads.pop()
    if not heads:
        raise Unreadable(_("The file is empty. Its first row must hold the headings of the columns."))
    if len(heads) > MOST_COLUMNS:
        raise Unreadable(_("The file has more than %(most)s columns.") % {"most": MOST_COLUMNS})
    lines = [Line(number, cells) for number, cells in enumerate(rows, start=2) if any(cell != "" for cell in cells)]
    return Table(heads, lines, notes)


def _within(rows: Iterable[list[Cell]]) -> Iterator[list[Cell]]:
    """The rows, until there are too many of them or a cell is too long."""
    for number, cells in enumerate(rows, start=1):
        if number > (MOST_ROWS + 1 if any(cell != "" for cell in cells) else LAST_ROW):
            raise Unreadable(_("The file has more than %(most)s rows. Split it.") % {"most": MOST_ROWS})
        if any(isinstance(cell, str) and len(cell) > LONGEST for cell in cells):
            raise Unreadable(_("A cell in row %(number)s is too long.") % {"number": number})
        yield cells


def _plain(text: str) -> str:
    """The text without spaces around it, and without the apostrophe that an export puts before what looks like a formula."""
    text = text.strip()
    live = text.startswith("'") and (text[1:].startswith(LIVE) or text[1:].lstrip().startswith(LIVE))
    return text[1:].strip() if live else text


# ---------------------------------------------------------------- text


def _text(data: bytes, notes: list[str]) -> Iterator[list[Cell]]:
    text = _decoded(data, notes)
    first, _rest, others = text.partition("\n")
    if first.strip().lower().startswith("sep="):
        text = others
    try:
        delimiter = max(DELIMITERS, key=lambda one: len(next(csv.reader(io.StringIO(text), delimiter=one), ())))
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        yield from _within([_plain(cell) for cell in row] for row in reader)
    except csv.Error as error:
        raise Unreadable(_("The file is no CSV that we can read (%(error)s).") % {"error": error}) from error


def _decoded(data: bytes, notes: list[str]) -> str:
    """The text in UTF-8 with or without a mark, UTF-16 with its mark, or Windows-1252, which is told."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = _windows(data)
        notes.append(_("The file is not in UTF-8; it was read as Windows-1252. Look at the accents below."))
    if "\0" in text:
        raise Unreadable(_("This is neither a CSV file nor an XLSX workbook."))
    return text


def _windows(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Unreadable(_("The encoding of the file is unknown. Save it as “CSV UTF-8”.")) from error


# ---------------------------------------------------------------- workbooks


def _workbook(data: bytes, notes: list[str]) -> Iterator[list[Cell]]:
    """The rows of the first sheet, read as they come; nothing is computed and no link is followed."""
    refuse_bombs(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        if len(book.worksheets) > 1:
            notes.append(_("Only the first sheet, “%(name)s”, was read.") % {"name": sheet.title})
        sheet.reset_dimensions()  # what a file claims about its size is not believed
        yield from _within(_cells(row) for row in sheet.iter_rows(max_col=MOST_COLUMNS + 1))
    except Unreadable:
        raise
    except Exception as error:  # a broken workbook breaks the library in any way it likes
        raise Unreadable(_("This workbook cannot be read. Save it anew as XLSX or as CSV.")) from error


def _cells(row: Iterable[Any]) -> list[Cell]:
    cells = [_cell(cell) for cell in row]
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return Formula()
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    return _plain(str(int(value)) if isinstance(value, float) and value.is_integer() else str(value))


def refuse_bombs(data: bytes) -> None:
    """Unpack every part once, in pieces, and stop at the limit: the sizes that an archive claims prove nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise Unreadable(_("This workbook has too many parts. Save it anew as XLSX or as CSV."))
            pieces = (piece for part in parts for piece in _pieces(archive, part))
            if any(whole > LARGEST_UNPACKED for whole in accumulate(map(len, pieces))):
                raise Unreadable(_("This workbook is too large when it is unpacked. Split it."))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error) as error:
        raise Unreadable(_("This workbook cannot be read. Save it anew as XLSX or as CSV.")) from error


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as stream:
        yield from iter(lambda: stream.read(CHUNK), b"")
