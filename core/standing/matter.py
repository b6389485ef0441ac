"""The standing letter: it takes personal words and sets the lines that hold them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from core.standing.file import File, Shifts
from core.standing.layout import TINY, Layout, Paragraph, Run, lay_out
from core.standing.words import NEAR, SIMPLE, Counts, Doubt, Face, Line, Misfit, break_lines, breaks

ADDRESS = re.compile(r"https?://[!#-'*-\[\]-~]+")  # what stands for itself in a link

CHECKED = 500  # letters of a form: one of so many is compared
SOME = 2  # letters of so many lines in each paragraph: it is worth while to let one of them stand
MOST = 6  # standing letters of one form
LONGEST = 4000  # characters: more than that in a letter is not ours to weigh


def model_of(letters: Sequence[Sequence[str]]) -> list[str]:
    """Words to lay the letter out with: the shortest of these letters, none empty, none of an unusual script."""
    return [
        min((word for word in column if word and SIMPLE.fullmatch(word)), key=len, default="x")
        for column in zip(*letters, strict=True)
    ]


Places = list[tuple[int, int, int, str]]


class Differs(Doubt):
    """A standing letter was not what it ought to be."""


class Standing:
    """The standing letters of one form: one laid out with short words, more for letters that fill the pages otherwise.

    `page` is the form's HTML with words in it, marked as personal or not. Each letter of number CHECKED is laid out as a whole
    as well, and compared: if they differ, nothing of this form stands any more.
    """

    def __init__(self, page: Callable[..., Any], options: dict[str, Any], letters: Sequence[Sequence[str]]) -> None:
        self.page, self.options = page, options
        self.matters = [self._matter(letters)]
        self.shapes: Counter[Counts] = Counter()  # of letters that do not fit the first, how many of each shape
        self.stood: set[Counts] = set()
        self.number = 0
        self.wrong = ""

    def _matter(self, letters: Sequence[Sequence[str]]) -> Matter:
        model = model_of(letters)
        return Matter(self.page(model, marked=True), model, self.options)

    def learn(self, letters: Sequence[Sequence[str]]) -> None:
        """Let the fonts know all characters of these letters' words, and see which shapes come more than once."""
        self.letters = letters
        for matter in self.matters:
            matter.learn(letters)
        self.shapes.update(filter(None, map(self.matters[0].misfit, letters)))

    def set(self, words: Sequence[str]) -> bytes:
        """The PDF of the letter with these personal words. Raises Doubt when it has to be laid out as a whole."""
        if self.wrong:
            raise Doubt(self.wrong)
        matter, pdf = self._set(words)
        self.number += 1
        if self.number % CHECKED == 0 and matter.texts(words) != texts_of(lay_out(self.page(words), self.options)):
            self.wrong = "a letter differed from the same letter laid out as a whole"
            raise Differs(self.wrong)
        return pdf

    def _set(self, words: Sequence[str]) -> tuple[Matter, bytes]:
        misfits = []
        for matter in self.matters:
            try:
                return matter, matter.set(words)
            except Misfit as misfit:
                misfits.append(misfit)
        shape = misfits[0].counts
        if self.shapes[shape] < SOME or shape in self.stood or len(self.matters) == MOST:
            raise misfits[0]
        self.stood.add(shape)
        matter = self._matter([words])
        matter.learn(self.letters)
        self.matters.append(matter)
        return matter, matter.set(words)


