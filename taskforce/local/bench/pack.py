"""A briefing pack of about 40 pages from sample data at scale 10, finished HTML to bytes: the portal's press, a plain run, Chromium.

The pack has the mechanism at a glance, the schedule, a letter and the heat maps of as many assessments as bring it to 40
pages; contents with page numbers, bookmarks, footnotes, tags. Values are gathered and templates filled beforehand, once for
all cases; every case makes all bytes.

portal, first edition    core.pdf as a worker uses it: a warm press that forks a guarded child, parsed sheets and fonts kept
plain WeasyPrint run     the library in a warm process: new fonts configuration and sheets parsed for the document, same HTML and sheets
plain, fresh process     the same in a process that begins by importing the library
Chromium, warm           a running browser: the same HTML and sheets to a tagged PDF with outline

The page count of each case stands beside its seconds: Chromium breaks pages by its own rules.
"""

import atexit
import importlib
import io
import logging
import math
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from taskforce.local.bench.cases import Case, Figures
from taskforce.local.browser import find as find_browser
from taskforce.local.paths import ROOT

NEEDS = "database"
SCALE = 10
ROUNDS = 5
RATIOS = {
    "portal: times plain": ("plain WeasyPrint run", "portal, first edition"),
    "portal: times plain in a fresh process": ("plain, fresh process", "portal, first edition"),
    "portal: times Chromium": ("Chromium, warm", "portal, first edition"),
}
PAGES = 40
MARGIN = "20mm"
FRESH = """
import sys
from weasyprint import CSS, HTML
html, target, base, *sheets = sys.argv[1:]
HTML(filename=html, base_url=base).write_pdf(target, stylesheets=[CSS(filename=s) for s in sheets], pdf_variant="pdf/ua-1")
"""

browser: dict[str, Any] = {}


def cases() -> list[Case]:
    """The portal and whom it is measured against."""
    no_browser = "" if find_browser() else "Chromium is not installed"
    return [
        Case("portal, first edition", portal, setup=warm_portal),
        Case("plain WeasyPrint run", plain, setup=warm_plain),
        Case("plain, fresh process", fresh, setup=warm_plain),
        Case("Chromium, warm", chromium, setup=open_browser, teardown=close_browser, missing=no_browser),
    ]


# ---------------------------------------------------------------- the document


@cache
def html() -> str:
    """The pack, ready to be set: chosen by the first case, the same for all."""
    shared = Path(tempfile.gettempdir()) / f"portal-pack-{os.getppid()}.html"
    if not shared.exists():
        shared.write_text(chosen(), encoding="utf-8")
        atexit.register(shared.unlink, missing_ok=True)
    return shared.read_text(encoding="utf-8")


def chosen() -> str:
    """With as many heat maps as it takes to reach PAGES, by the pages that two of them take."""
    from assessments.models import Assessment

    ids = list(
        Assessment.objects.filter(flows__isnull=False).order_by("planned_day", "pk").values_list("pk", flat=True)
    )
    ids = list(dict.fromkeys(ids))
    none, two = (pages_of(set_by_portal(with_heat_maps(ids[:number]))) for number in (0, 2))
    return with_heat_maps(ids[: max(2, math.ceil(2 * (PAGES - none) / (two - none)))])


def with_heat_maps(assessments: list[Any]) -> str:
    """The HTML of a pack with these assessments."""
    from django.template.loader import render_to_string
    from django.utils import timezone

    from agencies.models import Mechanism
    from core.dates import today
    from taskforce.briefings import sections
    from taskforce.briefings.access import Reader
    from taskforce.briefings.documents import PackDocument, chapters
    from taskforce.briefings.sections import Order
    from taskforce.letters.models import Letter

    mechanism, reader, now = Mechanism.objects.get(slug="task-force"), Reader("secretariat"), timezone.now()
    letter = Letter.objects.order_by("-created_at").first()
    chosen: list[tuple[str, Any]] = [("at_a_glance", None), ("schedule", None)]
    chosen += [("heat_map", pk) for pk in assessments] + ([("letter", letter.pk)] if letter else [])
    parts = []
    for key, subject in chosen:
        section = sections.get(key)
        content = section.gather(Order(mechanism, today(), reader, now, subject))
        parts.append((str(section.label), section.template, content))
    document = PackDocument(
        title="Benchmark", mechanism=mechanism.name, audience="", language="en", as_of=today(), number=1, made_at=now,
        chapters=chapters(parts),
    )  # fmt: skip
    return render_to_string("briefings/pdf/pack.html", {"pack": document, "title": document.title})


def pages_of(data: bytes) -> int:
    """How many pages a PDF has."""
    pikepdf = importlib.import_module("pikepdf")
    with pikepdf.open(io.BytesIO(data)) as document:
        return len(document.pages)


def sheets() -> list[str]:
    """The sheets of a pack as files."""
    from taskforce.briefings.actions import SHEETS

    return [str(ROOT / "static" / name) for name in SHEETS]


def told(data: bytes) -> Figures:
    """What was made."""
    return {"pages": float(pages_of(data)), "bytes": float(len(data))}


# ---------------------------------------------------------------- the portal


def set_by_portal(text: str) -> bytes:
    """As a worker does it."""
    from core import pdf
    from taskforce.briefings.actions import SHEETS

    return pdf.render(text, title="Benchmark", marking="Unclassified", sheets=SHEETS)


def warm_portal() -> None:
    """Choose the document and start the press."""
    html()


def portal() -> Figures:
    """One edition."""
    from core import pdf

    data = set_by_portal(html())
    return {**(told(data) or {}), "peak_rss_mb": pdf.peak_mb()}


# ---------------------------------------------------------------- plain runs


def warm_plain() -> None:
    """Choose the document; import the library."""
    html()
    importlib.import_module("weasyprint")
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("weasyprint.progress").setLevel(logging.CRITICAL)


def plain() -> Figures:
    """A run as its manual shows it, in a process that has imported the library."""
    weasyprint = importlib.import_module("weasyprint")
    document = weasyprint.HTML(string=html(), base_url=str(ROOT))
    styles = [weasyprint.CSS(filename=name) for name in sheets()]
    return told(document.write_pdf(stylesheets=styles, pdf_variant="pdf/ua-1"))


def fresh() -> Figures:
    """The same in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "pack.html", Path(folder) / "pack.pdf"
        source.write_text(html(), encoding="utf-8")
        command = [sys.executable, "-c", FRESH, str(source), str(target), str(ROOT), *sheets()]
        subprocess.run(command, check=True)
        return told(target.read_bytes())


# ---------------------------------------------------------------- Chromium


def open_browser() -> None:
    """A browser that stays open."""
    html()
    playwright = importlib.import_module("playwright.sync_api").sync_playwright().start()
    arguments = ["--disable-background-networking", "--no-sandbox"]
    browser["playwright"] = playwright
    browser["chromium"] = playwright.chromium.launch(executable_path=find_browser(), args=arguments)


def chromium() -> Figures:
    """One page object, printed."""
    styles = "".join(f"<style>{Path(name).read_text(encoding='utf-8')}</style>" for name in sheets())
    page = browser["chromium"].new_page()
    try:
        page.set_content(html().replace("</head>", f"{styles}</head>"))
        data = page.pdf(
            format="A4", tagged=True, outline=True, margin=dict.fromkeys(("top", "bottom", "left", "right"), MARGIN)
        )
    finally:
        page.close()
    return told(data)


def close_browser() -> None:
    """Close it."""
    browser["chromium"].close()
    browser["playwright"].stop()
