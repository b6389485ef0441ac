"""The press: the process that sets PDFs, apart from the portal. `core.pdf` is its only customer.

`python -m core.press` imports WeasyPrint once, keeps the parsed style sheets, and forks a child for each batch of documents.
A document can harm only that child: memory, processor and wall time are limited by the kernel, and the press has neither the
portal's secrets in its memory nor its addresses in its environment. The press itself never draws: Pango starts threads, and
a process with threads is not forked safely.

Both sides speak JSON lines over stdin and stdout; documents and PDFs pass as files in a folder of the caller.

    caller: {"sheets": […], "roots": […], "base": "https://…/", "folder": "…", "limits": {…}}
    press:  {"ready": pid}
    caller: {"number": 0, "title": "…", "language": "en", "marking": "…"}     0.html lies in the folder
    press:  {"done": 0, "notes": […]}                                          0.pdf lies there now
    caller: {"forms": [{"name": "form-0", "title": …}], "letters": [[1, 0, "Dear Mr. Hale", …], …]}
    press:  {"done": 1, "notes": […], "whole": "…", "more": true, "file": "sheaf-0", "at": 0, "size": 20000}   and so on
    caller: {"end": true}
    press:  {"over": 0, "peak_mb": 120.5}                  exit status; negative: a signal; 70: no memory

A letter of a mail merge is its number, the number of its form (HTML with places, see core.marks) and its personal words. It
is set as a standing letter (core.standing) or, where that is in doubt, as a whole: `whole` says why. Letters lie one behind the
other in few files: to make and to remove a file takes as long as to set a letter.

A document that fails is answered with {"failed": reason, "detail": "…"} and ends the child.
"""

from __future__ import annotations

import errno
import gc
import json
import logging
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, Any, NoReturn

ANSWER = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # whatever prints must not speak in the protocol

try:
    from weasyprint import CSS, DEFAULT_OPTIONS, HTML
    from weasyprint.css.counters import CounterStyle
    from weasyprint.text.ffi import ffi
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    from core import marks
    from core.standing.matter import Differs, Standing
    from core.standing.words import Doubt
except OSError as error:  # Pango or one of its friends cannot be loaded
    ANSWER.write(json.dumps({"unavailable": str(error)[:500]}).encode() + b"\n")
    ANSWER.flush()
    sys.exit(1)

DATA_LIMIT = 2_000_000  # characters of a data: address, a small picture
KB_PER_MB = 1024**2 if sys.platform == "darwin" else 1024  # macOS counts bytes
NO_MEMORY = 70  # exit status
SPARE = 64 * 1024**2  # bytes of address space kept back for the last words
FILE_LIMIT = 512 * 1024**2  # bytes of one PDF
TRAY = 32 * 1024**2  # bytes of letters in one file
FEW = 3  # letters of one form, for fewer it is not worth while to let one stand
FORMS = 8  # standing letters kept: a letter has up to six languages
TYPES = {
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".ttf": "font/ttf",
}
# Types of C that WeasyPrint names while it draws. Known beforehand they need not be read anew, for long, in every child.
KNOWN_TYPES = (
    *("PangoFcFontMap *", "PangoLogAttr[]", "PangoRectangle *", "char[4]", "char[]"),
    *("hb_codepoint_t[11]", "hb_tag_t[100]", "unsigned int *"),
)
UNIVERSAL = {"pdf_tags": True, "pdf_version": "1.7"}  # what PDF/UA means
LARGE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

Message = dict[str, Any]


class OwnFiles(URLFetcher):  # type: ignore[misc]
    """Serves the portal's own static files from disk and small data: addresses. Anything else stops the document."""

    def __init__(self, base: str, roots: list[Path]) -> None:
        super().__init__(allowed_protocols=["data"], allow_redirects=False)
        self.prefix = base + "static/"
        self.roots = [root.resolve() for root in roots]
        self.refused = ""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The file at the address. Nothing is ever asked of the network."""
        if url.startswith("data:") and len(url) <= DATA_LIMIT:
            return super().fetch(url, headers)
        if url.startswith(self.prefix):
            return self._own(url)
        return self._refuse(url)

    def _own(self, url: str) -> URLFetcherResponse:
        name = url.removeprefix(self.prefix).partition("?")[0].partition("#")[0]
        for root in self.roots:
            file = (root / name).resolve()
            if file.is_relative_to(root) and file.suffix in TYPES and file.is_file():
                return URLFetcherResponse(url, file.read_bytes(), {"Content-Type": TYPES[file.suffix]})
        return self._refuse(url)

    def _refuse(self, url: str) -> NoReturn:
        """Stop the document. A picture inside a picture swallows the exception, hence the mark."""
        self.refused = url
        raise FatalURLFetchingError(url)


class Sheets:
    """Style sheets, parsed once and again when their file changes."""

    def __init__(self) -> None:
        self._parsed: dict[str, tuple[float, CSS, CounterStyle]] = {}

    def get(self, names: list[str], fetcher: OwnFiles) -> tuple[list[CSS], CounterStyle]:
        """The sheets in their order, with the counter styles they define."""
        styles = CounterStyle()
        sheets = []
        for name in names:
            sheet, own = self._one(name, fetcher)
            sheets.append(sheet)
            styles.update(own)
        return sheets, styles

    def _one(self, name: str, fetcher: OwnFiles) -> tuple[CSS, CounterStyle]:
        age = max(((root / name).stat().st_mtime for root in fetcher.roots if (root / name).is_file()), default=0.0)
        if name not in self._parsed or self._parsed[name][0] != age:
            own = CounterStyle()
            url = fetcher.prefix + name
            text = fetcher.fetch(url).read().decode()
            self._parsed[name] = (age, CSS(string=text, base_url=url, url_fetcher=fetcher, counter_style=own), own)
        return self._parsed[name][1:]


class Notes(logging.Handler):
    """What WeasyPrint had to say about a document: a property it ignored, a picture it could not read."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the first few, short."""
        if len(self.lines) < 5:
            self.lines.append(record.getMessage()[:300])


