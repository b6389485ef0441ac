"""The outbox: mail is a row first and is sent afterwards, each message at most once.

Sending one message takes three transactions. The first claims the row with a lease and a token. SMTP then goes up to RCPT. The
second is the fence: is the lease still mine, is the row still to be sent? Only then is the text handed over (DATA), and the
third writes what the relay said. A sender that dies before the fence has provably sent nothing: the lease runs out and the row
is claimed again. A sender that dies after it leaves the row in flight: it becomes *uncertain*, and a person decides, never the
machine. Exactly once is impossible over SMTP; this loses nothing and repeats nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import smtplib
import ssl
import uuid
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import MIMEPart
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, make_msgid, parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from core import pacing, providers
from core.mailbox import address_of
from core.models import Enclosure, MessageQuerySet, MessageState, OutgoingMessage, SendHold, StoredFile
from core.sweeps import publish
from core.tokens import address_token

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

log = logging.getLogger(__name__)

CLAIM = 20  # messages claimed at a time
HOLDS = 0x484F4C44  # number of the advisory lock
BASE64_LINE = 76  # characters
POSTPONED = 451  # SMTP: try again later
BOUNCE = "bounce"  # tag of the addresses to which messages come back
LEFT = frozenset(
    {MessageState.IN_FLIGHT, MessageState.HANDED_OVER, MessageState.UNCERTAIN}
)  # such a message can come back
MAX_ATTEMPTS = 12  # then a message that the relay keeps postponing counts as refused


@dataclass(frozen=True)
class Draft:
    """A message to be queued. `key` says what it is, once: the same key is never queued twice."""

    key: str
    to: str
    subject: str
    text: str
    html: str = ""
    attachments: Sequence[StoredFile] = field(default=())
    batch: uuid.UUID | None = None
    reply_to: str = ""
    message_id: str = ""
    sender: str = ""
    only_to: frozenset[str] | None = None  # the guest list of a rehearsal


class NotAGuestError(Exception):
    """A message of a rehearsal was to go to an address that is not on its guest list."""


# ---------------------------------------------------------------- queueing


def enqueue(
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    attachments: Sequence[StoredFile] = (),
    batch: uuid.UUID | None = None,
    reply_to: str = "",
    message_id: str = "",
) -> OutgoingMessage:
    """Queue one message inside the caller's transaction; delivery starts when it commits. The same key gives the first row back."""
    draft = Draft(key, to, subject, text, html, attachments, batch, reply_to, message_id)
    enqueue_many([draft])
    return OutgoingMessage.objects.get(key=key)


def enqueue_many(drafts: Iterable[Draft]) -> int:
    """Queue many messages inside the caller's transaction; returns how many were new.

    Raises NotAGuestError, and queues none, where one has a guest list on which its address is not.
    """
    drafts = list(drafts)
    if not all(draft.only_to is None or draft.to in draft.only_to for draft in drafts):
        raise NotAGuestError
    with transaction.atomic():
        _watch_holds("SELECT pg_advisory_xact_lock_shared(%s)")
        state = MessageState.HELD if on_hold() else MessageState.QUEUED
        known = set(
            OutgoingMessage.objects.filter(key__in=[draft.key for draft in drafts]).values_list("key", flat=True)
        )
        rows = [_frozen(draft, state) for draft in drafts if draft.key not in known]
        OutgoingMessage.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        mine = set(OutgoingMessage.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
        files = {draft.key: draft.attachments for draft in drafts}
        Enclosure.objects.bulk_create(
            [
                Enclosure(message_id=row.pk, file=file, place=place)
                for row in rows
                if row.pk in mine
                for place, file in enumerate(files[row.key])
            ],
            batch_size=1000,
        )
        transaction.on_commit(wake)
    return len(mine)


def _frozen(draft: Draft, state: MessageState) -> OutgoingMessage:
    sender = draft.sender or settings.DEFAULT_FROM_EMAIL
    domain = parseaddr(sender)[1].rpartition("@")[2]
    row = OutgoingMessage(
        key=draft.key,
        batch=draft.batch,
        to=draft.to,
        sender=sender,
        reply_to=draft.reply_to,
        subject=" ".join(draft.subject.split()),
        text=draft.text,
        html=draft.html,
        message_id=draft.message_id or make_msgid(domain=domain),
        state=state,
    )
    row.digest = _digest(row, [file.sha256 for file in draft.attachments])
    return row


def _digest(row: OutgoingMessage, files: Sequence[str]) -> str:
    parts = [row.key, row.to, row.sender, row.reply_to, row.subject, row.text, row.html, row.message_id, *files]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def wake() -> None:
    """Let a worker deliver what waits."""
    from core.tasks import deliver_mail

    publish(deliver_mail)


# ---------------------------------------------------------------- delivering


def claim(token: uuid.UUID, limit: int = CLAIM) -> list[OutgoingMessage]:
    """TX1: lease up to `limit` waiting messages to the holder of `token`; none while mail is on hold, or the relay's pace is used up."""
    if on_hold():
        return []
    with transaction.atomic(), pacing.allowed(limit) as pace:
        ids = list(
            OutgoingMessage.objects.waiting()
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("not_before", "pk")
            .values_list("pk", flat=True)[: pace.limit]
        )
        pace.used = len(ids)
        OutgoingMessage.objects.filter(pk__in=ids).update(
            lease_token=token, lease_until=_lease(), attempts=F("attempts") + 1
        )
    mine = OutgoingMessage.objects.filter(pk__in=ids, lease_token=token)
    return list(mine.prefetch_related("enclosures__file").order_by("not_before", "pk"))


def deliver(limit: int = 500) -> int:
    """Deliver up to `limit` waiting messages over one SMTP connection; returns how many the relay took.

    A relay that cannot be reached costs no message an attempt: the leases are given back and the next sweep tries again.
    """
    token, taken, seen = uuid.uuid4(), 0, 0
    relay: smtplib.SMTP | None = None
    try:
        while seen < limit and (messages := claim(token)):
            seen += len(messages)
            for message in messages:
                relay = relay or _connect()
                taken += _hand_over(relay, message, token)
                relay = relay if relay.sock else None
    except (OSError, smtplib.SMTPException) as error:
        log.warning("The mail relay cannot be reached: %s", error)
        _give_back(token, _("The mail relay cannot be reached: %(error)s") % {"error": error})
    finally:
        if relay:
            relay.close()
    return taken


def _connect() -> smtplib.SMTP:
    relay = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT)
    if settings.EMAIL_USE_TLS:
        relay.starttls(context=ssl.create_default_context())
    if settings.EMAIL_HOST_USER:
        relay.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    relay.ehlo_or_helo_if_needed()
    return relay


