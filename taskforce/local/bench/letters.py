"""193 personalised letters of two pages, all bytes produced, tagged PDF/UA where the program can, one process each.

Letterhead, merge fields, five invitations, three signature blocks, enclosure count: the sample letter to the sample offices of
the day. `portal` sets them as a dispatch does, in chunks; `naive WeasyPrint` reads fonts and styles anew for each letter;
`Chromium, warm` prints the same HTML from one page that stays open; `Typst, warm` sets the same words by letter.typ.
A case that leaves out a letter, or makes one too small to be a letter, stops with an error.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
from functools import cache
from pathlib import Path
from typing import Any

from taskforce.local.bench.cases import Case, Figures
from taskforce.local.paths import ROOT

NEEDS = "database"
SCALE = 2
ROUNDS = 3
RATIOS = {
    "naive WeasyPrint / portal": ("naive WeasyPrint", "portal"),
    "Chromium / portal": ("Chromium, warm", "portal"),
    "Typst / portal": ("Typst, warm", "portal"),
}
NUMBER = 193
LEAST = 8_000  # bytes of a two-page letter with its fonts
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
    from dataclasses import replace

    from django.utils import timezone

    from taskforce.letters import dispatching
    from taskforce.letters.addressees import addressees
    from taskforce.letters.documents import personal
    from taskforce.letters.sample import LETTER_2011

    os.environ["FONTCONFIG_FILE"] = str(FONTS / "fonts.conf")  # the same fonts for everybody
    on = timezone.localdate()
    text = replace(LETTER_2011, deadline=on.isoformat())
    state["letters"] = [personal(text, to, day=on, link=LINK) for to in addressees(on)[:NUMBER]]
    state["documents"] = [dispatching.document(letter) for letter in state["letters"]]
    if len(state["letters"]) != NUMBER:
        raise ValueError(f"The sample has {len(state['letters'])} offices; the benchmark needs {NUMBER}.")


def counted(sizes: list[int]) -> Figures:
    """The figures of one sample, after a check that every letter is there in full."""
    if len(sizes) != NUMBER or min(sizes) < LEAST:
        raise ValueError(f"{len(sizes)} letters, the smallest of {min(sizes, default=0)} bytes")
    return {"kB per letter": sum(sizes) / NUMBER / 1000}


# ---------------------------------------------------------------- the portal


def warm_portal() -> None:
    """Prepare, and let the press set one letter."""
    from taskforce.letters import dispatching

    prepare()
    dispatching.set_letter(state["letters"][0])


def portal() -> Figures:
    """As a dispatch sets them."""
    from core.pdf import peak_mb, render_each
    from taskforce.letters.dispatching import CHUNK, SHEETS

    documents = state["documents"]
    chunks = [documents[first : first + CHUNK] for first in range(0, NUMBER, CHUNK)]
    figures = counted([len(pdf) for chunk in chunks for pdf in render_each(chunk, sheets=SHEETS)])
    return {**(figures or {}), "MB of the setting process": peak_mb()}


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
    for document in state["documents"]:
        fonts = FontConfiguration()
        sheets = [CSS(filename=ROOT / "static" / sheet, font_config=fonts) for sheet in SHEETS]
        page = HTML(string=document.html, base_url=str(ROOT))
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
    for document in state["documents"]:
        page.set_content(document.html.replace("</head>", state["style"]))
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
