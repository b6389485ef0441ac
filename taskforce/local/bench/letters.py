"""193 personalised letters of two pages, all bytes produced, tagged PDF/UA where the program can; compared per core-second.

Letterhead, merge fields, five invitations, three signature blocks, enclosure count: the sample letter to the sample offices of
the day, each with a link of its own. `portal` sets them as a dispatch does, from HTML to PDF; with 1,000 and 10,000 letters to
see that memory stays flat. `naive WeasyPrint` reads fonts and styles anew for each letter; `portal, one by one` is the press
without a standing letter; `Chromium, warm` prints the same HTML from one page that stays open; `Typst, warm` sets the same
words by letter.typ. A case that leaves out a letter, or makes one too small to be a letter, stops with an error; so does the
portal if a letter does not look as it does when it is laid out by itself. Ratios count the processor time of all processes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from taskforce.local.bench.cases import Case, Figures
from taskforce.local.paths import ROOT

NEEDS = "database"
SCALE = 2
ROUNDS = 3
RATIOS = {
    f"{rival} / portal": (rival, "portal", "core_seconds")
    for rival in ("naive WeasyPrint", "portal, one by one", "Chromium, warm", "Typst, warm")
}
MANY = (1_000, 10_000)
NUMBER = 193
LEAST = 8_000  # bytes of a two-page letter with its fonts
ALIKE = (0, 15, 90, 192)  # letters that are compared as pictures
LINK = "https://portal.example.org/a/" + "A" * 51 + "/"
FONTS = ROOT / "static" / "build" / "fonts"
TYPST_TEXT = Path(__file__).with_name("letter.typ")

state: dict[str, Any] = {}


def cases() -> list[Case]:
    """The portal and its competitors."""
    no_typst = "" if importlib.util.find_spec("typst") else "the package typst is not installed"
    no_chromium = "" if _chromium() and importlib.util.find_spec("playwright") else "no Chromium is installed"
    return [
        Case("portal", portal, setup=warm_portal),
        *(Case(f"portal, {many:,} letters", partial(portal, many), setup=warm_portal) for many in MANY),
        Case("portal, one by one", one_by_one, setup=warm_portal),
        Case("naive WeasyPrint", naive, setup=quiet_and_prepare),
        Case("Chromium, warm", chromium, setup=open_chromium, teardown=close_chromium, missing=no_chromium),
        Case("Typst, warm", typst, setup=open_typst, missing=no_typst),
    ]


@cache
def _chromium() -> str:
    from taskforce.local.browser import find

    return os.environ.get("PORTAL_CHROMIUM") or find() or ""


def prepare() -> None:
    """The letters as finished values, and as HTML."""
    from django.utils import timezone

    from core.marks import unmarked
    from taskforce.letters import dispatching
    from taskforce.letters.addressees import addressees
    from taskforce.letters.documents import personal
    from taskforce.letters.sample import LETTER_2011

    os.environ["FONTCONFIG_FILE"] = str(FONTS / "fonts.conf")  # the same fonts for everybody
    on = timezone.localdate()
    text = replace(LETTER_2011, deadline=on.isoformat())
    state["letters"] = [
        personal(text, to, day=on, link=link(number)) for number, to in enumerate(addressees(on)[:NUMBER])
    ]
    state["documents"] = [dispatching.document(letter) for letter in state["letters"]]
    state["pages"] = [unmarked(document.html) for document in state["documents"]]
    if len(state["letters"]) != NUMBER:
        raise ValueError(f"The sample has {len(state['letters'])} offices; the benchmark needs {NUMBER}.")


def link(number: int) -> str:
    """The address of one recipient's own page."""
    return LINK.replace("A" * 51, hashlib.sha256(str(number).encode()).hexdigest()[:51])


def counted(sizes: list[int], number: int = NUMBER) -> dict[str, float]:
    """The figures of one sample, after a check that every letter is there in full."""
    if len(sizes) != number or min(sizes) < LEAST:
        raise ValueError(f"{len(sizes)} letters, the smallest of {min(sizes, default=0)} bytes")
    return {"kB per letter": sum(sizes) / number / 1000}


# ---------------------------------------------------------------- the portal


def warm_portal() -> None:
    """Prepare, let the press set one letter, and look whether letters of a merge are as if set by themselves."""
    from core.pdf import render_each
    from taskforce.letters.dispatching import SHEETS, set_letter

    prepare()
    logging.getLogger("core.pdf").setLevel(logging.INFO)
    logging.getLogger("core.pdf").addFilter(_is_no_whole)
    merged = list(render_each(state["documents"], sheets=SHEETS))
    for number in ALIKE:
        if _pictures(merged[number]) != _pictures(set_letter(state["letters"][number])):
            raise ValueError(f"Letter {number} does not look as it does by itself.")


