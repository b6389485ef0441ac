"""The file of a standing letter: its common parts, written once, and the parts written for each set of personal words.

The content of a page that holds personal words is cut into several streams: the common ones are compressed once, the
personal ones are written anew. Everything else is common: structure, fonts, metadata.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

import pydyf
from pydyf import _to_bytes as as_bytes
from weasyprint.pdf import generate_pdf
from weasyprint.pdf.fonts import build_fonts_dictionary

from core.standing.layout import Layout, Text
from core.standing.words import Doubt, Shaped

SCALE = 0.75  # points to a CSS pixel
SHORT = 300  # bytes: a common part as short as this is not worth a stream of its own
LARGE = 1500  # bytes
KEPT = 16  # ways in which paragraphs grew, of which the common parts are kept
PLACE, GOAL = b"\0place", b"\0goal"  # what is filled in
LARGEST = 2**24  # bytes: an offset takes three
FONT = re.compile(rb"/(\S+) \S+ Tf")
PATHS = {b"m": (1,), b"l": (1,), b"c": (1, 3, 5), b"v": (1, 3), b"y": (1, 3)}  # which operands are heights
PICTURES = {b"Do", b"sh", b"BI"}

Placed = list[dict[int, list[tuple[float, float, Shaped]]]]  # for each paragraph and run: where which glyphs stand
Shifts = tuple[float, ...]  # by how much each paragraph pushes down what is below it


def at(x: float, y: float) -> bytes:
    """The operator that begins text at a place, as WeasyPrint writes it."""
    return b"1 0 0 -1 %s %s Tm" % (as_bytes(x), as_bytes(y))


def _entry(kind: int, place: int, rest: int) -> bytes:
    """One line of the table of objects."""
    return bytes([kind]) + place.to_bytes(3, "big") + rest.to_bytes(2, "big")


def _stream(content: bytes, extra: bytes = b"") -> bytes:
    """A stream, compressed if it is large enough to be worth the time."""
    if len(content) < LARGE:
        return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (extra, len(content), content)
    packed = zlib.compress(content)
    return b"<<%s/Filter /FlateDecode/Length %d>>\nstream\n%s\nendstream" % (extra, len(packed), packed)


@dataclass
class Block:
    """A piece of a paragraph with personal words: what is drawn here is exchanged."""

    text: Text
    font: bytes  # the operator that chooses it
    show: bytes  # the glyphs as they were
    drawn: bytes  # what followed its place
    order: int = 0  # among the pieces of its run that are exchanged
    is_last: bool = False

    def written(self, placed: Placed) -> bytes:
        """The piece of the run that belongs here; the last takes what is left."""
        pieces = placed[self.text.paragraph].get(self.text.run, [])
        pieces = pieces[self.order :] if self.is_last else pieces[self.order : self.order + 1]
        shown = b"".join(b"1 0 0 -1 %f %f Tm\n[%s] TJ\n" % (x, y, shaped.show) for x, y, shaped in pieces)
        return b"BT\n%s\n%sET\n" % (self.font, shown)


@dataclass
class Part:
    """A part of a page's content, in a stream of its own: bytes, text that may be pushed down, pieces to exchange."""

    items: list[bytes | Text | Block] = field(default_factory=list)
    number: int = 0  # of its PDF object

    is_common: bool = True  # the same for all whose paragraphs grew alike

    def is_short(self) -> bool:
        """Whether it is not worth a stream of its own."""
        return sum(len(item) if isinstance(item, bytes) else SHORT for item in self.items) < SHORT

    def add(self, item: bytes | Text | Block) -> None:
        """Add to its content."""
        if self.items and isinstance(item, bytes) and isinstance(self.items[-1], bytes):
            self.items[-1] += item
        else:
            self.items.append(item)

    def written(self, shift_of: Callable[[Text], float], placed: Placed) -> bytes:
        """Its content."""
        return b"".join(self._written(item, shift_of, placed) for item in self.items)

    @staticmethod
    def _written(item: bytes | Text | Block, shift_of: Callable[[Text], float], placed: Placed) -> bytes:
        if isinstance(item, Block):
            return item.written(placed)
        return item if isinstance(item, bytes) else at(item.x, item.y + shift_of(item)) + b"\n"


