"""The file of a standing letter: its common parts, written once, and the parts written for each set of personal words.

The content of a page that holds personal words is cut into several streams: the common ones are compressed once, the
personal ones are written anew. Everything else is common: structure, fonts, metadata.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Any

import pydyf
from weasyprint.pdf import generate_pdf

from core.standing.fonts import Fonts
from core.standing.layout import Layout, Text
from core.standing.links import links_of
from core.standing.parts import Block, Part, Placed, cut
from core.standing.reading import pages, read
from core.standing.words import Doubt

LARGE = 1500  # bytes
KEPT = 16  # ways in which paragraphs grew, of which the common parts are kept
LARGEST = 2**24  # bytes: an offset takes three

Shifts = tuple[float, ...]  # by how much each paragraph pushes down what is below it


def _entry(kind: int, place: int, rest: int) -> bytes:
    """One line of the table of objects."""
    return bytes([kind]) + place.to_bytes(3, "big") + rest.to_bytes(2, "big")


def _stream(content: bytes, extra: bytes = b"") -> bytes:
    """A stream, compressed if it is large enough to be worth the time."""
    if len(content) < LARGE:
        return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (extra, len(content), content)
    packed = zlib.compress(content)
    return b"<<%s/Filter /FlateDecode/Length %d>>\nstream\n%s\nendstream" % (extra, len(packed), packed)


def _no_shift(_text: Text) -> float:
    return 0.0


@dataclass
class Sheet:
    """What is common to all letters whose paragraphs grew alike: the beginning of the file, and its table of objects."""

    body: bytes
    table: bytes


class File:
    """The PDF of a layout, ready to be written with other words. Raises Doubt where something of it is unknown to us."""

    def __init__(self, layout: Layout, options: dict[str, Any]) -> None:
        self.layout = layout
        self.pdf = generate_pdf(layout.document, None, 1, **options)
        self.pdf.add_object(self.pdf.info)
        self.fonts = Fonts(self.pdf, layout.document.fonts, options)
        self.pages = [(page, read(self.pdf, page, number, layout)) for number, page in enumerate(pages(self.pdf))]
        # The pieces in their order on the pages.
        self.blocks = [item for _page, content in self.pages for item in content if isinstance(item, Block)]
        self._sheets: dict[Shifts, Sheet] = {}
        self._kept: dict[int, bytes] = {}
        self._last: dict[int, tuple[bytes, bytes]] = {}

    def open(self, begins: Sequence[int]) -> None:
        """Cut the content where pieces are exchanged: those of the line `begins` of each paragraph, and all below it."""
        self.size = len(self.pdf.objects)
        self.parts: list[Part] = []  # of all pages that have personal ones
        self.pieces: dict[tuple[int, int], list[Block]] = {}
        for block in self.blocks:
            if block.text.line >= begins[block.text.paragraph]:
                self.pieces.setdefault((block.text.paragraph, block.text.run), []).append(block)
        for blocks in self.pieces.values():
            for order, block in enumerate(blocks):
                block.order, block.is_last = order, order == len(blocks) - 1
        for page, content in self.pages:
            parts = cut(content, begins)
            if any(not part.is_common for part in parts):
                self._number(page, parts)
        self.links = {link.annotation.number: link for link in links_of(self.layout, self.pieces)}

    def _number(self, page: Any, parts: list[Part]) -> None:
        """Put the parts in place of the page's content: the first takes its number."""
        old = int(page["Contents"].split()[0])
        for part, number in zip(parts, [old, *range(self.size, self.size + len(parts) - 1)], strict=True):
            part.number = number
        self.size += len(parts) - 1
        page["Contents"] = pydyf.Array(f"{part.number} 0 R" for part in parts)
        self.parts += parts

    def exchanged(self) -> Iterator[Block]:
        """The pieces that are exchanged."""
        for blocks in self.pieces.values():
            yield from blocks

    # ------------------------------------------------------------ one letter

    def written(self, shifts: Shifts, placed: Placed, words: Sequence[str]) -> bytes:
        """The whole file with these personal words. Raises Doubt."""
        sheet = self._sheet(shifts)
        body, table = [sheet.body], bytearray(sheet.table)
        place = len(sheet.body)
        for number, data in self._personal(shifts, placed, words):
            body.append(b"%d 0 obj\n%s\nendobj\n" % (number, data))
            table[6 * number : 6 * number + 6] = _entry(1, place, 0)
            place += len(body[-1])
        table += _entry(1, place, 0)
        if place > LARGEST:
            raise Doubt("the file is large")
        mark = md5(b"".join(body[1:]), usedforsecurity=False).hexdigest().encode()
        body.append(
            b"%d 0 obj\n<</Type /XRef/Size %d/W [1 3 2]/Root %s/Info %s/ID [(%s)(%s)]/Length %d>>\nstream\n%s\nendstream\n"
            b"endobj\nstartxref\n%d\n%%%%EOF\n"
            % (
                self.size + 1,
                self.size + 2,
                self.pdf.catalog.reference,
                self.pdf.info.reference,
                mark,
                mark,
                len(table),
                table,
                place,
            )
        )
        return b"".join(body)

    def _personal(self, shifts: Shifts, placed: Placed, words: Sequence[str]) -> Iterator[tuple[int, bytes]]:
        shift_of = self.shift_of(shifts)
        for part in self.parts:
            if not part.is_common:
                yield part.number, _stream(part.written(shift_of, placed))
        for number, link in self.links.items():
            if link.text:
                yield number, link.written(placed, words)

    def shift_of(self, shifts: Shifts) -> Callable[[Text], float]:
        """How far a text is pushed down by the paragraphs above it."""
        if not any(shifts):
            return _no_shift
        lows = [(paragraph.flow, paragraph.low) for paragraph in self.layout.paragraphs]

        def shift_of(text: Text) -> float:
            return sum(
                shift for (flow, low), shift in zip(lows, shifts, strict=True) if flow is text.flow and low < text.y
            )

        return shift_of

    # ------------------------------------------------------------ what is common

    def _sheet(self, shifts: Shifts) -> Sheet:
        if self.fonts.are_outdated:
            self._sheets.clear()
            for number, item in self.fonts.renewed():
                self.pdf.objects[number] = item
                self._kept.pop(number, None)
        if shifts not in self._sheets:
            if len(self._sheets) >= KEPT:
                self._sheets.clear()
            self._sheets[shifts] = self._common(shifts)
        return self._sheets[shifts]

    def _common(self, shifts: Shifts) -> Sheet:
        """The common objects: streams as they are, all others together in one compressed stream."""
        body, table = bytearray(b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"), bytearray(6 * (self.size + 1))
        table[:6] = _entry(0, 0, 65535)
        heads: list[bytes] = []
        packed = bytearray()
        for number, data, is_stream in self._objects(shifts):
            if is_stream:
                table[6 * number : 6 * number + 6] = _entry(1, len(body), 0)
                body += b"%d 0 obj\n%s\nendobj\n" % (number, data)
            else:
                table[6 * number : 6 * number + 6] = _entry(2, self.size, len(heads))
                heads.append(b"%d %d" % (number, len(packed)))
                packed += data + b"\n"
        head = b" ".join(heads) + b"\n"
        kind = b"/Type /ObjStm/N %d/First %d" % (len(heads), len(head))
        table[6 * self.size :] = _entry(1, len(body), 0)
        body += b"%d 0 obj\n%s\nendobj\n" % (self.size, _stream(head + packed, kind))
        return Sheet(bytes(body), bytes(table))

    def _objects(self, shifts: Shifts) -> Iterator[tuple[int, bytes, bool]]:
        """Number and content of each common object, and whether it is a stream."""
        shift_of = self.shift_of(shifts)
        replaced = {part.number for part in self.parts}
        for part in self.parts:
            if part.is_common:
                yield part.number, self._packed(part.number, part.written(shift_of, [])), True
        for number, known in enumerate(self.pdf.objects):
            link = self.links.get(number)
            if not number or number in replaced or (link and link.text):
                continue
            if link:
                yield number, link.moved(shift_of(link.spot)), False
            else:
                yield number, self._data(number), isinstance(known, pydyf.Stream)

    def _packed(self, number: int, content: bytes) -> bytes:
        """A common part as a stream; most are the same whatever grew."""
        if self._last.get(number, (b"", b""))[0] != content:
            self._last[number] = (content, _stream(content))
        return self._last[number][1]

    def _data(self, number: int) -> bytes:
        """The content of an object that is always the same, until the fonts are made anew."""
        if number not in self._kept:
            self._kept[number] = self.pdf.objects[number].data
        return self._kept[number]