def _is_no_whole(record: logging.LogRecord) -> bool:
    """Counts the letters that were laid out as a whole."""
    if "as a whole" not in record.msg:
        return True
    state["wholes"] = state.get("wholes", 0) + 1
    return False


def _pictures(pdf: bytes) -> list[bytes]:
    from pypdfium2 import PdfDocument

    with PdfDocument(pdf) as document:
        return [bytes(page.render().buffer) for page in document]


def portal(number: int = NUMBER) -> Figures:
    """As a dispatch sets them."""
    from core.pdf import peak_mb, render_each
    from taskforce.letters.dispatching import SHEETS

    state["wholes"] = 0
    figures = counted([len(pdf) for pdf in render_each(_documents(number), sheets=SHEETS)], number)
    return {**figures, "MB of the setting process": peak_mb(), "laid out as a whole": state["wholes"]}


def _documents(number: int) -> Iterator[Any]:
    """So many documents, each with a link of its own."""
    for count in range(number):
        document = state["documents"][count % NUMBER]
        yield replace(document, html=document.html.replace(link(count % NUMBER), link(count)))


def one_by_one() -> Figures:
    """Each letter laid out by itself, fonts, styles and pictures read once."""
    from core.marks import unmarked
    from core.pdf import render_each
    from taskforce.letters.dispatching import SHEETS

    plain = (replace(document, html=unmarked(document.html)) for document in state["documents"])
    return counted([len(pdf) for pdf in render_each(plain, sheets=SHEETS)])


# ---------------------------------------------------------------- competitors


def quiet_and_prepare() -> None:
    """The letters; the library's progress is not written to a log, as it is not in the portal."""
    prepare()
    logging.getLogger("weasyprint").setLevel(logging.WARNING)
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)


def naive() -> Figures:
    """A new font configuration and style sheet for each letter."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from taskforce.letters.dispatching import SHEETS

    sizes = []
    for html in state["pages"]:
        fonts = FontConfiguration()
        sheets = [CSS(filename=ROOT / "static" / sheet, font_config=fonts) for sheet in SHEETS]
        page = HTML(string=html, base_url=str(ROOT))
        sizes.append(len(page.write_pdf(stylesheets=sheets, font_config=fonts, pdf_variant="pdf/ua-1")))
    return counted(sizes)


def open_chromium() -> None:
    """A browser with one page and the styles in it."""
    from playwright.sync_api import sync_playwright

    from taskforce.letters.dispatching import SHEETS

    prepare()
    state["playwright"] = sync_playwright().start()
    state["browser"] = state["playwright"].chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
    state["page"] = state["browser"].new_page()
    sheets = "".join((ROOT / "static" / sheet).read_text(encoding="utf-8") for sheet in SHEETS)
    state["style"] = f"<style>{sheets}</style></head>"


def chromium() -> Figures:
    """One page, printed again and again."""
    page, sizes = state["page"], []
    for html in state["pages"]:
        page.set_content(html.replace("</head>", state["style"]))
        sizes.append(len(page.pdf(prefer_css_page_size=True, tagged=True)))
    return counted(sizes)


def close_chromium() -> None:
    """Close the browser."""
    state["browser"].close()
    state["playwright"].stop()


def open_typst() -> None:
    """A compiler that keeps its fonts, and the letters as JSON."""
    import typst as library

    prepare()
    state["typst"] = library.Compiler(str(TYPST_TEXT), font_paths=[str(FONTS)], ignore_system_fonts=True)
    state["inputs"] = [_typst_input(letter) for letter in state["letters"]]


def _typst_input(letter: Any) -> dict[str, str]:
    """The same words: paragraphs in order, the invitations as a list."""
    text = letter.text
    facts = {
        "reference": text.reference,
        "subject": text.subject,
        "date": letter.date,
        "address": letter.address,
        "parts": _parts(str(letter.body)),
        "signatories": [{"title": row.title, "office": row.office} for row in text.signatories],
        "attachments": [annex.title for annex in text.attachments],
        "contacts": [f"{contact.role}, {contact.email}" for contact in text.contacts],
    }
    return {"letter": json.dumps(facts)}


def _parts(html: str) -> list[Any]:
    """The paragraphs of a body, a list for the list."""
    from xml.etree import ElementTree

    root = ElementTree.fromstring(f"<div>{html}</div>")  # noqa: S314 - our own, just made
    return [[_words(item) for item in part] if part.tag == "ol" else _words(part) for part in root]


def _words(part: Any) -> str:
    return "".join(part.itertext()).strip()


def typst() -> Figures:
    """One compiler, its inputs changed for each letter."""
    compiler = state["typst"]
    sizes = [len(compiler.compile(format="pdf", sys_inputs=given, pdf_standards=["ua-1"])) for given in state["inputs"]]
    return counted(sizes)