def _give_back(token: uuid.UUID, reason: str) -> None:
    """Everything claimed under the token and not past the fence is provably unsent: free it at once."""
    OutgoingMessage.objects.filter(lease_token=token, state=MessageState.QUEUED).update(
        lease_token=None, lease_until=None, attempts=F("attempts") - 1, reason=reason[:500]
    )


def _hand_over(relay: smtplib.SMTP, message: OutgoingMessage, token: uuid.UUID) -> bool:
    """Hand one claimed message to the relay; returns whether it took it."""
    raw = _prepare(message, token)
    if raw is None or not _offer(relay, message, token):
        return False
    if not _fence(message, token):
        relay.rset()
        return False
    return _send_text(relay, message, token, raw)


def _prepare(message: OutgoingMessage, token: uuid.UUID) -> bytes | None:
    """The bytes to send. What cannot be built, or is not what was approved, is held for a person and harms no other message."""
    files = [enclosure.file for enclosure in message.enclosures.all()]
    try:
        message.to.encode("ascii")
        if _digest(message, [file.sha256 for file in files]) == message.digest:
            return _as_bytes(message, files)
        reason = _("The content is not what was approved.")
    except (OSError, ValueError) as error:
        reason = _("This message cannot be built: %(error)s") % {"error": error}
    _settle(_mine(message, token), MessageState.HELD, reason)
    return None


def _offer(relay: smtplib.SMTP, message: OutgoingMessage, token: uuid.UUID) -> bool:
    """MAIL and RCPT: up to here nothing is sent. A refusal is written down, a postponement put back.

    A relay that hangs up on this message postpones it, so that it never stands in the way of those behind it.
    """
    try:
        code, answer = relay.mail(return_path(message))
        if code == 250:
            code, answer = relay.rcpt(message.to)
    except (OSError, smtplib.SMTPException) as error:
        relay.close()
        code, answer = POSTPONED, str(error).encode()
    if code in {250, 251}:
        return True
    _refused(message, token, code, answer)
    if relay.sock:
        relay.rset()
    return False


def return_path(message: OutgoingMessage) -> str:
    """Where a message comes back to: an address of its own, or its sender's where the portal has no mailbox."""
    return address_of(BOUNCE, message.pk) or parseaddr(message.sender)[1]


def _fence(message: OutgoingMessage, token: uuid.UUID) -> bool:
    """TX2: mark the message in flight if the lease is still mine and the message still to be sent; the lease begins anew."""
    mine = _mine(message, token).free().filter(state=MessageState.QUEUED, lease_until__gt=Now())
    return mine.update(state=MessageState.IN_FLIGHT, lease_until=_lease()) == 1


