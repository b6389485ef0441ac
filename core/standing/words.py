"""Text as glyphs and lines, exactly as Pango and WeasyPrint set it; where that is not certain, Doubt."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import uharfbuzz as hb
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS
from weasyprint.text.fonts import get_hb_object_data
from weasyprint.text.line_break import get_log_attrs

# Latin with its accents and its punctuation. Other scripts are left to Pango: they change fonts, direction or order.
SIMPLE = re.compile("[ -~\u00a0-\u00ac\u00ae-\u024f\u1e00-\u1eff\u2010-\u2027]*")
NEAR = 0.01  # CSS pixels: a line that ends as near to the edge as this is not ours to break
KEPT = 200  # shaped texts of a face

Counts = tuple[int, ...]


class Doubt(Exception):
    """It is not certain that these words would come out as in a full layout. The text says why."""


class Misfit(Doubt):
    """The words fill the pages otherwise than those of the model: `counts` are the open lines of each paragraph."""

    def __init__(self, reason: str, counts: Counts) -> None:
        super().__init__(reason)
        self.counts = counts


@dataclass(frozen=True)
class Glyphs:
    """A text as glyphs. Of each character: how it is written, and how it was shaped; both None but for the first that share a glyph."""

    shows: Sequence[bytes | None]
    infos: Sequence[Any]
    reach: Sequence[int]  # in Pango's units: where each character begins, and last where the text ends

    def is_firm(self, place: int) -> bool:
        """Whether the glyphs on both sides stay as they are if the text is cut there."""
        if place in {0, len(self.infos)}:
            return True
        info = self.infos[place]
        return info is not None and not info.flags & hb.GlyphFlags.UNSAFE_TO_BREAK


class Shaped(NamedTuple):
    """A text as glyphs: a part of one that was shaped as a whole."""

    glyphs: Glyphs
    begin: int
    end: int

    @property
    def width(self) -> float:
        """In CSS pixels."""
        units = self.glyphs.reach[self.end] - self.glyphs.reach[self.begin]
        return float(units * FROM_UNITS)

    @property
    def show(self) -> bytes:
        """The operand of the PDF's TJ."""
        return (b"<%s>" % b"".join(filter(None, self.glyphs.shows[self.begin : self.end]))).removesuffix(b"<>")

    def fitting(self, width: float) -> int:
        """How many of its characters fit into so many CSS pixels."""
        reach, first = self.glyphs.reach, self.begin + 1
        return bisect_right(reach, reach[self.begin] + width * TO_UNITS, first, self.end + 1) - first


class Face:
    """A font of the document at one size. Glyphs that are new to the document enter its font."""

    def __init__(self, font: Any, size: float, language: str) -> None:
        units = int(size * TO_UNITS)
        self.font, self.size, self.language = font, units * FROM_UNITS, language
        self._shaper = hb.Font(hb.Face(get_hb_object_data(font.hb_face), font.index))
        self._shaper.scale = (units, units)
        self._shaped: dict[str, Shaped] = {}
        self._shows: dict[tuple[int, int, str], bytes] = {}

    def shape(self, text: str) -> Shaped:
        """The glyphs of a text that stands in one piece. Raises Doubt."""
        if text not in self._shaped:
            if len(self._shaped) >= KEPT:
                self._shaped.clear()
            self._shaped[text] = Shaped(self._shape(text), 0, len(text))
        return self._shaped[text]

    def cut(self, text: str, begin: int, end: int) -> Shaped:
        """The glyphs of a part of a text when it stands by itself: seldom others than it has within the text. Raises Doubt."""
        glyphs = self.shape(text).glyphs
        return (
            Shaped(glyphs, begin, end) if glyphs.is_firm(begin) and glyphs.is_firm(end) else self.shape(text[begin:end])
        )

    def _shape(self, text: str) -> Glyphs:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.language = self.language
        hb.shape(self._shaper, buffer)
        infos, positions = buffer.glyph_infos, buffer.glyph_positions
        begins = [info.cluster for info in infos]
        parts = [text[begin:end] for begin, end in pairwise([*begins, len(text)])]
        if not all(parts) or any(position.x_offset or position.y_offset for position in positions):
            raise Doubt("a mark is placed over its letter")
        advances = [position.x_advance for position in positions]
        keys = list(zip([info.codepoint for info in infos], advances, parts, strict=True))
        shows: list[bytes | None] = list(map(self._shows.get, keys))
        if None in shows:
            shows = [self._shows.get(key) or self._meet(*key) for key in keys]
        for place in reversed([place for place, part in enumerate(parts) if len(part) > 1]):
            others = len(parts[place]) - 1
            shows[place + 1 : place + 1] = infos[place + 1 : place + 1] = [None] * others
            advances[place + 1 : place + 1] = [0] * others
        return Glyphs(shows, infos, list(accumulate(advances, initial=0)))

    def _meet(self, glyph: int, advance: int, text: str) -> bytes:
        """How a glyph of this width is written that stands for this text. A new one enters the document's font. Raises Doubt."""
        if not glyph:
            raise Doubt("a letter is missing in the font")
        if self.font.to_unicode.setdefault(glyph, text) != text:
            raise Doubt("a glyph stands for two letters")
        thousandths = 1000 * FROM_UNITS / self.size
        if glyph not in self.font.widths:
            self.font.widths[glyph] = round(self._shaper.get_glyph_h_advance(glyph) * thousandths)
        kerning = int(self.font.widths[glyph] - advance * thousandths)
        self._shows[glyph, advance, text] = b"%04x>%d<" % (glyph, kerning) if kerning else b"%04x" % glyph
        return self._shows[glyph, advance, text]