@dataclass
class Link:
    """The place of a link on a page. `text` is the piece within it if that is exchanged."""

    annotation: Any
    spot: Text | None  # what it moves with
    text: Text | None = None
    order: int = 0
    pieces: int = 1  # of its run
    address: int | None = None  # number of the personal word it leads to

    def __post_init__(self) -> None:
        changed = pydyf.Dictionary(self.annotation) | {"Rect": PLACE}
        if self.address is not None:
            changed |= {"Contents": GOAL, "A": pydyf.Dictionary(self.annotation["A"] | {"URI": GOAL})}
        self.frame: bytes = pydyf.Dictionary(changed).data

    def moved(self, shift: float) -> bytes:
        """The common link, pushed down."""
        x1, y1, x2, y2 = self.annotation["Rect"]
        return self._at(x1, y1 - shift * SCALE, x2, y2 - shift * SCALE)

    def written(self, placed: Placed, words: Sequence[str]) -> bytes:
        """The link around a piece that is exchanged. Raises Doubt."""
        assert self.text is not None  # noqa: S101
        pieces = placed[self.text.paragraph].get(self.text.run, [])
        if len(pieces) != self.pieces:
            raise Doubt("a link is broken otherwise")
        x, y, shaped = pieces[self.order]
        _x1, y1, _x2, y2 = self.annotation["Rect"]
        down = (y - self.text.y) * SCALE
        link = self._at(x * SCALE, y1 - down, (x + shaped.width) * SCALE, y2 - down)
        return link if self.address is None else link.replace(GOAL, b"(%s)" % words[self.address].encode())

    def _at(self, *edges: float) -> bytes:
        return self.frame.replace(PLACE, b"[%f %f %f %f]" % edges)


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
        self.layout, self.options = layout, options
        self.pdf = generate_pdf(layout.document, None, 1, **options)
        self.pdf.add_object(self.pdf.info)
        self.fonts = _Fonts(self.pdf, layout.document.fonts, options)
        self.pages = [(page, _read(self.pdf, page, number, layout)) for number, page in enumerate(_pages(self.pdf))]
        self.blocks = [
            item for _page, content in self.pages for item in content if isinstance(item, Block)
        ]  # in their order on the pages
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
            parts = _cut(content, begins)
            if any(not part.is_common for part in parts):
                self._number(page, parts)
        self.links = {link.annotation.number: link for link in self._links()}

    def _number(self, page: Any, parts: list[Part]) -> None:
        """Put the parts in place of the page's content: the first takes its number."""
        old = int(page["Contents"].split()[0])
        for part, number in zip(parts, [old, *range(self.size, self.size + len(parts) - 1)], strict=True):
            part.number = number
        self.size += len(parts) - 1
        page["Contents"] = pydyf.Array(f"{part.number} 0 R" for part in parts)
        self.parts += parts

    def _links(self) -> Iterator[Link]:
        """The links of the pages. Raises Doubt for one around several pieces of which some are exchanged."""
        for flow, box in self.layout.links:
            if box.link_annotation:
                yield Link(box.link_annotation, Text(0, flow, 0, box.position_y + box.height, ""))
        around: dict[int, list[Text]] = {}
        for text in self.layout.texts:
            if text.link is not None and text.link.link_annotation:
                around.setdefault(text.link.link_annotation.number, []).append(text)
        for texts in around.values():
            yield self._link_around(texts)

    def _link_around(self, texts: list[Text]) -> Link:
        text, annotation = texts[0], texts[0].link.link_annotation
        block = next((block for block in self.pieces.get((text.paragraph, text.run), []) if block.text is text), None)
        if len(texts) > 1:
            raise Doubt("a link around several pieces")
        if not block:
            return Link(annotation, text)
        address = self.layout.paragraphs[text.paragraph].runs[text.run].address
        pieces = len(self.pieces[text.paragraph, text.run])
        return Link(annotation, text, text, block.order, pieces, address)

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
                yield number, link.moved(shift_of(link.spot) if link.spot else 0.0), False
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


class _Fonts:
    """The font objects of the file, made anew when personal words bring glyphs that were not in it."""

    def __init__(self, pdf: Any, fonts: dict[Any, Any], options: dict[str, Any]) -> None:
        self.fonts, self.options = fonts, options
        if len({font.hash for font in fonts.values()}) < len(fonts):
            raise Doubt("two fonts of one name")
        resources = next(item for item in pdf.objects if isinstance(item, pydyf.Dictionary) and "ColorSpace" in item)
        self.last = int(resources["Font"].split()[0])
        files = [
            int(value.split()[0])
            for item in pdf.objects[: self.last]
            if isinstance(item, pydyf.Dictionary)
            for name, value in item.items()
            if name.startswith("FontFile")
        ]
        self.first = min(files)
        self.known = self._count()

    def _count(self) -> int:
        return sum(len(font.to_unicode) for font in self.fonts.values())

    def named(self, name: str) -> Any:
        """The font that content streams call so."""
        return next(font for font in self.fonts.values() if font.hash == name)

    @property
    def are_outdated(self) -> bool:
        """Whether glyphs came that are not in the file."""
        return self.known != self._count()

    def renewed(self) -> Iterator[tuple[int, Any]]:
        """The font objects made anew, by number. Raises Doubt."""
        scratch = pydyf.PDF()
        scratch.objects = [None] * self.first
        references = build_fonts_dictionary(scratch, self.fonts, True, True, self.options)
        scratch.add_object(references)
        if references.number != self.last:
            raise Doubt("a font of another kind")
        self.known = self._count()
        return enumerate(scratch.objects[self.first :], start=self.first)


