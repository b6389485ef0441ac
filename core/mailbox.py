"""The mailbox of the portal: mail that comes in, read by IMAP and given to whoever answers to its address.

An address of ours is `tag+token@domain`. The tag names a handler, the token is sealed and holds the id of what the mail is about,
so that nobody can write to a thing whose address they were not given. Each mail is filed once: its handler and its row share a
transaction, and only then is it moved out of the inbox. Whoever dies in between is followed by one that finds the row and moves it.
"""

from __future__ import annotations

import hashlib
import logging
import re
import ssl
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _
from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted

from core.models import Filing, ReceivedMail
from core.tokens import address_token, read_address_token

log = logging.getLogger(__name__)

AT_ONCE = 200  # mails read in one visit
LARGEST = 25_000_000  # bytes; a larger one is not read
MOST_LINES = 600_000  # of one mail: 25 MB of attachments have half as many
MOST_PARTS = 1_000
MOST_BOUNDARIES = 50  # of parts within parts: each line is held against every one of them
LONGEST_HEADER = 4_000  # characters that are parsed, which takes time by the square
TIMEOUT = 30  # seconds the server may take for an answer
ENVELOPE = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")  # headers that may hold the address it came to


@dataclass(frozen=True)
class Arrived:
    """A mail to one of our addresses; `about` is the id sealed in it."""

    tag: str
    about: uuid.UUID
    mail: EmailMessage
    raw: bytes


class Tolerant(EmailPolicy):
    """Reads whatever strangers send: a long header is cut, one over which the parser stumbles is empty."""

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """The header as an object of its kind."""
        try:
            return super().header_fetch_parse(name, value if hasattr(value, "name") else value[:LONGEST_HEADER])
        except Exception:  # it stumbles in many ways
            return super().header_fetch_parse(name, "")


TOLERANT: Any = Tolerant()


class NotFiled(Exception):
    """A handler can make nothing of a mail; the text says why. It is put aside for people."""


Handler = Callable[[Arrived], str]
StrayHandler = Callable[[EmailMessage], str]
_handlers: dict[str, Handler] = {}
_strays: dict[str, StrayHandler] = {}


def handles(tag: str) -> Callable[[Handler], Handler]:
    """Register the function that files mail to `tag+…`, inside a transaction, and says in a few words what it did.

    It raises NotFiled, or anything else, to have the mail put aside and nothing written.
    """

    def register(function: Handler) -> Handler:
        _handlers[tag] = function
        return function

    return register


def handles_strays(tag: str) -> Callable[[StrayHandler], StrayHandler]:
    """Register the function that takes mail to the tag without a token of ours: torn, made up, or none at all."""

    def register(function: StrayHandler) -> StrayHandler:
        _strays[tag] = function
        return function

    return register


# ---------------------------------------------------------------- addresses


def address_of(tag: str, about: uuid.UUID) -> str:
    """The address whose mail comes to the handler of the tag; empty where the portal has no mailbox."""
    if not settings.MAILBOX_DOMAIN:
        return ""
    return f"{tag}+{address_token(tag, about)}@{settings.MAILBOX_DOMAIN}"


def _addressed(mail: EmailMessage) -> Iterator[tuple[str, uuid.UUID]]:
    """Each tag and id of ours among the addresses of a mail."""
    for tag, token in _found(mail, r"(?<![a-z])([a-z]{1,20})\+([a-z2-7]{48})"):
        if about := read_address_token(tag, token):
            yield tag, about


def _stray(mail: EmailMessage) -> str:
    """The tag of an address that is no address of ours, where somebody takes such mail; else empty."""
    tags = (tag for tag, _token in _found(mail, r"(?<![a-z0-9._+-])([a-z]{1,20})(\+[^@,;<>]{0,100})?"))
    return next((tag for tag in tags if tag in _strays), "")


def _found(mail: EmailMessage, local: str) -> Iterator[tuple[str, str]]:
    """The parts of every such address at our domain, in small letters. Headers are read as they came: no parser stumbles.

    What `local` takes has an end: a search without one goes through a long header once for each of its characters.
    """
    ours = re.compile(rf"{local}@{re.escape(settings.MAILBOX_DOMAIN.lower())}(?![a-z0-9.-])")
    for name, value in mail.raw_items():
        if name.lower() in ENVELOPE:
            yield from ours.findall("".join(str(value).lower().split()))