Line = list[tuple[int, str, Shaped]]  # number of the run, its text on this line, the same as glyphs


def break_lines(faces: Sequence[Face], texts: Sequence[str], width: float) -> list[Line]:
    """The lines of a paragraph made of runs, each a text in its face, broken as late as the width allows. Raises Doubt."""
    whole = "".join(texts)
    if not SIMPLE.fullmatch(whole) or "  " in whole or whole != whole.strip(" "):
        raise Doubt("not plain Latin text with single spaces")
    paragraph = _Paragraph(faces, texts, width)
    lines, begin = [], 0
    while begin < len(whole):
        end, line = paragraph.line(begin)
        lines.append(line)
        begin = end
    return lines


def breaks(text: str, language: str) -> list[int]:
    """Before which characters a line may be broken, as Pango knows it."""
    allowed = get_log_attrs(text, language)
    return [place for place in range(1, len(text)) if allowed[place].is_line_break]


class _Paragraph:
    def __init__(self, faces: Sequence[Face], texts: Sequence[str], width: float) -> None:
        self.faces, self.texts, self.width = faces, texts, width
        self.whole, self.bounds = "".join(texts), [0, *accumulate(map(len, texts))]

    @cached_property
    def breaks(self) -> list[int]:
        return breaks(self.whole, self.faces[0].language)

    def line(self, begin: int) -> tuple[int, Line]:
        """The line that begins there, and where the next one begins."""
        end = len(self.whole)
        rest = self._pieces(begin, end)
        if self._fits(rest):
            return end, rest
        ends = [*self.breaks[bisect_right(self.breaks, begin) :], end]
        last = bisect_right(ends, begin + self._about(rest)) - 1
        lines = {last: self._pieces(begin, ends[last])} if last >= 0 else {}
        while last >= 0 and not self._fits(lines[last]):
            last -= 1
            lines[last] = self._pieces(begin, ends[last])
        if last < 0:
            raise Doubt("a word is longer than a line")
        while self._fits(following := self._pieces(begin, ends[last + 1])):
            last += 1
            lines[last] = following
        return ends[last], lines[last]

    def _about(self, rest: Line) -> int:
        """About how many characters of the rest fit on a line."""
        reached, number = 0.0, 0
        for _run, _text, shaped in rest:
            fitting = shaped.fitting(self.width - reached)
            number += fitting
            reached += shaped.width
            if fitting < shaped.end - shaped.begin:
                break
        return number

    def _fits(self, line: Line) -> bool:
        room = self.width - sum(shaped.width for _run, _text, shaped in line)
        if abs(room) < NEAR:
            raise Doubt("a line just fits or just does not")
        return room > 0

    def _pieces(self, begin: int, end: int) -> Line:
        """The runs between two places, without the space that the end of a line swallows."""
        end = begin + len(self.whole[begin:end].rstrip(" "))
        return [
            (run, text[low:high], self.faces[run].cut(text, low, high))
            for run, (text, first) in enumerate(zip(self.texts, self.bounds, strict=False))
            if (low := max(begin - first, 0)) < (high := min(end - first, len(text)))
        ]