class Tray:
    """Where letters lie one behind the other: files of a folder, a new one when the last is large."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number, self.at = folder, 0, 0

    def put(self, pdf: bytes) -> Message:
        """Where the letter lies now."""
        if self.at > TRAY:
            self.number, self.at = self.number + 1, 0
        name = f"sheaf-{self.number}"
        if not self.at:
            self.file = (self.folder / name).open("wb")
        self.file.write(pdf)
        self.file.flush()
        self.at += len(pdf)
        return {"file": name, "at": self.at - len(pdf), "size": len(pdf)}


class Batch:
    """The documents of one job, set one after the other in the child."""

    def __init__(self, job: Message, sheets: Sheets) -> None:
        self.folder = Path(job["folder"])
        self.base = job["base"]
        self.limits = job["limits"]
        self.fetcher = OwnFiles(self.base, [Path(root) for root in job["roots"]])
        self.sheets, self.counter_style = sheets.get(job["sheets"], self.fetcher)
        self.images: dict[str, Any] = {}
        self.notes = Notes()
        self.tray = Tray(self.folder)

    def run(self, caller: IO[bytes]) -> None:
        """Set documents until the caller ends the batch or one fails."""
        guard(self.limits)
        logger = logging.getLogger("weasyprint")
        logger.handlers, logger.propagate = [self.notes], False
        self.fonts = FontConfiguration()
        self.standing: dict[str, Standing | str] = {}  # by name of the form; or why it cannot stand
        say({"ready": os.getpid()})
        for line in caller:
            order = json.loads(line)
            if "end" in order:
                return
            for result in self._sheaf(order) if "letters" in order else [self._try(partial(self._document, order))]:
                say(result)
                if "failed" in result:
                    return

    def _sheaf(self, order: Message) -> Iterator[Message]:
        """Set the letters of a mail merge, one after the other."""
        letters: dict[int, list[list[str]]] = {}
        for _number, form, *words in order["letters"]:
            letters.setdefault(form, []).append(words)
        for number, form, *words in order["letters"]:
            letter = partial(self._letter, order["forms"][form], letters[form], number, words)
            yield {**self._try(letter), "more": number != order["letters"][-1][0]}
            if letters[form]:
                letters[form] = []  # known by now

    def _try(self, work: Callable[[], Message]) -> Message:
        self.notes.lines = []
        start_clock(self.limits)
        try:
            done = work()
        except MemoryError:
            allow_memory(self.limits, more=SPARE)
            return {"failed": "memory"}
        except FatalURLFetchingError as refused:
            return {"failed": "refused", "detail": str(refused)[:100]}
        except OSError as error:
            return {"failed": "disk" if error.errno in LARGE else "error", "detail": str(error)[:300]}
        except Exception as error:
            allow_memory(self.limits, more=SPARE)
            if is_short_of_memory(self.limits):  # a library that got none says so in a way of its own
                return {"failed": "memory"}
            return {"failed": "error", "detail": f"{type(error).__name__}: {error}"[:300]}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return {**done, "notes": self.notes.lines}

    def _document(self, order: Message) -> Message:
        """Set one document."""
        name = self.folder / str(order["number"])
        self._whole(name.with_suffix(".html").read_text(encoding="utf-8"), order, name.with_suffix(".pdf"))
        return {"done": order["number"]}

    def _letter(self, form: Message, others: list[list[str]], number: int, words: list[str]) -> Message:
        """Set one letter; `others` are those of its form of which it knows nothing yet."""
        try:
            pdf = self._standing(form, others).set(words)
        except (MemoryError, OSError):
            raise
        except Exception as error:
            html = (self.folder / f"{form['name']}.html").read_text(encoding="utf-8")
            whole = BytesIO()
            self._whole(marks.fill(html, words), form, whole)
            if isinstance(error, Differs):
                self.notes.lines.append(str(error))
            return {"done": number, "whole": reason_of(error), **self.tray.put(whole.getvalue())}
        return {"done": number, **self.tray.put(pdf)}

    def _standing(self, form: Message, letters: list[list[str]]) -> Standing:
        """The standing letters of a form. Raises Doubt where there are none."""
        name = form["name"]
        if name not in self.standing and len(letters) >= FEW:
            if len(self.standing) >= FORMS:
                self.standing.clear()
            self.standing[name] = self._let_stand(form, letters)
        standing = self.standing.get(name, "few letters of this form")
        if isinstance(standing, str):
            raise Doubt(standing)
        if letters:
            standing.learn(letters)
        return standing

    def _let_stand(self, form: Message, letters: list[list[str]]) -> Standing | str:
        """Standing letters, or why there cannot be any: whatever goes wrong, each letter can still be set as a whole."""
        text = (self.folder / f"{form['name']}.html").read_text(encoding="utf-8")

        def page(words: Sequence[str], *, marked: bool = False) -> HTML:
            return self._page(marks.fill(text, words, marked=marked), form)

        try:
            return Standing(page, DEFAULT_OPTIONS | UNIVERSAL | self._options(), letters)
        except (MemoryError, OSError):
            raise
        except Exception as error:
            return reason_of(error)

    def _whole(self, text: str, names: Message, target: Path | BytesIO) -> None:
        """Set HTML as it is."""
        self._page(text, names).write_pdf(target, pdf_identifier=True, **self._options())
        if self.fetcher.refused:
            raise FatalURLFetchingError(self.fetcher.refused)

    def _page(self, text: str, names: Message) -> HTML:
        html = HTML(string=text, base_url=self.base, url_fetcher=self.fetcher)
        name_document(html.etree_element, names)
        return html

    def _options(self) -> Message:
        counter_style = CounterStyle()
        counter_style.update(self.counter_style)
        return {
            "stylesheets": self.sheets,
            "font_config": self.fonts,
            "counter_style": counter_style,
            "cache": self.images,
            "pdf_variant": "pdf/ua-1",
        }


def reason_of(error: Exception) -> str:
    """Why a letter is set as a whole: a doubt, or that the library is another than we know."""
    return str(error) if isinstance(error, Doubt) else f"{type(error).__name__}: {error}"[:300]


def name_document(root: Any, order: Message) -> None:
    """Write language, direction, title and marking where the style sheet and the PDF's metadata find them."""
    root.set("lang", order["language"])
    root.set("dir", "rtl" if order["language"].startswith("ar") else "ltr")
    root.set("data-marking", order["marking"])
    root.set("data-title", order["title"])
    head = root.find("head")
    title = head.find("title")
    if title is None:
        title = head.makeelement("title", {})
        head.append(title)
    title.text = order["title"]


