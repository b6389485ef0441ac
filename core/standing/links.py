"""The links on the pages: they move with their text, and lead where the personal words say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydyf

from core.standing.layout import Layout, Text
from core.standing.parts import Block, Placed
from core.standing.words import Doubt

SCALE = 0.75  # points to a CSS pixel
PLACE, GOAL = b"\0place", b"\0goal"  # what is filled in


@dataclass
class Link:
    """The place of a link on a page. `text` is the piece within it if that is exchanged."""

    annotation: Any
    spot: Text  # what it moves with
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


def links_of(layout: Layout, pieces: Mapping[tuple[int, int], list[Block]]) -> Iterator[Link]:
    """The links of the pages, given the pieces of each run that are exchanged. Raises Doubt."""
    for flow, box in layout.links:
        if box.link_annotation:
            yield Link(box.link_annotation, Text(0, flow, 0, box.position_y + box.height, ""))
    around: dict[int, list[Text]] = {}
    for text in layout.texts:
        if text.link is not None and text.link.link_annotation:
            around.setdefault(text.link.link_annotation.number, []).append(text)
    for texts in around.values():
        if len(texts) > 1:
            raise Doubt("a link around several pieces")
        yield _link_around(texts[0], layout, pieces)


def _link_around(text: Text, layout: Layout, pieces: Mapping[tuple[int, int], list[Block]]) -> Link:
    annotation, exchanged = text.link.link_annotation, pieces.get((text.paragraph, text.run), [])
    block = next((block for block in exchanged if block.text is text), None)
    if not block:
        return Link(annotation, text)
    address = layout.paragraphs[text.paragraph].runs[text.run].address
    return Link(annotation, text, text, block.order, len(exchanged), address)
