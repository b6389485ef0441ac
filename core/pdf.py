"""PDF: finished HTML in, a tagged PDF out, set by a guarded process of its own (see core.press).

Documents receive finished values and never query. The same document gives the same bytes on the same machine. A document
that takes too much memory or time, that refers to anything but our own static files, or that kills its process raises
PdfFailed; the caller and the next document are unharmed.
"""

from __future__ import annotations

import atexit
import errno
import json
import logging
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.marks import is_marked, split

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

log = logging.getLogger(__name__)

SHEETS = ("css/tokens.css", "css/charts.css", "css/pdf.css")
FONTS = Path("build") / "fonts" / "fonts.conf"
PASSED_ON: tuple[str, ...] = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "FONTCONFIG_FILE",
    "VIRTUAL_ENV",
)
PASSED_ON += ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
HINT = gettext_noop(
    "PDFs cannot be made on this machine: Pango is missing. On Debian or Ubuntu: "
    "sudo apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; on macOS: brew install pango. "
    "Then start the portal again; everything else works meanwhile."
)
REASONS = {
    "time": gettext_noop("The document took too long to set and was stopped."),
    "memory": gettext_noop("The document needs more memory than a document may have and was stopped."),
    "refused": gettext_noop("The document refers to “%(detail)s”; only the portal's own files may be used."),
    "disk": gettext_noop(
        "The disk is full: the PDF could not be written and nothing of it was kept. Tell the administrator, then try again."
    ),
    "crash": gettext_noop("The program that sets PDFs broke off at this document (%(detail)s)."),
    "error": gettext_noop("The document could not be set (%(detail)s)."),
}


class PdfUnavailable(Exception):
    """PDFs cannot be made on this machine. The text says what to install."""


