"""Replies by e-mail: a letter's own address for each office, and what becomes of a mail that comes to it.

A mail is kept as plain text with the files that we take, told by their content. It answers nothing by itself: a person reads it
and records the answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from html import unescape
from mimetypes import guess_extension
from typing import TYPE_CHECKING, Any

from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from agencies.people.retention import AFTER_REPLY
from core.audit import signed
from core.files import store
from core.mailbox import Arrived, NotFiled, address_of
from core.uploads import DOCUMENTS, EVIDENCE, LARGEST, content_type_of
from core.words import legible
from taskforce.letters.models import MailedReply, Recipient, ReplyFile

if TYPE_CHECKING:
    from accounts.models import User

TAG = "reply"
LONGEST = 100_000  # characters of a text that are kept
LONGEST_HTML = 1_000_000  # characters that are read for it
MOST_FILES = 10  # of one mail
MOST_OF_ONE = 100  # mails kept for one office
MOST_UNFILED = 500  # mails that wait to be filed; more are left in the mailbox


def reply_address(recipient: Recipient) -> str:
    """The address to which an office answers by mail; empty where the portal has no mailbox."""
    return address_of(TAG, recipient.pk)


# ---------------------------------------------------------------- filing


def file_reply(arrived: Arrived) -> str:
    """File a mail to the office whose address it came to."""
    recipient = Recipient.objects.select_for_update(of=("self",)).filter(pk=arrived.about).first()
    if recipient is None:
        return file_stray(arrived.mail)
    if recipient.mails.count() >= MOST_OF_ONE:
        raise NotFiled(_("This office has sent more mails than are kept."))
    _keep(arrived.mail, recipient)
    return _("A reply to a letter.")


def file_stray(mail: EmailMessage) -> str:
    """Keep a mail that names no office of ours, for people to file."""
    if MailedReply.objects.unfiled().count() >= MOST_UNFILED:
        raise NotFiled(_("Too many mails wait to be filed already."))
    _keep(mail, None)
    return _("A reply that somebody has to file.")


def _keep(mail: EmailMessage, recipient: Recipient | None) -> MailedReply:
    name, address = parseaddr(_header(mail, "From"))
    reply = MailedReply.objects.create(
        recipient=recipient,
        sender=address[:320],
        sender_name=name[:200],
        subject=_header(mail, "Subject")[:300],
        text=text_of_mail(mail),
        sent_at=_date(mail),
        received_at=timezone.now(),
        automatic=is_automatic(mail),
    )
    _keep_files(reply, mail)
    return reply


def _keep_files(reply: MailedReply, mail: EmailMessage) -> None:
    """The attachments of kinds that we take; the others are named."""
    left_out = []
    order = 0
    for name, data in _attachments(mail):
        kind = content_type_of(name, data)
        if order < MOST_FILES and len(data) <= LARGEST and kind in DOCUMENTS | EVIDENCE:
            order += 1
            ReplyFile.objects.create(reply=reply, order=order, file=store(name=name, content_type=kind, data=data))
        else:
            left_out.append(name)
    if left_out:
        reply.left_out = "\n".join(left_out)[:2000]
        reply.save(update_fields=["left_out"])


def _attachments(mail: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """The name and content of every part that is a file; a mail within the mail has a name only."""
    for part in mail.walk():
        data = part.get_payload(decode=True)
        if name := _name_of(part):
            yield name, data if isinstance(data, bytes) else b""


def _name_of(part: Any) -> str:
    """How a part that is a file is called, without what cannot be seen; empty for the words of the mail and for what holds parts."""
    if part.is_multipart() and part.get_content_type() != "message/rfc822":
        return ""
    given = "".join(char for char in str(part.get_filename() or "") if char.isprintable())
    if not given.strip() and part.get_content_maintype() != "text":
        given = f"{_('unnamed')}{guess_extension(part.get_content_type()) or ''}"
    return " ".join(given.split())[-200:]


def text_of_mail(mail: EmailMessage) -> str:
    """The words of a mail as far as they are kept: its plain text, else its HTML without any mark. Never HTML."""
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None or part.is_multipart():
        return ""
    data = part.get_payload(decode=True)
    text = _decoded(data if isinstance(data, bytes) else b"", part.get_content_charset("utf-8"))
    words = _without_marks(text[:LONGEST_HTML]) if part.get_content_subtype() == "html" else text
    return legible(words.replace("\r\n", "\n")[:LONGEST]).strip()


def _without_marks(html: str) -> str:
    try:
        return unescape(strip_tags(html))
    except SuspiciousOperation:  # made so that it takes for ever
        return html


def _decoded(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset, errors="replace")
    except LookupError:
        return data.decode("utf-8", errors="replace")


def is_automatic(mail: EmailMessage) -> bool:
    """Whether a machine answered (RFC 3834), or a mail system reports something."""
    said = _header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    return said not in {"", "no"} or mail.get_content_type() == "multipart/report"


def _header(mail: EmailMessage, name: str) -> str:
    return legible(" ".join(str(mail.get(name, "")).split()))


def _date(mail: EmailMessage) -> dt.datetime | None:
    """When the mail says that it was sent; None where it says nothing that makes sense."""
    try:
        day = parsedate_to_datetime(_header(mail, "Date"))
    except ValueError:
        return None
    known = day if day.tzinfo else day.replace(tzinfo=dt.UTC)
    return known if 1980 < known.year <= timezone.now().year + 1 else None


# ---------------------------------------------------------------- people read them


@transaction.atomic
def file_by_hand(*, reply: MailedReply, recipient: Recipient, by: User) -> None:
    """Say to which office a reply belongs. One that is filed stays where it is."""
    with signed(user=str(by.pk)):
        MailedReply.objects.unfiled().filter(pk=reply.pk).update(recipient=recipient)


def settle_reply(*, reply: MailedReply, by: User, at: dt.datetime) -> None:
    """Note that somebody read it: its answers are recorded, or there was nothing to record."""
    with transaction.atomic(), signed(user=str(by.pk)):
        MailedReply.objects.filter(pk=reply.pk, settled_at=None).update(settled_at=at, settled_by=by)


# ---------------------------------------------------------------- people are forgotten


def forget_senders(now: dt.datetime) -> int:
    """Let name and address of senders go when their time has come, filed or not; the number of replies. What they wrote stays."""
    due = MailedReply.objects.filter(received_at__lt=now - AFTER_REPLY).exclude(sender="", sender_name="")
    return due.update(sender="", sender_name="")
