"""Text as glyphs and lines, exactly as Pango and WeasyPrint set it; where that is not certain, Doubt."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

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
class Shaped:
    """A text as glyphs: the operand of the PDF's TJ, its width and where each character ends, in CSS pixels."""

    show: bytes
    width: float
    ends: tuple[float, ...]


class Face:
    """A font of the document at one size. Glyphs that are new to the document enter its font."""

    def __init__(self, font: Any, size: float, language: str) -> None:
        units = int(size * TO_UNITS)
        self.font, self.size, self.language = font, units * FROM_UNITS, language
        self._shaper = hb.Font(hb.Face(get_hb_object_data(font.hb_face), font.index))
        self._shaper.scale = (units, units)
        self._shaped: dict[str, Shaped] = {}
        self._glyphs: dict[int, tuple[str, bytes, int]] = {}

    def shape(self, text: str) -> Shaped:
        """The glyphs of a text that stands in one piece. Raises Doubt."""
        if text not in self._shaped:
            if len(self._shaped) >= KEPT:
                self._shaped.clear()
            self._shaped[text] = self._shape(text)
        return self._shaped[text]

    def _shape(self, text: str) -> Shaped:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.language = self.language
        hb.shape(self._shaper, buffer)
        infos, thousandths = buffer.glyph_infos, 1000 * FROM_UNITS / self.size
        bounds = [info.cluster for info in infos]
        bounds.append(len(text))
        show, advance, ends = [b"<"], 0, []
        for place, (info, position) in enumerate(zip(infos, buffer.glyph_positions, strict=True)):
            begin, end = bounds[place], bounds[place + 1]
            if position.x_offset or position.y_offset or end <= begin:
                raise Doubt("a mark is placed over its letter")
            known = self._glyphs.get(info.codepoint)
            if known is None or known[0] != text[begin:end]:
                known = self._meet(info.codepoint, text[begin:end])
            show.append(known[1])
            units = position.x_advance
            if kerning := int(known[2] - units * thousandths):
                show.append(b">%d<" % kerning)
            advance += units
            ends += [advance * FROM_UNITS] * (end - begin)
        show.append(b">")
        return Shaped(b"".join(show).removesuffix(b"<>"), advance * FROM_UNITS, tuple(ends))

    def _meet(self, glyph: int, text: str) -> tuple[str, bytes, int]:
        """The text a glyph stands for, how it is written, its width in thousandths. A new one enters the document's font."""
        if not glyph:
            raise Doubt("a letter is missing in the font")
        if self.font.to_unicode.setdefault(glyph, text) != text:
            raise Doubt("a glyph stands for two letters")
        if glyph not in self.font.widths:
            units = self._shaper.get_glyph_h_advance(glyph)
            self.font.widths[glyph] = round(units * 1000 * FROM_UNITS / self.size)
        self._glyphs[glyph] = (text, b"%04x" % glyph, self.font.widths[glyph])
        return self._glyphs[glyph]


Line = list[tuple[int, str, Shaped]]  # number of the run, its text on this line, the same as glyphs


def break_lines(faces: Sequence[Face], texts: Sequence[str], width: float) -> list[Line]:
    """The lines of a paragraph made of runs, each a text in its face, broken as late as the width allows. Raises Doubt."""
    whole = "".join(texts)
    if not SIMPLE.fullmatch(whole) or "  " in whole or whole != whole.strip(" "):
        raise Doubt("not plain Latin text with single spaces")
    paragraph = _Paragraph(faces, whole, [0, *accumulate(map(len, texts))], width)
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
    def __init__(self, faces: Sequence[Face], whole: str, bounds: list[int], width: float) -> None:
        self.faces, self.whole, self.bounds, self.width = faces, whole, bounds, width

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
            fitting = bisect_right(shaped.ends, self.width - reached)
            number += fitting
            reached += shaped.width
            if fitting < len(shaped.ends):
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
            (run, text, self.faces[run].shape(text))
            for run, (first, last) in enumerate(pairwise(self.bounds))
            if (text := self.whole[max(first, begin) : min(last, end)])
        ]