class PdfFailed(Exception):
    """A document failed. `reason` is one of REASONS; the text explains it to a person."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(_(REASONS[reason]) % {"detail": detail})
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Limits:
    """What one document may take. The address space holds the program itself as well."""

    memory_mb: int = 2048
    cpu_seconds: int = 240
    wall_seconds: int = 300


LIMITS = Limits()
NO_MEMORY = 70  # exit status of core.press
GRACE = 10  # seconds after the wall limit until a press that says nothing is ended
KEPT = 2  # idle presses of one process
SHEAF = 250  # letters of a mail merge that the press takes at a time


@dataclass(frozen=True)
class Document:
    """One document to set. `marking` stands on every page where the style sheet puts it.

    The HTML may mark its personal words (core.marks): letters of one form are then set many times faster.
    """

    html: str
    title: str | _StrPromise
    language: str = "en"
    marking: str = ""


def render(
    html: str,
    *,
    title: str | _StrPromise,
    language: str = "en",
    marking: str = "",
    sheets: Iterable[str] = SHEETS,
    limits: Limits = LIMITS,
) -> bytes:
    """The PDF/UA of one document. Raises PdfUnavailable, PdfFailed."""
    (pdf,) = render_each([Document(html, title, language, marking)], sheets=sheets, limits=limits)
    return pdf


def render_each(
    documents: Iterable[Document], *, sheets: Iterable[str] = SHEETS, limits: Limits = LIMITS
) -> Generator[bytes]:
    """The PDFs of many documents, one at a time and in their order: fonts, styles and pictures are read once.

    Of documents with marked personal words up to SHEAF are taken at a time. A document that fails raises PdfFailed and ends
    the iterator; those before it have been given out.
    """
    with _press() as press, _folder() as folder, _Batch(press, folder, list(sheets), limits) as batch:
        for sheaf in _sheaves(documents):
            yield from batch.set(sheaf)


def _sheaves(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """The documents in their order: those without personal words one by one, letters of a mail merge in sheaves."""
    sheaf: list[Document] = []
    for document in documents:
        is_letter = is_marked(document.html)
        if sheaf and (not is_letter or len(sheaf) == SHEAF):
            yield sheaf
            sheaf = []
        if is_letter:
            sheaf.append(document)
        else:
            yield [document]
    if sheaf:
        yield sheaf


class _Batch:
    """One job of the press, seen from the caller's side."""

    def __init__(self, press: _Press, folder: Path, sheets: list[str], limits: Limits) -> None:
        self.press, self.folder, self.patience = press, folder, limits.wall_seconds + GRACE
        self.numbers = count()
        self.tray: IO[bytes] | None = None
        self.forms: dict[tuple[str, ...], str] = {}
        self.job = {
            "sheets": sheets,
            "roots": [str(root) for root in (*settings.STATICFILES_DIRS, settings.STATIC_ROOT)],
            "base": f"{settings.PORTAL_URL}/",
            "folder": str(folder),
            "limits": asdict(limits),
        }

    def __enter__(self) -> _Batch:
        self.press.idle = False
        self.press.say(self.job)
        self._hear("ready")
        return self

    def __exit__(self, *_error: object) -> None:
        """Let the child go if it waits for a document; a press left in the middle of one is not used again."""
        self._clear()
        if self.waiting:
            self.press.say({"end": True})
            self._hear("over")

    def set(self, sheaf: list[Document]) -> Iterator[bytes]:
        """The PDFs of one document, or of some letters of a mail merge."""
        numbers = [next(self.numbers) for _document in sheaf]
        if is_marked(sheaf[0].html):
            order = self._letters(numbers, sheaf)
        else:
            self._write(str(numbers[0]), sheaf[0].html)
            order = {"number": numbers[0], **_names(sheaf[0])}
        self.waiting = False
        self.press.say(order)
        for number, document in zip(numbers, sheaf, strict=True):
            answer = self._hear("done")
            for note in answer["notes"]:
                log.warning("PDF “%s”: %s", document.title, note)
            if "whole" in answer:
                log.info("PDF “%s” was set as a whole: %s", document.title, answer["whole"])
            yield self._read(answer) if "file" in answer else self._take(f"{number}.pdf")

    def _take(self, name: str) -> bytes:
        """A file of the folder, which is not needed any more."""
        file = self.folder / name
        data = file.read_bytes()
        file.unlink()
        return data

    def _read(self, letter: dict[str, Any]) -> bytes:
        """A letter from among those that lie behind one another; the file before is not needed any more."""
        file = self.folder / letter["file"]
        if self.tray is None or self.tray.name != str(file):
            self._clear()
            self.tray = file.open("rb")
        self.tray.seek(letter["at"])
        return self.tray.read(letter["size"])

    def _clear(self) -> None:
        """Let go of the file of letters."""
        if self.tray:
            self.tray.close()
            Path(self.tray.name).unlink()
            self.tray = None

    def _letters(self, numbers: list[int], sheaf: list[Document]) -> dict[str, Any]:
        """The order for letters of a mail merge: their forms, each a file, and their personal words."""
        forms: dict[str, int] = {}
        letters = []
        for number, document in zip(numbers, sheaf, strict=True):
            common, words = split(document.html)
            form = json.dumps({"name": self._form(common, document), **_names(document)})
            letters.append([number, forms.setdefault(form, len(forms)), *words])
        return {"forms": [json.loads(form) for form in forms], "letters": letters}

    def _form(self, common: str, document: Document) -> str:
        """The name of the file that holds the HTML of a form."""
        key = (common, *_names(document).values())
        if key not in self.forms:
            self.forms[key] = f"form-{len(self.forms)}"
            self._write(self.forms[key], common)
        return self.forms[key]

    def _write(self, name: str, html: str) -> None:
        with _disk_full_said():
            (self.folder / f"{name}.html").write_text(html, encoding="utf-8")

    def _hear(self, expected: str) -> dict[str, Any]:
        """The next answer; anything but the expected one is a failure of the document."""
        answer = self.press.hear(self.patience)
        self.waiting = "ready" in answer or ("done" in answer and not answer.get("more"))
        self.press.idle = "over" in answer
        _peaks.append(answer.get("peak_mb", 0.0))
        if expected in answer:
            return answer
        if "failed" in answer:
            self._hear("over")
            raise PdfFailed(answer["failed"], answer.get("detail", ""))
        raise _broken_off(answer["over"])