# ---------------------------------------------------------------- filing


def file(raw: bytes) -> bool:
    """File one mail, once however often it comes; whether a handler took it."""
    with transaction.atomic():
        row, new = ReceivedMail.objects.get_or_create(sha256=hashlib.sha256(raw).hexdigest())
        if new:
            row.outcome, row.note = _outcome(row, raw)
            row.note = row.note[:300]
            row.save()
    return row.outcome == Filing.FILED


def _outcome(row: ReceivedMail, raw: bytes) -> tuple[Filing, str]:
    try:
        with transaction.atomic():
            mail = parsed(raw)
            if arrived := _read(mail, raw):
                row.tag, row.about = arrived.tag, arrived.about
                return Filing.FILED, _handlers[arrived.tag](arrived)
            if tag := _stray(mail):
                row.tag = tag
                return Filing.FILED, _strays[tag](mail)
            return Filing.ASIDE, _("It came to no address of ours.")
    except NotFiled as why:
        return Filing.ASIDE, str(why)
    except (OperationalError, InterfaceError):  # the database is away: it is read again
        raise
    except Exception:
        log.exception("A mail could not be filed")
        return Filing.ASIDE, _("Something went wrong that we did not foresee; the log says what.")


def parsed(raw: bytes) -> EmailMessage:
    """A mail of which nothing takes long to read. Raises NotFiled for one that was made to keep us busy."""
    boundaries = len(re.findall(rb"multipart/|message/rfc822", raw, re.IGNORECASE))
    if raw.count(b"\n") > MOST_LINES or raw.count(b"\n--") > MOST_PARTS or boundaries > MOST_BOUNDARIES:
        raise NotFiled(_("It has more lines or parts than are read."))
    try:
        return message_from_bytes(raw, policy=TOLERANT)
    except RecursionError:
        raise NotFiled(_("It has more lines or parts than are read.")) from None


def _read(mail: EmailMessage, raw: bytes) -> Arrived | None:
    found = ((tag, about) for tag, about in _addressed(mail) if tag in _handlers)
    return next((Arrived(tag, about, mail, raw) for tag, about in found), None)


# ---------------------------------------------------------------- visiting


def poll(limit: int = AT_ONCE) -> int:
    """Read the inbox, oldest first, and move each mail to where it belongs; returns how many were filed. Raises OSError and
    what the mail server says; a mail that was not moved is met again at the next visit and filed no second time."""
    if not (settings.IMAP_HOST and settings.MAILBOX_DOMAIN):
        return 0
    filed = 0
    with _visit() as box:
        for uid in box.uids(f"LARGER {LARGEST}"):
            box.move(uid, settings.IMAP_ASIDE)
        for uid in box.uids()[:limit]:
            if raw := _fetched(box, uid):
                done = file(raw)
                box.move(uid, settings.IMAP_FILED if done else settings.IMAP_ASIDE)
                filed += done
    return filed


@contextmanager
def _visit() -> Iterator[BaseMailBox]:
    kind = MailBox if settings.IMAP_TLS else MailBoxUnencrypted
    options = {"ssl_context": ssl.create_default_context()} if settings.IMAP_TLS else {}
    with kind(settings.IMAP_HOST, settings.IMAP_PORT, timeout=TIMEOUT, **options).login(
        settings.IMAP_USER, settings.IMAP_PASSWORD, initial_folder=settings.IMAP_INBOX
    ) as box:
        for folder in (settings.IMAP_FILED, settings.IMAP_ASIDE):
            if not box.folder.exists(folder):
                box.folder.create(folder)
        yield box


def _fetched(box: BaseMailBox, uid: str) -> bytes:
    """The mail, byte for byte, left unseen; empty where somebody took it away meanwhile."""
    _status, parts = box.client.uid("FETCH", uid, "(BODY.PEEK[])")
    return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")
