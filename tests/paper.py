"""What a PDF shows: the words of its pages and where they stand, as a reader sees them, whatever was set first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from pypdfium2 import PdfDocument, PdfTextPage

GAP = 0.3  # of the height of a line: what is wider parts two words even without a space


@dataclass
class Word:
    """Characters without a gap, and their box in points from the lower left corner of the page."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def middle(self) -> float:
        """Halfway up."""
        return (self.bottom + self.top) / 2


def pages_of(data: bytes) -> list[str]:
    """The text of each page, line by line from the top, each from left to right."""
    return ["\n".join(" ".join(word.text for word in line) for line in lines) for lines in _pages(data)]


def words_of(data: bytes) -> list[list[Word]]:
    """The words of each page in the same order."""
    return [list(chain.from_iterable(lines)) for lines in _pages(data)]


def _pages(data: bytes) -> list[list[list[Word]]]:
    with PdfDocument(data) as document:
        return [list(filter(None, map(_words, _lines(_characters(page.get_textpage()))))) for page in document]


def _characters(text: PdfTextPage) -> Iterator[Word]:
    """Each character, the spaces among them; no ends of lines."""
    for number in range(text.count_chars()):
        if (character := text.get_text_range(number, 1)) not in {"\r", "\n"}:
            yield Word(character, *text.get_charbox(number, loose=True))


def _lines(characters: Iterable[Word]) -> list[list[Word]]:
    """The characters whose middle is at the height of the same one."""
    lines: list[list[Word]] = []
    for one in sorted(characters, key=lambda one: -one.middle):
        if not lines or one.middle < lines[-1][0].bottom:
            lines.append([])
        lines[-1].append(one)
    return lines


def _words(line: list[Word]) -> list[Word]:
    """The words of a line of characters."""
    words: list[Word] = []
    parted = True
    for one in sorted(line, key=lambda one: one.left):
        if one.text.isspace():
            parted = True
            continue
        if parted or one.left - words[-1].right > GAP * (one.top - one.bottom):
            words.append(one)
        else:
            words[-1].text += one.text
            words[-1].right = one.right
        parted = False
    return words
