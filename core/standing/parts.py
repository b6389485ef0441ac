"""The content of a page in parts: the common ones, the same for all whose paragraphs grew alike, and the personal ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydyf import _to_bytes as as_bytes

from core.standing.layout import Text
from core.standing.words import Shaped

SHORT = 300  # bytes: a common part as short as this is not worth a stream of its own

Placed = list[dict[int, list[tuple[float, float, Shaped]]]]  # for each paragraph and run: where which glyphs stand


def at(x: float, y: float) -> bytes:
    """The operator that begins text at a place, as WeasyPrint writes it."""
    return b"1 0 0 -1 %s %s Tm" % (as_bytes(x), as_bytes(y))


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


def cut(content: list[bytes | Text | Block], begins: Sequence[int]) -> list[Part]:
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