class Matter:
    """A letter that stands, laid out with the personal words of a `model`. Raises Doubt."""

    def __init__(self, html: Any, model: Sequence[str], options: dict[str, Any]) -> None:
        layout = lay_out(html, options)
        self.layout, self.paragraphs = layout, layout.paragraphs
        self.file = File(layout, options)
        self.faces = [self._faces(paragraph) for paragraph in self.paragraphs]
        self.begins = [_first_open_line(paragraph, model) for paragraph in self.paragraphs]
        self.tails = [
            list(_tail(one.runs, place)) for one, (_line, place) in zip(self.paragraphs, self.begins, strict=True)
        ]
        self.file.open([line for line, _place in self.begins])
        runs = [run for paragraph in self.paragraphs for run in paragraph.runs]
        self.addresses = [run.address for run in runs if run.address is not None]
        self.known: dict[tuple[int, tuple[str, ...]], list[Line]] = {}
        self._prove(model)

    def _faces(self, paragraph: Paragraph) -> list[Face]:
        """The face of each run of a paragraph; runs of mere space have that of another run of their style."""
        names = {block.text.run: block.font for block in self.file.blocks if block.text.paragraph == paragraph.number}
        faces = []
        for number, run in enumerate(paragraph.runs):
            like = [known for known in names if _looks(paragraph.runs[known].style) == _looks(run.style)]
            if not like:
                raise Doubt("a run without a font")
            name = names.get(number, names[like[0]]).split()[0][1:].decode()
            faces.append(Face(self.file.fonts.named(name), run.style["font_size"], run.style["lang"] or ""))
        return faces

    def learn(self, letters: Sequence[Sequence[str]]) -> None:
        """Let the fonts know all characters of these letters' words at once: they are made anew for each new one."""
        self.known.clear()
        alphabets = [sorted(set("".join(column))) for column in zip(*letters, strict=True)]
        for paragraph, faces in zip(self.paragraphs, self.faces, strict=True):
            for run, face in zip(paragraph.runs, faces, strict=True):
                for part in run.segments:
                    for character in alphabets[part] if isinstance(part, int) else ():
                        with suppress(Doubt):
                            face.shape(character)

    def set(self, words: Sequence[str]) -> bytes:
        """The PDF of the letter with these personal words. Raises Doubt when it has to be laid out as a whole."""
        lines, shifts = self._fitted(words)
        return self.file.written(shifts, list(self._placed(lines, shifts)), words)

    def misfit(self, words: Sequence[str]) -> Counts | None:
        """The shape of a letter that fills the pages otherwise than this one; None for any other."""
        try:
            self._fitted(words)
        except Misfit as misfit:
            return misfit.counts
        except Doubt:
            return None
        return None

    def texts(self, words: Sequence[str]) -> Places:
        """Where which text of the letter stands with these words, in the form of `texts_of`."""
        lines, shifts = self._fitted(words)
        shift_of = self.file.shift_of(shifts)
        places = [
            (text.page, text.x, text.y + shift_of(text), text.text)
            for text in self.layout.texts
            if text.paragraph < 0 or text.line < self.begins[text.paragraph][0]
        ]
        for paragraph, (begin, _place), found in zip(self.paragraphs, self.begins, lines, strict=True):
            for number, line in enumerate(found, start=begin):
                first, y = paragraph.line(number)
                x = first.x
                for _run, text, shaped in line:
                    places.append((first.page, x, y + shift_of(first), text))
                    x += shaped.width
        return _rounded(places)

    def _fitted(self, words: Sequence[str]) -> tuple[list[list[Line]], Shifts]:
        """The lines of each paragraph, and by how much each grew. Raises Doubt."""
        if sum(map(len, words)) > LONGEST:
            raise Doubt("very long words")
        if not all(ADDRESS.fullmatch(words[number]) for number in self.addresses):
            raise Doubt("an address with unusual characters")
        lines = [self._lines(paragraph, words) for paragraph in self.paragraphs]
        return lines, self._shifts(lines)

    def _lines(self, paragraph: Paragraph, words: Sequence[str]) -> list[Line]:
        """The lines of a paragraph from the first that may change."""
        texts = tuple(run.text(words) for run in self.tails[paragraph.number])
        if not any(texts) and paragraph.has_edges:
            raise Doubt("a paragraph without words")
        key = paragraph.number, texts
        if key not in self.known:
            self.known[key] = break_lines(self.faces[paragraph.number], texts, paragraph.width)
        return self.known[key]

    def _shifts(self, lines: list[list[Line]]) -> Shifts:
        """By how much each paragraph grew. Raises Doubt if what is below it, or the end of the page, might not bear that."""
        shifts = tuple(
            (begin + len(found) - len(paragraph.lines)) * paragraph.leading
            for paragraph, (begin, _place), found in zip(self.paragraphs, self.begins, lines, strict=True)
        )
        for paragraph, (begin, _place), found in zip(self.paragraphs, self.begins, lines, strict=True):
            if paragraph.is_split and _runs(found) != [[text.run for text in line] for line in paragraph.lines[begin:]]:
                raise Misfit("a paragraph over two pages has other lines", tuple(map(len, lines)))
        if not any(shifts):
            return shifts
        counts = tuple(map(len, lines))
        for flow in {paragraph.flow for paragraph in self.paragraphs}:
            shift = 0.0
            for paragraph in sorted((one for one in self.paragraphs if one.flow is flow), key=lambda one: one.low):
                if shift < 0 and lines[paragraph.number]:
                    raise Misfit("fewer lines than the model has", counts)
                if shifts[paragraph.number] and paragraph.lines[0][0].y < flow.firm:
                    raise Doubt("something below does not move")
                shift += shifts[paragraph.number]
                if shift < 0 and (flow.is_page or flow.common > paragraph.low):
                    raise Misfit("fewer lines than the model has", counts)
            if shift > 0 and flow.bottom + shift > flow.floor - NEAR:
                raise Misfit("the page is full", counts)
        return shifts

    def _placed(self, lines: list[list[Line]], shifts: Shifts) -> Iterator[dict[int, list[tuple[float, float, Any]]]]:
        """Where the glyphs of each run of each paragraph stand; a run of mere space is not drawn."""
        shift_of = self.file.shift_of(shifts)
        for paragraph, (begin, _place), found in zip(self.paragraphs, self.begins, lines, strict=True):
            placed: dict[int, list[tuple[float, float, Any]]] = {}
            for number, line in enumerate(found, start=begin):
                first, y = paragraph.line(number)
                x, y = first.x, y + shift_of(first)
                for run, text, shaped in line:
                    if text.strip(" "):
                        placed.setdefault(run, []).append((x, y, shaped))
                    x += shaped.width
            yield placed

    def _prove(self, model: Sequence[str]) -> None:
        """With its own words the letter must come out as it was: else our rules are not those of WeasyPrint and Pango."""
        for paragraph in self.paragraphs:
            texts = [run.text(model) for run in paragraph.runs]
            broken = break_lines(self.faces[paragraph.number], texts, paragraph.width)
            ours = [[(run, text) for run, text, _shaped in line] for line in broken]
            if ours != [[(text.run, text.text) for text in line] for line in paragraph.lines]:
                raise Doubt("our lines are not those of the layout")
        lines = [self._lines(paragraph, model) for paragraph in self.paragraphs]
        placed = list(self._placed(lines, self._shifts(lines)))
        for block in self.file.exchanged():
            [(x, y, shaped)] = placed[block.text.paragraph][block.text.run][block.order : block.order + 1]
            if max(abs(x - block.text.x), abs(y - block.text.y)) > TINY or shaped.show != block.show:
                raise Doubt("our glyphs are not those of the layout")
        for link in self.file.links.values():
            if link.address is not None and link.annotation["A"]["URI"].string != model[link.address]:
                raise Doubt("an address is written otherwise")