# ---------------------------------------------------------------- reading the content of pages


def _pages(pdf: Any) -> list[Any]:
    return [item for item in pdf.objects if isinstance(item, pydyf.Dictionary) and item.get("Type") == "/Page"]


def _read(pdf: Any, page: Any, number: int, layout: Layout) -> list[bytes | Text | Block]:
    """The content of a page, with the common texts and the pieces of paragraphs in it made out."""
    texts = [text for text in layout.texts if text.page == number and text.text.strip()]
    places = {at(text.x, text.y): text for text in texts}
    personal = [text for text in texts if text.paragraph >= 0]
    if any(places[at(text.x, text.y)] is not text for text in personal):
        raise Doubt("two texts at one place")
    operators = [as_bytes(item) for item in pdf.objects[int(page["Contents"].split()[0])].stream]
    content = list(_items(operators, places))
    if sum(isinstance(item, Block) for item in content) != len(personal):
        raise Doubt("personal words are not drawn where they stand")
    _firm(operators, personal, layout)
    return content


def _items(operators: list[bytes], places: dict[bytes, Text]) -> Iterator[bytes | Text | Block]:
    """Bytes, common texts and pieces. The font in force is noted, for WeasyPrint names it only where it changes."""
    font, stack, place = b"", [], 0
    while place < len(operators):
        operator = operators[place]
        place += 1
        text = places.get(operators[place]) if operator == b"BT" and place < len(operators) else None
        if text and text.paragraph >= 0:
            end = operators.index(b"ET", place)
            drawn = operators[place:end]
            font = next((found for found in drawn if FONT.fullmatch(found)), font)
            shows = [found for found in drawn if found.endswith(b" TJ")]
            if len(shows) != 1 or len(drawn) > 3 or not font:
                raise Doubt("personal words drawn in an unknown way")
            show = shows[0].removesuffix(b"] TJ").removeprefix(b"[").replace(b">0<", b"")
            show = show[:-1] if show.endswith(b">0") else show
            yield Block(text, font, show, b"\n".join([*drawn[1:], b"ET", b""]))
            place = end + 1
            continue
        if FONT.fullmatch(operator):
            font = operator
        elif operator == b"q":
            stack.append(font)
        elif operator == b"Q":
            font = stack.pop()
        yield places[operator] if operator in places else operator + b"\n"


def _firm(operators: list[bytes], personal: list[Text], layout: Layout) -> None:
    """What is painted otherwise than as text does not move, and does not stand beside personal words."""
    heights = [height for operator in operators for height in _heights(operator.split())]
    if any(operator.rpartition(b" ")[2] in PICTURES for operator in operators):
        heights.append(math.inf)
    for text in personal:
        leading = layout.paragraphs[text.paragraph].leading
        if any(abs(text.y - height) < leading for height in heights):
            raise Doubt("something is painted beside personal words")
        if text.flow:
            text.flow.firm = max([text.flow.firm, *heights])


def _heights(operator: list[bytes]) -> list[float]:
    """The heights on the page that a part of a path reaches."""
    if operator[-1:] == [b"re"]:
        _x, y, _width, height = map(float, operator[:4])
        return [y, y + height]
    return [float(operator[place]) for place in PATHS.get(operator[-1], ())] if operator else []


def _cut(content: list[bytes | Text | Block], begins: Sequence[int]) -> list[Part]:
    """The parts of a page's content, common and personal in turns."""
    parts = [Part()]
    for item in content:
        is_common = not isinstance(item, Block) or item.text.line < begins[item.text.paragraph]
        if not is_common and parts[-1].is_common and len(parts) > 1 and parts[-1].is_short():
            for short in parts.pop().items:
                parts[-1].add(short)
        if is_common != parts[-1].is_common:
            parts.append(Part(is_common=is_common))
        if isinstance(item, Block) and is_common:
            parts[-1].add(b"BT\n")
            parts[-1].add(item.text)
            parts[-1].add(item.drawn)
        else:
            parts[-1].add(item)
    return parts
