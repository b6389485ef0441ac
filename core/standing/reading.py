"""Reading what WeasyPrint painted on a page: which of it is a text of the layout, and which holds personal words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import pydyf
from pydyf import _to_bytes as as_bytes

from core.standing.layout import Layout, Text
from core.standing.parts import Block, at
from core.standing.words import Doubt

FONT = re.compile(rb"/(\S+) \S+ Tf")
PATHS = {b"m": (1,), b"l": (1,), b"c": (1, 3, 5), b"v": (1, 3), b"y": (1, 3)}  # which operands are heights
PICTURES = {b"Do", b"sh", b"BI"}


def pages(pdf: Any) -> list[Any]:
    """The pages of a PDF, in their order."""
    return [item for item in pdf.objects if isinstance(item, pydyf.Dictionary) and item.get("Type") == "/Page"]


def read(pdf: Any, page: Any, number: int, layout: Layout) -> list[bytes | Text | Block]:
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
