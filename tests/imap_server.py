"""A real IMAP server (pymap) as a process of its own, and the mails that other systems would put into its inbox."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from imap_tools import MailBoxUnencrypted

from taskforce.local.ports import free_port

USER, PASSWORD = "portal", "portal"


@dataclass
class ImapServer:
    """One mailbox on loopback."""

    port: int

    @contextmanager
    def opened(self, folder: str = "INBOX") -> Iterator[MailBoxUnencrypted]:
        """Signed in, as any other program would be."""
        with MailBoxUnencrypted("127.0.0.1", self.port, timeout=10).login(USER, PASSWORD, folder) as box:
            yield box

    def receive(self, *mails: EmailMessage | bytes) -> None:
        """Mails arrive."""
        with self.opened() as box:
            for mail in mails:
                box.append(mail if isinstance(mail, bytes) else mail.as_bytes(), "INBOX")

    def subjects(self, folder: str = "INBOX") -> list[str]:
        """What lies in a folder, oldest first."""
        with self.opened() as box:
            if not box.folder.exists(folder):
                return []
            box.folder.set(folder)
            return [mail.subject for mail in box.fetch(mark_seen=False, headers_only=True)]

    def empty(self) -> None:
        """Take everything out."""
        with self.opened() as box:
            for folder in box.folder.list():
                box.folder.set(folder.name)
                box.delete(box.uids())


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    """A server that runs while the block does; returns once it lets people in."""
    server = ImapServer(free_port(0))
    pymap = str(Path(sys.executable).with_name("pymap"))
    where = ["--host", "127.0.0.1", "--port", str(server.port), "--no-tls"]
    process = subprocess.Popen([pymap, *where, "dict", "--demo-user", USER, "--demo-password", PASSWORD])
    try:
        _wait_for(server)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(server: ImapServer) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            with server.opened():
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def delivery_report(
    to: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "smtp; 550 5.1.1 no such user",
    subject: str = "",
) -> bytes:
    """A delivery report as Postfix writes it (RFC 3464), to the return path of a message."""
    return f"""\
Return-Path: <>
Delivered-To: {to}
From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: {to}
Subject: {subject or "Undelivered Mail Returned to Sender"}
Date: Sat, 21 Nov 2026 09:05:00 +0000
Message-ID: <20261121090500.{abs(hash((to, action, status, said)))}@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=report="

--=report=
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

--=report=
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Sat, 21 Nov 2026 09:00:00 +0000

Final-Recipient: rfc822; frank@example.org
Original-Recipient: rfc822;frank@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: {said}

--=report=
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Subject: Letter TF/2026/1
To: frank@example.org

--=report=--
""".replace("\n", "\r\n").encode()
