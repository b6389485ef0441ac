"""PDFs: tagged, always the same, and made by a process that a document may harm without harming us."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from core import pdf
from tests.paper import pages_of, words_of

LETTER = "<h1>Letter</h1><p>To all <b>Resident Coordinators</b>.</p>"
LONG = "<p>one two three</p>" * 60_000


@pytest.fixture(autouse=True)
def static(settings, tmp_path: Path) -> Path:
    static = tmp_path / "static"
    (static / "css").mkdir(parents=True)
    (static / "css" / "page.css").write_text(
        "html { string-set: marking attr(data-marking) } @page { @top-center { content: string(marking) } }"
    )
    settings.STATICFILES_DIRS = [static]
    return static


@pytest.fixture
def fresh_press() -> Iterator[None]:
    pdf.close()
    yield
    pdf.close()


def made(html: str, **options) -> bytes:
    return pdf.render(html, **({"title": "A letter", "sheets": ()} | options))


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(data))


def failure(html: str, **options) -> str:
    with pytest.raises(pdf.PdfFailed) as caught:
        made(html, **options)
    assert str(caught.value)
    return caught.value.reason


def child_of_the_press() -> int:
    """The process that is setting a document right now."""
    for _turn in range(200):
        for stat in Path("/proc").glob("[0-9]*/cmdline"):
            if b"core.press" in stat.read_bytes() and parent_of(parent_of(stat.parent.name)) == str(os.getpid()):
                return int(stat.parent.name)
        time.sleep(0.02)
    raise AssertionError("nothing is being set")


def parent_of(pid: str) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]


def meanwhile(action: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=action)
    thread.start()
    return thread


# ---------------------------------------------------------------- what comes out


def test_a_document_is_tagged_named_and_says_its_language() -> None:
    document = opened(made(LETTER, language="fr"))
    assert document.Root.MarkInfo.Marked
    assert document.Root.Lang == "fr"
    assert document.Root.StructTreeRoot.Type == "/StructTreeRoot"
    assert document.Root.ViewerPreferences.DisplayDocTitle


def test_the_metadata_claim_pdf_ua_and_carry_the_title() -> None:
    document = opened(made(LETTER, title="To <all> & sundry"))
    with document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "To <all> & sundry"


def test_headings_become_bookmarks() -> None:
    with opened(made("<h1>Part</h1><h2>Chapter</h2>")).open_outline() as outline:
        assert [(item.title, item.children[0].title) for item in outline.root] == [("Part", "Chapter")]


def test_the_marking_stands_on_every_page() -> None:
    data = made("<p style='break-after: page'>one</p><p>two</p>", marking="Confidential", sheets=["css/page.css"])
    assert [page.count("Confidential") for page in pages_of(data)] == [1, 1]


def test_arabic_turns_the_page_right_to_left() -> None:
    [[word]] = words_of(made("<p>ABC</p>", language="ar"))
    assert word.text == "ABC"
    assert word.left > 300


def test_the_same_document_gives_the_same_bytes() -> None:
    assert made(LETTER) == made(LETTER)


def test_many_documents_come_in_their_order_and_as_if_made_alone() -> None:
    documents = [pdf.Document(f"<p>Letter {number}</p>", "A letter") for number in range(3)]
    assert list(pdf.render_each(documents, sheets=())) == [made(document.html) for document in documents]


def test_a_caller_may_stop_in_the_middle() -> None:
    started = pdf.render_each([pdf.Document(LETTER, "A letter")] * 3, sheets=())
    first = next(started)
    started.close()
    assert made(LETTER) == first


def teststatic_files_are_served(static: Path) -> None:
    (static / "mark.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
    )
    assert made('<img alt="mark" src="/static/mark.svg">') != made('<img alt="mark">')


def test_a_sheet_that_changed_is_read_again(static: Path) -> None:
    before = made(LETTER, sheets=["css/page.css"])
    (static / "css" / "page.css").write_text("h1 { break-after: page }")
    os.utime(static / "css" / "page.css", (0, 1))
    assert len(opened(before).pages) + 1 == len(opened(made(LETTER, sheets=["css/page.css"])).pages)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "attack",
    [
        '<img src="file:///etc/passwd">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        '<style>@import "//example.org/a.css";</style>',
        '<img src="/static/../core/pdf.py">',
        '<img src="/static/%2e%2e/core/pdf.py">',
        '<object data="ftp://example.org/x">',
        '<p style="background: url(gopher://example.org)">x</p>',
        '<img src="data:image/png;base64,' + "A" * 2_000_001 + '">',
        '<svg width="9" height="9"><image href="file:///etc/passwd" width="9" height="9"/></svg>',
    ],
)
def test_nothing_but_our_own_files_is_fetched(attack: str) -> None:
    assert failure(attack) == "refused"


def test_a_link_that_leads_out_of_the_static_files_is_refused(static: Path) -> None:
    (static / "mark.png").symlink_to("/etc/passwd")
    assert failure('<img src="/static/mark.png">') == "refused"


def test_a_redirect_is_not_even_asked_for() -> None:
    asked = []

    class Redirect(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Redirect) as server:
        meanwhile(server.serve_forever)
        assert failure(f'<img src="http://127.0.0.1:{server.server_port}/x.png">') == "refused"
        server.shutdown()
    assert asked == []


# ---------------------------------------------------------------- what goes wrong


def test_a_sheet_that_is_not_there_is_named() -> None:
    with pytest.raises(pdf.PdfFailed, match=r"css/none\.css"):
        made(LETTER, sheets=["css/none.css"])
    assert made(LETTER)


def test_a_document_that_eats_memory_is_stopped_and_the_next_is_set() -> None:
    """Where memory ends by chance inside Pango, the process breaks off or hangs instead of saying so."""
    eater = "<p>one two three</p>" * 12_000
    assert failure(eater, limits=pdf.Limits(memory_mb=300, wall_seconds=60)) in {"memory", "crash", "time"}
    assert made(LETTER)
    assert made(eater)


def test_a_document_that_takes_too_long_is_stopped() -> None:
    assert failure(LONG, limits=pdf.Limits(wall_seconds=1)) == "time"
    assert made(LETTER)


def test_a_document_that_takes_too_much_of_the_processor_is_stopped() -> None:
    assert failure(LONG, limits=pdf.Limits(cpu_seconds=1)) == "time"


def test_a_crash_while_setting_is_reported_and_harms_nobody() -> None:
    killer = meanwhile(lambda: os.kill(child_of_the_press(), signal.SIGSEGV))
    with pytest.raises(pdf.PdfFailed, match="SIGSEGV") as caught:
        made(LONG)
    killer.join()
    assert caught.value.reason == "crash"
    assert made(LETTER)


def test_a_child_that_hangs_is_ended_with_its_press(monkeypatch) -> None:
    monkeypatch.setattr(pdf, "GRACE", 1)
    stopper = meanwhile(lambda: os.kill(child_of_the_press(), signal.SIGSTOP))
    assert failure(LONG, limits=pdf.Limits(wall_seconds=2)) == "time"
    stopper.join()
    assert made(LETTER)


def test_documents_before_a_poisoned_one_are_given_out() -> None:
    poisoned = [pdf.Document(html, "A letter") for html in (LETTER, '<img src="file:///etc/passwd">', LETTER)]
    given = pdf.render_each(poisoned, sheets=())
    assert next(given) == made(LETTER)
    with pytest.raises(pdf.PdfFailed):
        next(given)


@pytest.mark.parametrize("full", ["0.html", "0.pdf"])
def test_a_full_disk_is_said_and_nothing_half_written_stays(full: str, monkeypatch, tmp_path: Path) -> None:
    folder = tmp_path / "press"

    def on_a_full_disk(**_options) -> str:
        folder.mkdir()
        (folder / full).symlink_to("/dev/full")
        return str(folder)

    monkeypatch.setattr(pdf.tempfile, "mkdtemp", on_a_full_disk)
    assert failure(LETTER) == "disk"
    assert not folder.exists()


def test_without_pango_the_hint_says_what_to_install(fresh_press, monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "libpango-1.0.so.0").write_bytes(b"no library")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    with pytest.raises(pdf.PdfUnavailable, match="libpango"):
        made(LETTER)


def test_the_press_knows_none_of_our_secrets(monkeypatch, fresh_press) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "known to us alone")
    made(LETTER)
    environment = Path(f"/proc/{pdf._idle[0].process.pid}/environ").read_bytes()
    assert b"FONTCONFIG_FILE" in environment or b"PATH" in environment
    assert b"known to us alone" not in environment
    assert b"DATABASE_URL" not in environment


FORK = """
import os, django
django.setup()
from core import pdf
before = pdf.render("<p>x</p>", title="x", sheets=())
pid = os.fork()
if not pid:
    os._exit(0 if pdf.render("<p>x</p>", title="x", sheets=()) == before else 1)
assert os.waitpid(pid, 0)[1] == 0
assert pdf.render("<p>x</p>", title="x", sheets=()) == before
"""


def test_a_forked_worker_has_a_press_of_its_own(settings) -> None:
    subprocess.run([sys.executable, "-c", FORK], cwd=settings.ROOT, check=True, timeout=60)