def _send_text(relay: smtplib.SMTP, message: OutgoingMessage, token: uuid.UUID, raw: bytes) -> bool:
    """DATA, then TX3: what the relay said. An answer that never came leaves the message uncertain.

    A relay that answers after the message was reaped still says what became of it.
    """
    sent = _mine(message, token) | OutgoingMessage.objects.filter(
        pk=message.pk, state=MessageState.UNCERTAIN, lease_token=None
    )
    try:
        code, answer = relay.data(raw)
    except smtplib.SMTPDataError as error:
        code, said = error.smtp_code, error.smtp_error
        answer = said if isinstance(said, bytes) else said.encode()
    except (OSError, smtplib.SMTPException) as error:
        relay.close()
        lost = _("The connection was lost while handing over: %(error)s") % {"error": error}
        _settle(sent, MessageState.UNCERTAIN, lost)
        return False
    if code == 250:
        _settle(sent, MessageState.HANDED_OVER, answer.decode(errors="replace"))
        return True
    _refused(message, token, code, answer)
    return False


def _refused(message: OutgoingMessage, token: uuid.UUID, code: int, answer: bytes) -> None:
    """5xx is final; 4xx is tried again later, with growing pauses, up to MAX_ATTEMPTS. What was cancelled stays cancelled."""
    said = f"{code} {answer.decode(errors='replace')}"
    mine = _mine(message, token).filter(state__in=[MessageState.QUEUED, MessageState.IN_FLIGHT])
    if code >= 500 or message.attempts >= MAX_ATTEMPTS:
        _settle(mine, MessageState.REFUSED, said)
        return
    pause = timedelta(seconds=min(settings.MAIL_PAUSE * 2 ** (message.attempts - 1), 3600))
    mine.update(
        state=MessageState.QUEUED, lease_token=None, lease_until=None, not_before=Now() + pause, reason=said[:500]
    )


def _mine(message: OutgoingMessage, token: uuid.UUID) -> MessageQuerySet:
    """The message as long as the lease with this token is on it."""
    return OutgoingMessage.objects.filter(pk=message.pk, lease_token=token)


def _lease() -> CombinedExpression:
    return Now() + timedelta(seconds=settings.MAIL_LEASE)


def _settle(rows: MessageQuerySet, state: MessageState, reason: str) -> int:
    """Write what became of a message, if it is still among `rows`; returns how many were."""
    return rows.update(state=state, reason=reason[:500], settled_at=Now(), lease_token=None, lease_until=None)


def _as_bytes(message: OutgoingMessage, files: Sequence[StoredFile]) -> bytes:
    """The message as it goes over the wire: the same bytes whenever it is built.

    Joined from parts, of which those that many messages share are made once: the library takes three times as long for the whole.
    """
    words = MIMEPart(policy=SMTP_POLICY)
    words.set_content(message.text)
    if message.html:
        words.add_alternative(message.html, subtype="html")
        words.set_boundary(f"={message.pk.hex}0=")
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
    return head + (
        _mixed(f"={message.pk.hex}1=", [words.as_bytes(), *map(_enclosed, files)]) if files else words.as_bytes()
    )


def _mixed(boundary: str, parts: Iterable[bytes]) -> bytes:
    """Parts in one body."""
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts)
    return _header("Content-Type", f'multipart/mixed; boundary="{boundary}"') + b"\r\n" + body + line + b"--\r\n"


@lru_cache(maxsize=256)
def _header(name: str, value: str) -> bytes:
    """One header, folded and encoded. Raises ValueError where it would become two."""
    return SMTP_POLICY.fold_binary(*SMTP_POLICY.header_store_parse(name, value))


@lru_cache(maxsize=4)
def _enclosed(file: StoredFile) -> bytes:
    """A file as a part: those that every letter of a dispatch encloses stay known."""
    part = MIMEPart(policy=SMTP_POLICY)
    major, _slash, minor = file.content_type.partition("/")
    part.set_content(b"", maintype=major, subtype=minor, disposition="attachment", filename=file.name)
    encoded = b2a_base64(file.read(), newline=False)
    lines = (encoded[place : place + BASE64_LINE] for place in range(0, len(encoded), BASE64_LINE))
    return part.as_bytes() + b"\r\n".join(lines) + b"\r\n"


# ---------------------------------------------------------------- looking after it


def reap() -> int:
    """Messages whose sender vanished after the fence become uncertain; returns how many."""
    return OutgoingMessage.objects.stranded().update(
        state=MessageState.UNCERTAIN,
        reason=_("The sender vanished while handing over; the relay may have taken the message."),
        settled_at=Now(),
        lease_token=None,
        lease_until=None,
    )


def cancel(*batches: uuid.UUID) -> int:
    """Cancel what has not left of these dispatches; returns how many messages. What is past the fence is on its way."""
    return take_back(OutgoingMessage.objects.filter(batch__in=batches))