def _names(document: Document) -> dict[str, str]:
    return {"title": str(document.title), "language": document.language, "marking": document.marking}


def _broken_off(status: int) -> PdfFailed:
    """What it means that the child ended by itself with this status; a negative one is a signal."""
    if status in (-signal.SIGALRM, -signal.SIGXCPU):
        return PdfFailed("time")
    if status == NO_MEMORY:
        return PdfFailed("memory")
    return PdfFailed("crash", signal.Signals(-status).name if status < 0 else f"status {status}")


class _Press:
    """The process `core.press`, started when first needed. One caller at a time; `idle` between two jobs."""

    idle = True

    def __init__(self) -> None:
        self._heard = b""
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        fonts = next((root / FONTS for root in map(Path, settings.STATICFILES_DIRS) if (root / FONTS).is_file()), None)
        if fonts:
            environment.setdefault("FONTCONFIG_FILE", str(fonts))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core.press"],
            cwd=settings.ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def say(self, message: dict[str, Any]) -> None:
        """One line to the press. That it is gone shows when it is heard."""
        with suppress(BrokenPipeError):
            self._in.write(json.dumps(message).encode() + b"\n")
            self._in.flush()

    def hear(self, patience: float) -> dict[str, Any]:
        """Its next line. Raises PdfFailed when it says nothing in time or is gone, PdfUnavailable when it cannot work."""
        line = self._line(time.monotonic() + patience)
        answer: dict[str, Any] = json.loads(line)
        if "unavailable" in answer:
            log.error("PDFs are unavailable: %s", answer["unavailable"])
            raise PdfUnavailable(_(HINT))
        return answer

    def _line(self, deadline: float) -> bytes:
        while b"\n" not in self._heard:
            readable, _w, _x = select.select([self._out], [], [], max(deadline - time.monotonic(), 0))
            if not readable:
                raise PdfFailed("time")
            part = os.read(self._out.fileno(), 65536)
            if not part:
                raise PdfFailed("crash", "no answer")
            self._heard += part
        line, _newline, self._heard = self._heard.partition(b"\n")
        return line

    def kill(self) -> None:
        """End the press with whatever it is doing."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.let_go()
        self.process.wait()

    def let_go(self) -> None:
        """Close our ends; a press without a caller ends by itself."""
        for end in (self._in, self._out):
            with suppress(OSError):
                end.close()

    @property
    def _in(self) -> IO[bytes]:
        assert self.process.stdin is not None  # noqa: S101
        return self.process.stdin

    @property
    def _out(self) -> IO[bytes]:
        assert self.process.stdout is not None  # noqa: S101
        return self.process.stdout


_idle: list[_Press] = []
_peaks: deque[float] = deque([0.0], maxlen=100)
_abandoned: list[_Press] = []


@contextmanager
def _press() -> Iterator[_Press]:
    """A press for one caller: an idle one, else a new one. One that was left in the middle of its work is ended."""
    press = _take() or _Press()
    try:
        yield press
    finally:
        if press.idle and press.process.poll() is None and len(_idle) < KEPT:
            _idle.append(press)
        else:
            press.kill()


def _take() -> _Press | None:
    """An idle press that still lives."""
    while _idle:
        with suppress(IndexError):  # another thread was faster
            press = _idle.pop()
            if press.process.poll() is None:
                return press
            press.kill()
    return None


def peak_mb() -> float:
    """The most memory that any of the last documents of this process took, for measurements."""
    return max(_peaks)


def close() -> None:
    """End the idle presses of this process."""
    while _idle:
        _idle.pop().kill()


def _forget() -> None:
    """In a forked process: the presses are the parent's, and it must be alone in holding their ends."""
    for press in _idle:
        press.let_go()
    _abandoned.extend(_idle)
    _idle.clear()


os.register_at_fork(after_in_child=_forget)
atexit.register(close)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that nobody else can read and that vanishes with all it holds."""
    with _disk_full_said():
        folder = Path(tempfile.mkdtemp(prefix="press-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _disk_full_said() -> Iterator[None]:
    """Say in our words that the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise PdfFailed("disk") from error
        raise
