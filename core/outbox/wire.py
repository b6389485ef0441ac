"""A message as bytes: the digest of what was approved, and what goes over the wire."""

from __future__ import annotations

import hashlib
import json
import re
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from email.message import MIMEPart
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from core import providers
from core.mailbox import address_of
from core.models import OutgoingMessage, StoredFile
from core.tokens import address_token

BASE64_LINE = 76  # characters
ADDRESS = r"[\w+=-]+(?:\.[\w+=-]+)*@[\w-]+(?:\.[\w-]+)+"
MOMENT = r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000"
SIMPLE = re.compile(rf'{ADDRESS}|<{ADDRESS}>|{MOMENT}|multipart/mixed; boundary="[\w=]+"', re.ASCII)
LINE = 78  # characters, after which the library folds a header
LONGEST_LINE = 998  # characters that a line of a message may have
PLAIN_HEAD = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n'
BOUNCE = "bounce"  # tag of the addresses to which messages come back


def digest(row: OutgoingMessage, files: Sequence[str]) -> str:
    parts = [row.key, row.to, row.sender, row.reply_to, row.subject, row.text, row.html, row.message_id, *files]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def return_path(message: OutgoingMessage) -> str:
    """Where a message comes back to: an address of its own, or its sender's where the portal has no mailbox."""
    return address_of(BOUNCE, message.pk) or parseaddr(message.sender)[1]


def as_bytes(message: OutgoingMessage, files: Sequence[StoredFile]) -> bytes:
    """The message as it goes over the wire: the same bytes whenever it is built.

    Joined from parts, of which those that many messages share are made once: the library takes three times as long for the whole.
    """
    words = _words(message)
    reply_to = {"Reply-To": message.reply_to} if message.reply_to else {}
    headers = {
        "From": message.sender,
        "To": message.to,
        "Subject": message.subject,
        "Date": format_datetime(message.created_at),
        "Message-ID": message.message_id,
        "Auto-Submitted": "auto-generated",
        **reply_to,
        **dict(providers.headers(address_token(BOUNCE, message.pk))),
        "MIME-Version": "1.0",
    }
    head = b"".join(_header(name, value) for name, value in headers.items())
    return head + (_mixed(f"={message.pk.hex}1=", [words, *map(_enclosed, files)]) if files else words)


def _words(message: OutgoingMessage) -> bytes:
    """The text as a part. Plain words go as they are, without the library's detour through an encoding."""
    lines = message.text.encode().splitlines()
    if message.text.isascii() and not message.html and all(len(line) <= LONGEST_LINE for line in lines):
        return PLAIN_HEAD + b"".join(line + b"\r\n" for line in lines)
    words = MIMEPart(policy=SMTP_POLICY)
    words.set_content(message.text)
    if message.html:
        words.add_alternative(message.html, subtype="html")
        words.set_boundary(f"={message.pk.hex}0=")
    return words.as_bytes()


def _mixed(boundary: str, parts: Iterable[bytes]) -> bytes:
    """Parts in one body."""
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts)
    return _header("Content-Type", f'multipart/mixed; boundary="{boundary}"') + b"\r\n" + body + line + b"--\r\n"


@lru_cache(maxsize=256)
def _header(name: str, value: str) -> bytes:
    """One header, folded and encoded. Raises ValueError where it would become two."""
    if SIMPLE.fullmatch(value) and len(name) + len(": ") + len(value) <= LINE:
        return f"{name}: {value}\r\n".encode()  # as the library writes it, which takes its time
    return SMTP_POLICY.fold_binary(*SMTP_POLICY.header_store_parse(name, value))


@lru_cache(maxsize=4)
def _enclosed(file: StoredFile) -> bytes:
    """A file as a part: those that every letter of a dispatch encloses stay known."""
    encoded = b2a_base64(file.read(), newline=False)
    lines = [encoded[place : place + BASE64_LINE] for place in range(0, len(encoded), BASE64_LINE)]
    return _enclosed_head(file.content_type, file.name) + b"\r\n".join(lines) + b"\r\n"


@lru_cache(maxsize=64)
def _enclosed_head(content_type: str, name: str) -> bytes:
    """What stands above a file: the same for the letters of all recipients."""
    part = MIMEPart(policy=SMTP_POLICY)
    major, _slash, minor = content_type.partition("/")
    part.set_content(b"", maintype=major, subtype=minor, disposition="attachment", filename=name)
    return part.as_bytes()