def take_back(messages: MessageQuerySet) -> int:
    """Cancel those of the messages that have not left; returns how many."""
    waiting = messages.filter(state__in=[MessageState.QUEUED, MessageState.HELD])
    return waiting.update(state=MessageState.CANCELLED, settled_at=Now(), lease_token=None, lease_until=None)


def came_back(pk: uuid.UUID, reason: str) -> bool:
    """A message that left the house did not reach its recipient; whether that was news."""
    rows = OutgoingMessage.objects.filter(pk=pk, state__in=LEFT)
    return bool(_settle(rows, MessageState.BOUNCED, reason))


def is_late(pk: uuid.UUID, reason: str) -> None:
    """Somebody on the way still tries to deliver a message: noted, nothing more."""
    OutgoingMessage.objects.filter(pk=pk, state=MessageState.HANDED_OVER).update(reason=reason[:500])


def resolve(message: OutgoingMessage, *, arrived: bool, by: AbstractBaseUser) -> None:
    """A person decides on an uncertain message: it arrived, or it is to be sent again. One that came back may have arrived after all."""
    changed = OutgoingMessage.objects.filter(pk=message.pk, state=MessageState.UNCERTAIN)
    if arrived:
        (changed | OutgoingMessage.objects.filter(pk=message.pk, state=MessageState.BOUNCED)).update(
            state=MessageState.HANDED_OVER,
            reason=_("Said to have arrived by %(name)s") % {"name": by},
            settled_at=Now(),
        )
    elif changed.update(
        state=MessageState.QUEUED, reason=_("Sent again by %(name)s") % {"name": by}, settled_at=None, not_before=Now()
    ):
        transaction.on_commit(wake)


def _watch_holds(lock: str) -> None:
    """Until the transaction ends no hold begins or ends beside us: who queues shares the lock, who holds or releases has it alone."""
    with connection.cursor() as cursor:
        cursor.execute(lock, [HOLDS])


def on_hold() -> bool:
    """Whether a hold is open: nothing leaves the house."""
    return SendHold.objects.open().of_all().exists()


def pause(reason: str) -> int:
    """A person stops all mail: what waits is held until they release it. What is past the fence is on its way. Returns how many."""
    with transaction.atomic():
        _watch_holds("SELECT pg_advisory_xact_lock(%s)")
        SendHold.objects.create(reason=reason)
        return OutgoingMessage.objects.filter(state=MessageState.QUEUED).update(
            state=MessageState.HELD, lease_token=None, lease_until=None
        )


def hold(reason: str) -> int:
    """After a restore: nothing leaves until a person says so, and every message not final is uncertain. Returns how many."""
    with transaction.atomic():
        _watch_holds("SELECT pg_advisory_xact_lock(%s)")
        SendHold.objects.create(reason=reason)
        return OutgoingMessage.objects.filter(
            state__in=[MessageState.QUEUED, MessageState.IN_FLIGHT, MessageState.HELD]
        ).update(
            state=MessageState.UNCERTAIN, reason=reason[:500], settled_at=Now(), lease_token=None, lease_until=None
        )


def release(*, by: AbstractBaseUser) -> int:
    """End every hold and queue what was held meanwhile; returns how many messages."""
    with transaction.atomic():
        _watch_holds("SELECT pg_advisory_xact_lock(%s)")
        SendHold.objects.open().of_all().update(released_at=timezone.now(), released_by_id=by.pk)
        released = OutgoingMessage.objects.filter(state=MessageState.HELD).update(
            state=MessageState.QUEUED, settled_at=None
        )
        transaction.on_commit(wake)
    return released


# ---------------------------------------------------------------- pausing one dispatch


def hold_of(batch: uuid.UUID) -> SendHold | None:
    """The pause of a dispatch, if it is paused."""
    return SendHold.objects.open().filter(batch=batch).select_related("held_by").first()


@transaction.atomic
def pause_batch(batch: uuid.UUID, *, reason: str, by: AbstractBaseUser) -> bool:
    """Nothing more of this dispatch passes the fence; whether it was not paused before. What is past it is on its way.

    Its messages stay queued: they can be cancelled, and other stops and releases of mail are another matter.
    """
    _hold, new = SendHold.objects.get_or_create(
        batch=batch, released_at=None, defaults={"reason": reason, "held_by_id": by.pk}
    )
    claimed = OutgoingMessage.objects.of(batch).filter(state=MessageState.QUEUED, lease_token__isnull=False)
    claimed.update(lease_token=None, lease_until=None)
    return new


@transaction.atomic
def resume_batch(batch: uuid.UUID, *, by: AbstractBaseUser) -> bool:
    """Let the dispatch go on; whether it was paused."""
    paused = SendHold.objects.open().filter(batch=batch)
    ended = paused.update(released_at=timezone.now(), released_by_id=by.pk)
    transaction.on_commit(wake)
    return bool(ended)