def texts_of(layout: Layout) -> Places:
    """Where which text of a layout stands: page, place in thousandths of a pixel, text."""
    return _rounded((text.page, text.x, text.y, text.text) for text in layout.texts)


def _rounded(places: Iterable[tuple[int, float, float, str]]) -> Places:
    return sorted((page, round(1000 * x), round(1000 * y), text) for page, x, y, text in places if text.strip())


def _runs(lines: list[Line]) -> list[list[int]]:
    return [[run for run, _text, _shaped in line] for line in lines]


def _looks(style: Any) -> tuple[Any, ...]:
    """What decides on the font of a text."""
    return tuple(
        style[name] for name in ("font_family", "font_size", "font_weight", "font_style", "font_stretch", "lang")
    )


def _tail(runs: Sequence[Run], place: int) -> Iterator[Run]:
    """The runs without their first characters, which are common words."""
    for run in runs:
        first = run.segments[0]
        assert isinstance(first, str)  # noqa: S101  segments begin with common words
        yield replace(run, segments=(first[place:], *run.segments[1:]))
        place = max(place - len(first), 0)


def _first_open_line(paragraph: Paragraph, model: Sequence[str]) -> tuple[int, int]:
    """The first line that personal words may change, and at which character of the paragraph it begins.

    That is the line of their first one. But if its first word is part of it, it might have stood on the line before.
    """
    before = 0  # characters until the first personal word
    for part in (part for run in paragraph.runs for part in run.segments):
        if isinstance(part, int):
            break
        before += len(part)
    whole, place, starts = "".join(run.text(model) for run in paragraph.runs), 0, []
    for line in paragraph.lines:
        place += len(whole[place:]) - len(whole[place:].lstrip(" "))
        starts.append(place)
        place += sum(len(text.text) for text in line)
    if place != len(whole):
        raise Doubt("words are lost between lines")
    first = max((number for number, start in enumerate(starts) if start <= before), default=0)
    if first and not any(starts[first] < place < before for place in breaks(whole, paragraph.runs[0].style["lang"])):
        first -= 1
    return first, starts[first]