def guard(limits: Message) -> None:
    """Limit this process for good: memory, size of a file, no core dump. Cyclic garbage waits between documents."""
    gc.disable()
    allow_memory(limits)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)


def allow_memory(limits: Message, *, more: int = 0) -> None:
    """Limit the address space; `more` is what the process needs to say that it hit the limit."""
    memory = limits["memory_mb"] * 1024**2
    resource.setrlimit(resource.RLIMIT_AS, (memory + more, memory + SPARE))


def is_short_of_memory(limits: Message) -> bool:
    """Whether this process came near its limit: its largest address space so far was four fifths of it or more."""
    status = Path("/proc/self/status")
    if not status.exists():  # not Linux
        return False
    peak_kb = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmPeak"))
    return bool(peak_kb * 1024 >= 0.8 * limits["memory_mb"] * 1024**2)


def start_clock(limits: Message) -> None:
    """Give the next document its processor and wall time; the kernel ends the process that takes longer."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_REAL, limits["wall_seconds"])
    if gc.get_count()[0] > 200_000:
        gc.collect()


def say(message: Message) -> None:
    """One line to the caller, in one write."""
    ANSWER.write(json.dumps(message).encode() + b"\n")
    ANSWER.flush()


def in_child(batch: Batch, caller: IO[bytes]) -> Message:
    """Run the batch in a forked child: its exit status, negative for a signal, and the most memory it took."""
    pid = os.fork()
    if not pid:
        _run_and_exit(batch, caller)
    _pid, status, usage = os.wait4(pid, 0)
    return {"over": os.waitstatus_to_exitcode(status), "peak_mb": usage.ru_maxrss / KB_PER_MB}


def _run_and_exit(batch: Batch, caller: IO[bytes]) -> None:
    status = 1
    try:
        batch.run(caller)
        status = 0
    except MemoryError:  # so little of it that even saying so failed
        status = NO_MEMORY
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def main() -> None:
    """Serve one caller until it goes away."""
    caller = sys.stdin.buffer
    sheets = Sheets()
    for name in KNOWN_TYPES:
        ffi.typeof(name)
    gc.collect()
    gc.freeze()
    for line in caller:
        job = json.loads(line)
        if "folder" not in job:
            continue  # meant for a child that is gone
        try:
            batch = Batch(job, sheets)
        except (OSError, FatalURLFetchingError) as error:
            say({"failed": "error", "detail": f"style sheet: {error}"[:300]})
            say({"over": 0})
            continue
        say(in_child(batch, caller))


if __name__ == "__main__":
    main()
