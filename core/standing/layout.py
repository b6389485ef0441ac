"""What WeasyPrint laid out: the paragraphs that hold personal words, and what moves when one of them grows.

Personal words stand in the HTML as `MARK number OPEN words CLOSE`. The marks are taken out again before lines are broken,
so the layout is that of the plain letter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from weasyprint.css.properties import ZERO_PIXELS
from weasyprint.document import Document, DocumentMetadata, Page, build_formatting_structure, get_html_metadata
from weasyprint.formatting_structure import boxes
from weasyprint.layout import layout_document
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.text.fonts import font_features

from core.marks import CLOSE, MARK, OPEN
from core.standing.words import Doubt

TINY = 1e-6
MARKED = re.compile(f"{MARK}([0-9]+){OPEN}([^{CLOSE}]*){CLOSE}")
FEATURES: tuple[str, ...] = (
    "kerning",
    *(f"variant_{name}" for name in ("ligatures", "position", "caps", "numeric", "alternates")),
)
FEATURES += ("variant_east_asian", "feature_settings")
USUAL = {
    "letter_spacing": "normal",
    "word_spacing": 0,
    "text_transform": "none",
    "white_space": "normal",
    "direction": "ltr",
    "text_indent": ZERO_PIXELS,
    "hyphens": "manual",
    "text_decoration_line": "none",
    "vertical_align": "baseline",
    "visibility": "visible",
}


@dataclass(eq=False)
class Flow:
    """Boxes below one another: those of a page, or those of one box that hangs on it. What grows pushes the rest down."""

    page: int
    floor: float  # nothing may move below it
    is_page: bool = True
    bottom: float = 0.0  # of its lowest line
    firm: float = 0.0  # what stands above it does not move
    common: float = 0.0  # the lowest baseline of common text


NOWHERE = Flow(-1, 0.0)


@dataclass
class Run:
    """A text of one style within a paragraph: common words, and numbers of personal ones."""

    segments: tuple[str | int, ...]
    style: Any
    address: int | None = None  # number of the personal word it links to

    def text(self, words: Sequence[str]) -> str:
        """The text with these personal words in it."""
        return "".join(part if isinstance(part, str) else words[part] for part in self.segments)


@dataclass(eq=False)
class Text:
    """A run, or a part of one, on one line of a page: where its baseline begins. `flow` is None where nothing ever moves.

    `paragraph` is the number of its paragraph if that holds personal words, else -1; `link` is the box of the link around it.
    """

    page: int
    flow: Flow | None
    x: float
    y: float
    text: str
    paragraph: int = -1
    line: int = 0
    run: int = 0
    link: Any = None


@dataclass(eq=False)
class Paragraph:
    """A block of lines with personal words in it, as it stands in the layout."""

    number: int
    runs: list[Run] = field(default_factory=list)
    flow: Flow = NOWHERE
    width: float = 0.0
    leading: float = 0.0  # from one line to the next
    lines: list[list[Text]] = field(default_factory=list)
    has_edges: bool = False  # margins and the like, which stay when its words are left out
    is_split: bool = False  # ends on another page than it begins

    @property
    def low(self) -> float:
        """The last baseline."""
        return self.lines[-1][0].y

    def line(self, number: int) -> tuple[Text, float]:
        """How a line begins, which may be one more than the layout has: a text that moves with it, and its baseline."""
        known = min(number, len(self.lines) - 1)
        first = self.lines[known][0]
        return first, first.y + (number - known) * self.leading


@dataclass
class Layout:
    """A letter laid out: its paragraphs with personal words, all texts, and the links outside of such paragraphs."""

    document: Any
    paragraphs: list[Paragraph]
    texts: list[Text] = field(default_factory=list)
    links: list[tuple[Flow | None, Any]] = field(default_factory=list)


def lay_out(html: Any, options: dict[str, Any]) -> Layout:
    """Lay out marked HTML. Raises Doubt where its personal words stand in a place of which we are not sure."""
    addresses = _take_addresses(html.etree_element)
    fonts, counters = options["font_config"], options["counter_style"]
    context = Document._build_layout_context(html, fonts, counters, {}, options)  # noqa: SLF001  no other door
    root = build_formatting_structure(
        html.etree_element,
        context.style_for,
        context.get_image_from_uri,
        html.base_url,
        context.target_collector,
        counters,
        context.footnotes,
    )
    paragraphs = list(_marked_paragraphs(root, addresses))
    for number, paragraph in enumerate(paragraphs):
        paragraph.number = number
    pages = [Page(page) for page in layout_document(html, root, context)]
    metadata = DocumentMetadata(**get_html_metadata(html))
    layout = Layout(Document(pages, metadata, html.url_fetcher, fonts, {}, None), paragraphs)
    for number, page in enumerate(pages):
        _Reader(layout, number, page._page_box).read()  # noqa: SLF001
        if page.bookmarks or page.anchors:
            raise Doubt("bookmarks or anchors lead into the page")
    if not all(paragraph.lines for paragraph in paragraphs):
        raise Doubt("personal words stand where no page shows them")
    return layout


def _take_addresses(root: Any) -> dict[Any, int]:
    """Take the marks out of the addresses of links: the number of the personal word by element."""
    found = {}
    for element in root.iter():
        for name, value in element.attrib.items():
            if MARK not in value:
                continue
            match = MARKED.fullmatch(value)
            if not match or name != "href":
                raise Doubt("personal words within an attribute")
            element.set(name, match[2])
            found[element] = int(match[1])
    return found


# ---------------------------------------------------------------- before the layout


def _marked_paragraphs(box: Any, addresses: dict[Any, int]) -> Iterator[Paragraph]:
    """Take the marks out of the texts, and leave on the boxes what they are: layout copies that with them."""
    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.LineBox):
            texts = list(_texts(child))
            if texts and any(MARK in text.text or link in addresses for text, link in texts):
                yield _marked_paragraph(box, child, texts, addresses)
                continue
        yield from _marked_paragraphs(child, addresses)


def _texts(box: Any, link: Any = None) -> Iterator[tuple[Any, Any]]:
    """The text boxes of a line with the element of the link around them; one None where there is anything but text."""
    for child in box.children:
        if isinstance(child, boxes.TextBox):
            yield child, link
        elif isinstance(child, boxes.InlineBox):
            yield from _texts(child, child.element if child.element_tag == "a" else link)
        elif MARK in "".join(text.text for text in child.descendants() if isinstance(text, boxes.TextBox)):
            raise Doubt("personal words within a box within a line")


def _marked_paragraph(box: Any, line: Any, texts: list[tuple[Any, Any]], addresses: dict[Any, int]) -> Paragraph:
    if any(not isinstance(child, boxes.TextBox | boxes.InlineBox) for child in line.descendants() if child is not line):
        raise Doubt("something else than text beside personal words")
    paragraph = Paragraph(-1)
    line.standing = box.standing = paragraph
    for number, (text, link) in enumerate(texts):
        text.standing = number
        paragraph.runs.append(Run(tuple(_segments(text.text)), text.style, addresses.get(link)))
        text.text = MARKED.sub(r"\2", text.text)
        _check_style(text.style)
    if box.style["text_align_all"] not in {"start", "left"}:
        raise Doubt("the paragraph is not ragged right")
    return paragraph


def _segments(text: str) -> Iterator[str | int]:
    place = 0
    for match in MARKED.finditer(text):
        yield text[place : match.start()]
        yield int(match[1])
        place = match.end()
    yield text[place:]


def _check_style(style: Any) -> None:
    for name, usual in USUAL.items():
        if style[name] != usual:
            raise Doubt(f"personal words with {name} {style[name]}")
    if font_features(*(style[f"font_{name}"] for name in FEATURES)):
        raise Doubt("personal words with features of the font")


# ---------------------------------------------------------------- after the layout


class _Reader:
    """Walks over one page and notes what stands where."""

    def __init__(self, layout: Layout, number: int, page: Any) -> None:
        self.layout, self.number, self.page = layout, number, page
        self.floor = page.content_box_y() + page.height

    def read(self) -> None:
        """Note everything on the page."""
        flow = Flow(self.number, self.floor)
        for child in self.page.children:
            self._walk(child, None if isinstance(child, boxes.MarginBox) else flow)

    def _walk(self, box: Any, flow: Flow | None, *, is_positioned: bool = False, is_plain: bool = True) -> None:
        if isinstance(box, AbsolutePlaceholder):
            box = box._box  # noqa: SLF001
        if flow:
            flow = self._flow_of(box, flow, is_positioned)
        is_plain = is_plain and _is_plain(box)
        if self._note(box, flow, is_plain):
            return
        is_positioned = is_positioned or box.style["position"] != "static"
        for child in getattr(box, "children", ()):
            self._walk(child, flow, is_positioned=is_positioned, is_plain=is_plain)

    def _note(self, box: Any, flow: Flow | None, is_plain: bool) -> bool:
        """Note a box; whether nothing within it is of interest any more."""
        paragraph: Paragraph | None = None if isinstance(box, boxes.TextBox) else getattr(box, "standing", None)
        if isinstance(box, boxes.TextBox):
            text = self._text(box, flow)
            self.layout.texts.append(text)
            if flow:
                flow.common = max(flow.common, text.y)
        elif isinstance(box, boxes.LineBox):
            if flow:
                flow.bottom = max(flow.bottom, box.position_y + box.height)
            if paragraph:
                self._line(paragraph, box, flow)
                return True
        else:
            if box.link:
                self.layout.links.append((flow, box))
            if paragraph:
                self._block(paragraph, box, flow, is_plain)
        return False

    def _flow_of(self, box: Any, flow: Flow, is_positioned: bool) -> Flow:
        """The flow a box belongs to: its parent's, or one of its own if it hangs on the page."""
        style, hangs = box.style, box.is_absolutely_positioned()
        if hangs and style["position"] == "absolute" and style["top"] == style["bottom"] == "auto":
            return flow  # stands where it would stand in the flow, as the number of a list item does
        if hangs and not is_positioned:
            is_sure = style["top"] != "auto" and style["bottom"] == style["height"] == "auto"
            return Flow(self.number, self.floor, is_page=False, firm=0.0 if is_sure else math.inf)
        if hangs or not box.is_in_normal_flow() or style["transform"] or (flow.is_page and _is_padded(box)):
            flow.firm = max(flow.firm, box.position_y + box.margin_height())
        return flow

    def _text(self, box: Any, flow: Flow | None) -> Text:
        if MARK in box.text:
            raise Doubt("personal words are repeated in a margin")
        return Text(self.number, flow, box.position_x, box.position_y + box.baseline, box.text)

    def _block(self, paragraph: Paragraph, box: Any, flow: Flow | None, is_plain: bool) -> None:
        """The block around the lines of a paragraph."""
        if not is_plain:
            raise Doubt("personal words in a box whose width may depend on them")
        if flow is None:
            raise Doubt("personal words in a margin")
        if paragraph.flow is NOWHERE:
            paragraph.flow, paragraph.width = flow, box.width
            paragraph.has_edges = bool(box.margin_top or box.margin_bottom) or _is_padded(box)
            return
        paragraph.is_split = True
        if not (flow.is_page and flow.page == paragraph.flow.page + 1 and box.width == paragraph.width):
            raise Doubt("personal words are repeated")

    def _line(self, paragraph: Paragraph, line: Any, flow: Flow | None) -> None:
        texts, metrics = [], set()
        for box, link in _pieces(line):
            text = self._text(box, flow)
            text.paragraph, text.line, text.run, text.link = paragraph.number, len(paragraph.lines), box.standing, link
            texts.append(text)
            metrics.add((box.baseline, box.margin_height()))
        leading = paragraph.leading or line.height
        if not texts or len(metrics) > 1 or abs(line.height - leading) > TINY:
            raise Doubt("lines of different height")
        paragraph.leading = leading
        paragraph.lines.append(texts)
        self.layout.texts += texts


def _pieces(box: Any, link: Any = None) -> Iterator[tuple[Any, Any]]:
    """The text boxes of a line, with the link around them."""
    for child in box.children:
        if isinstance(child, boxes.TextBox):
            if child.text:
                yield child, link
            continue
        if child.margin_width() != child.width or child.style["position"] != "static":
            raise Doubt("personal words within a box with edges")
        yield from _pieces(child, child if child.link else link)


def _is_plain(box: Any) -> bool:
    """Whether a box is a block as wide as its parent, or of a width of its own: what stands in it makes no difference."""
    if isinstance(box, boxes.LineBox | boxes.InlineBox | boxes.TextBox):
        return True
    if box.is_absolutely_positioned():
        return type(box) is boxes.BlockBox and box.style["width"] != "auto"
    return type(box) is boxes.BlockBox and box.is_in_normal_flow() and box.style["column_count"] == "auto"


def _is_padded(box: Any) -> bool:
    """Whether a block is higher than its lines."""
    if not isinstance(box, boxes.BlockLevelBox):
        return False
    is_sized = box.style["height"] != "auto" or box.style["min_height"] != "auto"
    return bool(is_sized or box.border_height() != box.height)
