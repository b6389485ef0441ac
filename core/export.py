"""Tables as files, CSV and XLSX. No cell ever becomes a formula in the reader's spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

# A spreadsheet takes text that begins with one of these for a formula; full-width signs count in East Asian settings.
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

MOMENT = 'yyyy-mm-dd hh:mm:ss "UTC"'
WIDTH = 24  # signs of a column: a spreadsheet shows a moment that has no room as ####

Rows = Iterable[Sequence[Any]]


def safe(value: Any) -> Any:
    """Text that a spreadsheet would run, made plain text by an apostrophe; numbers and dates stay what they are."""
    if isinstance(value, str) and (value.startswith(LIVE) or value.lstrip().startswith(LIVE)):
        return f"'{value}"
    return value


def plain(value: Any) -> Any:
    """A value that a cell can hold: number, date or text."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float, dt.date)):
        return str(value)
    if isinstance(value, dt.datetime) and value.tzinfo:
        return value.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
    return value


def written(value: Any) -> Any:
    """A value as a file of text tells it: a moment names its zone, `2026-11-22 09:31:05Z`, which no program takes for local time."""
    zoned = isinstance(value, dt.datetime) and value.tzinfo
    return f"{plain(value)}Z" if zoned else plain(value)


@dataclass(frozen=True)
class Sheet:
    """A further sheet of a workbook."""

    name: str
    heads: Sequence[str]
    rows: Rows


def to_csv(heads: Sequence[str], rows: Rows, *_further: Sheet) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads every script; moments are UTC. It has no place for further sheets."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([safe(head) for head in heads])
    writer.writerows([safe(written(value)) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(heads: Sequence[str], rows: Rows, *further: Sheet) -> bytes:
    """A workbook whose text cells are strings and nothing else; moments are UTC and say so."""
    file = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        for sheet in (Sheet("", heads, rows), *further):
            _write(book, sheet)
    return file.getvalue()


def _write(book: xlsxwriter.Workbook, table: Sheet) -> None:
    sheet = book.add_worksheet(table.name or None)
    bold = book.add_format({"bold": True})
    day, moment = (book.add_format({"num_format": kind}) for kind in ("yyyy-mm-dd", MOMENT))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(table.heads) - 1, WIDTH)
    for place, head in enumerate(table.heads):
        sheet.write_string(0, place, safe(head), bold)
    for line, row in enumerate(table.rows, start=1):
        for place, value in enumerate(map(plain, row)):
            if isinstance(value, str):
                sheet.write_string(line, place, safe(value))
            elif isinstance(value, dt.date):
                sheet.write_datetime(line, place, value, moment if isinstance(value, dt.datetime) else day)
            else:
                sheet.write_number(line, place, value)


WRITERS: dict[str, tuple[str, Callable[..., bytes]]] = {
    "csv": ("text/csv; charset=utf-8", to_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx),
}


def disposition(name: str) -> str:
    """The header of a download of that name, whatever signs are in it."""
    return content_disposition_header(as_attachment=True, filename=" ".join(name.split())) or "attachment"


def attachment(kind: str, name: str, heads: Sequence[str], rows: Rows, *further: Sheet) -> HttpResponse:
    """The table as a download named `name.kind`; a workbook takes further sheets."""
    content_type, write = WRITERS[kind]
    return HttpResponse(
        write(heads, rows, *further),
        content_type=content_type,
        headers={"Content-Disposition": disposition(f"{name}.{kind}")},
    )
