"""The mail catcher of the local run: takes every message by SMTP, sends none on, shows them on a page.

Each message is one `.eml` file. Loopback only; the page escapes everything and runs no script.
`/messages.json?to=ADDRESS` lists the messages for checks and browser tests.
"""

import argparse
import asyncio
import json
import secrets
import signal
import threading
import time
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

from taskforce.local.ports import LOOPBACK

LARGEST_MESSAGE = 40 * 1024 * 1024  # bytes
SHOWN = 200  # messages on the page, the newest
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-inline-size: 60rem; margin: 2rem auto; padding-inline: 1rem; }
table { border-collapse: collapse; inline-size: 100%; }
th, td { text-align: start; padding: .4rem .6rem; border-block-end: 1px solid #8888; vertical-align: top; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #8888; padding: 1rem; }
"""
FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Caught mail</title><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>{title}</h1>{body}</main></body></html>"""


@dataclass(frozen=True)
class Caught:
    """One message in the folder."""

    file: Path

    @property
    def key(self) -> str:
        """Its name in addresses."""
        return self.file.stem

    @cached_property
    def message(self) -> EmailMessage:
        """The parsed message."""
        parsed = BytesParser(policy=policy.default).parsebytes(self.file.read_bytes())
        assert isinstance(parsed, EmailMessage)  # noqa: S101 - what policy.default makes
        return parsed

    def header(self, name: str) -> str:
        """A header as text, empty if the message has none or a broken one."""
        return str(self.message.get(name, ""))

    @property
    def recipients(self) -> list[str]:
        """The addresses the message was really handed over for."""
        return self.header("X-Envelope-To").split()

    @cached_property
    def text(self) -> str:
        """The plain text, or the HTML as text if there is no other."""
        body = self.message.get_body(("plain", "html"))
        return str(body.get_content()) if body else ""

    @cached_property
    def attachments(self) -> list[tuple[str, bytes]]:
        """Name and content of each attached file."""
        parts = enumerate(self.message.iter_attachments(), start=1)
        return [(part.get_filename() or f"attachment-{number}", content_of(part)) for number, part in parts]

    def summary(self) -> dict[str, object]:
        """The message for a list."""
        names = [name for name, _ in self.attachments]
        plain = {name.lower(): self.header(name) for name in ("From", "To", "Subject", "Date", "Message-ID")}
        return {"id": self.key, **plain, "recipients": self.recipients, "text": self.text, "attachments": names}


def content_of(part: object) -> bytes:
    """An attachment's bytes, whatever its type."""
    content = part.get_payload(decode=True) if isinstance(part, EmailMessage) else b""
    return content if isinstance(content, bytes) else b""


class Mailbox:
    """The folder of messages."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if it is missing."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, content: bytes, recipients: list[str]) -> None:
        """Write a message; it gets its name only when it is whole on the disk."""
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        part = self.folder / f"{name}.part"
        part.write_bytes(f"X-Envelope-To: {' '.join(recipients)}\r\n".encode() + content)
        part.rename(self.folder / f"{name}.eml")

    def newest(self) -> list[Caught]:
        """All messages, the newest first."""
        return [Caught(file) for file in sorted(self.folder.glob("*.eml"), reverse=True)]

    def get(self, key: str) -> Caught | None:
        """One message by its name in addresses."""
        return next((caught for caught in self.newest() if caught.key == key), None)


class Taker:
    """The SMTP side."""

    def __init__(self, mailbox: Mailbox) -> None:
        """Messages go to this mailbox."""
        self.mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message; a full disk is answered as a temporary failure."""
        content = envelope.content or b""
        try:
            self.mailbox.keep(content if isinstance(content, bytes) else content.encode(), envelope.rcpt_tos)
        except OSError as error:
            return f"452 The message could not be stored: {error.strerror}"
        return "250 Caught"


class Inbox(BaseHTTPRequestHandler):
    """The pages. `mailbox` is set by `serve_pages`."""

    mailbox: Mailbox
    server_version = "mailcatcher"
    sys_version = ""

    def do_GET(self) -> None:
        """Find the page. A foreign Host is refused: its name may lead here by a trick with DNS."""
        if self.headers.get("Host", "").rsplit(":", 1)[0] not in {LOOPBACK, "localhost"}:
            self.answer(421, "text/plain", b"This inbox answers on the loopback address only.")
            return
        match urlsplit(self.path).path.strip("/").split("/"):
            case [""]:
                self.page("Caught mail", self.list_page())
            case ["style.css"]:
                self.answer(200, "text/css", STYLE.encode())
            case ["messages.json"]:
                self.answer(200, "application/json", json.dumps(self.chosen()).encode())
            case [key, *rest]:
                self.of_message(self.mailbox.get(key), rest)

    def chosen(self) -> list[dict[str, object]]:
        """The summaries, those for one address if `?to=` names one."""
        wanted = parse_qs(urlsplit(self.path).query).get("to")
        found = self.mailbox.newest()
        return [caught.summary() for caught in found if not wanted or wanted[0] in caught.recipients]

    def of_message(self, caught: Caught | None, rest: list[str]) -> None:
        """A message's page, its source or one of its attachments."""
        match rest:
            case [] if caught:
                self.page(caught.header("Subject") or "No subject", message_page(caught))
            case ["source"] if caught:
                self.answer(200, "text/plain", caught.file.read_bytes())
            case ["attachments", number] if caught and number.isdigit() and int(number) < len(caught.attachments):
                self.answer(200, "application/octet-stream", caught.attachments[int(number)][1], download=True)
            case _:
                self.answer(404, "text/plain", b"There is no such message.")

    def list_page(self) -> str:
        """The newest messages as a table."""
        found = self.mailbox.newest()
        rows = "".join(row(caught) for caught in found[:SHOWN])
        older = f"<p>{len(found) - SHOWN} older messages lie in {escape(str(self.mailbox.folder))}.</p>"
        table = f"<table><thead><tr><th>To</th><th>Subject</th><th>Date</th></tr></thead><tbody>{rows}</tbody></table>"
        return (table if found else "<p>Nothing was caught yet.</p>") + (older if len(found) > SHOWN else "")

    def page(self, title: str, body: str) -> None:
        """Answer with an HTML page."""
        self.answer(200, "text/html", FRAME.format(title=escape(title), body=body).encode())

    def answer(self, status: int, kind: str, content: bytes, *, download: bool = False) -> None:
        """Answer with safe headers."""
        self.send_response(status)
        self.send_header("Content-Type", kind if download else f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if download:
            self.send_header("Content-Disposition", "attachment")
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Page views are not worth a line."""


def row(caught: Caught) -> str:
    """A line of the list."""
    link = f'<a href="/{caught.key}">{escape(caught.header("Subject") or "No subject")}</a>'
    cells = (escape(", ".join(caught.recipients)), link, escape(caught.header("Date")))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def message_page(caught: Caught) -> str:
    """Headers, text and attachments."""
    names = ("From", "To", "Date", "Message-ID", "Reply-To", "Auto-Submitted")
    lines = [("Handed over for", ", ".join(caught.recipients)), *((name, caught.header(name)) for name in names)]
    headers = "".join(f'<tr><th scope="row">{name}</th><td>{escape(text)}</td></tr>' for name, text in lines if text)
    files = "".join(
        f'<li><a href="/{caught.key}/attachments/{number}" download="{escape(name)}">{escape(name)}</a> '
        f"({len(content):,} bytes)</li>"
        for number, (name, content) in enumerate(caught.attachments)
    )
    attached = f"<h2>Attachments</h2><ul>{files}</ul>" if files else ""
    back = f'<p><a href="/">All mail</a> · <a href="/{caught.key}/source">Source</a></p>'
    return f"{back}<table>{headers}</table><pre>{escape(caught.text)}</pre>{attached}"


def serve_pages(mailbox: Mailbox, host: str, port: int) -> ThreadingHTTPServer:
    """Serve the pages in a thread."""
    server = ThreadingHTTPServer((host, port), type("BoundInbox", (Inbox,), {"mailbox": mailbox}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


async def serve(folder: Path, host: str, smtp_port: int, http_port: int) -> None:
    """Take mail and show it until SIGTERM."""
    mailbox, loop, ended = Mailbox(folder), asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)

    def session() -> SMTP:
        return SMTP(Taker(mailbox), data_size_limit=LARGEST_MESSAGE, enable_SMTPUTF8=True, ident="mailcatcher")

    pages = serve_pages(mailbox, host, http_port)
    smtp = await loop.create_server(session, host, smtp_port)
    async with smtp:
        await ended.wait()
    pages.shutdown()
    pages.server_close()


def main() -> None:
    """`python -m taskforce.local.mailcatcher --folder … --smtp-port … --http-port …`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--host", default=LOOPBACK, help="another address only inside a container")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    chosen = parser.parse_args()
    asyncio.run(serve(chosen.folder, chosen.host, chosen.smtp_port, chosen.http_port))


if __name__ == "__main__":
    main()
