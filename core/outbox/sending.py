"""Sending: claim, offer, fence, hand over, and write down what the relay said."""

from __future__ import annotations

import logging
import smtplib
import ssl
import uuid
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Concat, Now
from django.db.models.lookups import Exact
from django.db.models.sql import UpdateQuery
from django.utils.translation import gettext_noop

from core import pacing
from core.kept import sentence
from core.models import MessageQuerySet, MessageState, OutgoingMessage
from core.outbox.fates import settle, settled
from core.outbox.gate import on_hold
from core.outbox.wire import as_bytes, digest, return_path

log = logging.getLogger(__name__)

CLAIM = 50  # messages claimed at a time
POSTPONED = 451  # SMTP: try again later
CLOSING = 421  # SMTP: the connection ends here
HUNG_UP = (POSTPONED, b"The relay hung up.")
MAX_ATTEMPTS = 12  # then a message that the relay keeps postponing counts as refused
PK, TOKEN, ATTEMPTS, ANSWER = uuid.UUID(int=1), uuid.UUID(int=2), -1, "(the answer)"  # stand for those of a message
NO_RELAY = sentence(gettext_noop("The mail relay cannot be reached: %(error)s"))
NOT_BUILT = sentence(gettext_noop("This message cannot be built: %(error)s"))
LOST = sentence(gettext_noop("The connection was lost while handing over: %(error)s"))

Statement = tuple[str, tuple[Any, ...]]  # SQL and its values


class _Relay(smtplib.SMTP):
    """The relay. While it works on a text, the message that follows is built; while its answer is written down, it hears MAIL for it."""

    following: OutgoingMessage | None = None
    _ahead: tuple[uuid.UUID, bytes] | None = None
    _announced: uuid.UUID | None = None  # the message whose MAIL still waits for its answer

    def data(self, msg: bytes) -> tuple[int, bytes]:  # type: ignore[override]
        """DATA as the library does it, and the building before the answer is awaited."""
        self.putcmd("data")
        code, answer = self.getreply()
        if code != 354:
            raise smtplib.SMTPDataError(code, answer)
        self.send(msg.replace(b"\n.", b"\n..") + b".\r\n")  # a dot alone on a line would end the text
        self._build_ahead()
        return self.getreply()

    def _build_ahead(self) -> None:
        with suppress(Exception):  # it is said in its own turn, when nothing is in flight
            if self.following and (raw := _build(self.following)):
                self._ahead = self.following.pk, raw

    def announce(self) -> None:
        """MAIL for the message that follows; the answer is read when it has its turn."""
        if self.following:
            with suppress(OSError, ValueError, smtplib.SMTPException):  # it is said in its own turn
                self.putcmd("mail", f"FROM:{smtplib.quoteaddr(return_path(self.following))}")
                self._announced = self.following.pk

    def begin(self, message: OutgoingMessage) -> tuple[int, bytes]:
        """The answer to MAIL. Where another message was announced, it is taken back first."""
        announced, self._announced = self._announced, None
        if announced:
            answer = self.getreply()
            if announced == message.pk:
                return answer
            self.rset()
        return self.mail(return_path(message))

    def built(self, message: OutgoingMessage) -> bytes | None:
        """The message, if it was built ahead."""
        return self._ahead[1] if self._ahead and self._ahead[0] == message.pk else None


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
        OutgoingMessage.objects.filter(pk__in=ids).update(lease_token=token, lease_until=_lease())
    mine = OutgoingMessage.objects.filter(pk__in=ids, lease_token=token)
    return list(mine.prefetch_related("enclosures__file").order_by("not_before", "pk"))


def deliver(limit: int = 500) -> int:
    """Deliver up to `limit` waiting messages over one SMTP connection; returns how many the relay took.

    A relay that cannot be reached costs no message an attempt: the leases are given back and the next sweep tries again.
    """
    token, taken, seen = uuid.uuid4(), 0, 0
    relay: _Relay | None = None
    try:
        while seen < limit and (messages := claim(token)):
            seen += len(messages)
            for message, following in zip_longest(messages, messages[1:]):
                relay = relay or _connect()
                relay.following = following
                taken += _hand_over(relay, message, token)
                relay = relay if relay.sock else None
    except (OSError, smtplib.SMTPException) as error:
        log.warning("The mail relay cannot be reached: %s", error)
        _give_back(token, NO_RELAY % {"error": error})
    finally:
        if relay:
            relay.close()
    return taken


def _connect() -> _Relay:
    return _greeted(_Relay(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT))


def _connect_again(relay: _Relay) -> _Relay:
    relay.ehlo_resp = relay.helo_resp = None  # a new connection wants a new greeting
    relay.connect(settings.EMAIL_HOST, settings.EMAIL_PORT)
    return _greeted(relay)


def _greeted(relay: _Relay) -> _Relay:
    if settings.EMAIL_USE_TLS:
        relay.starttls(context=ssl.create_default_context())
    if settings.EMAIL_HOST_USER:
        relay.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    relay.ehlo_or_helo_if_needed()
    return relay


def _give_back(token: uuid.UUID, reason: str) -> None:
    """Everything claimed under the token and not past the fence is provably unsent: free it at once."""
    OutgoingMessage.objects.filter(lease_token=token, state=MessageState.QUEUED).update(
        lease_token=None, lease_until=None, reason=reason[:500]
    )


def _hand_over(relay: _Relay, message: OutgoingMessage, token: uuid.UUID) -> bool:
    """Hand one claimed message to the relay; returns whether it took it."""
    raw = relay.built(message) or _prepare(message, token)
    if raw is None or not _offer(relay, message, token):
        return False
    if not _fence(message, token):
        relay.rset()
        return False
    return _send_text(relay, message, token, raw)


def _prepare(message: OutgoingMessage, token: uuid.UUID) -> bytes | None:
    """The bytes to send. What cannot be built, or is not what was approved, is held for a person and harms no other message."""
    try:
        if raw := _build(message):
            return raw
        reason = gettext_noop("The content is not what was approved.")
    except (OSError, ValueError) as error:
        reason = NOT_BUILT % {"error": error}
    settle(_mine(message, token), MessageState.HELD, reason)
    return None


def _build(message: OutgoingMessage) -> bytes | None:
    """The message as bytes; None if it is not what was approved. Raises OSError, ValueError."""
    files = [enclosure.file for enclosure in message.enclosures.all()]
    message.to.encode("ascii")
    approved = digest(message, [file.sha256 for file in files]) == message.digest
    return as_bytes(message, files) if approved else None


def _offer(relay: _Relay, message: OutgoingMessage, token: uuid.UUID) -> bool:
    """MAIL and RCPT: up to here nothing is sent. A refusal is written down, a postponement put back.

    A relay that hung up after the message before is called again: it has heard nothing of this one. One that hangs up on this
    message postpones it, so that it never stands in the way of those behind it.
    """
    code, answer = _begin(relay, message) or _begin(_connect_again(relay), message) or HUNG_UP
    try:
        if code == 250:
            code, answer = relay.rcpt(message.to)
    except (OSError, smtplib.SMTPException) as error:
        relay.close()
        code, answer = POSTPONED, str(error).encode()
    if code in {250, 251}:
        return True
    _refused(message, token, code, answer)
    if code == CLOSING:
        relay.close()
    elif relay.sock:
        relay.rset()
    return False


def _begin(relay: _Relay, message: OutgoingMessage) -> tuple[int, bytes] | None:
    """The answer to MAIL; None where the relay has ended the connection, or ends it now."""
    with suppress(OSError, smtplib.SMTPException):
        code, answer = relay.begin(message)
        if code != CLOSING:
            return code, answer
    relay.close()
    return None


def _fence(message: OutgoingMessage, token: uuid.UUID) -> bool:
    """TX2: mark the message in flight if the lease is still mine and the message still to be sent; the lease begins anew.

    What a relay was asked to take counts as an attempt, here or where it refuses before; what was only leased does not.
    """
    return _run(_fencing(settings.MAIL_LEASE), {PK: message.pk, TOKEN: token, ATTEMPTS: message.attempts + 1})


@lru_cache(maxsize=1)
def _fencing(_lease_seconds: int) -> Statement:
    mine = OutgoingMessage.objects.filter(pk=PK, lease_token=TOKEN).free()
    # Not the column itself: where statistics are old, its index would be read through all that waits.
    queued = Exact(Concat("state", Value("")), MessageState.QUEUED)
    rows = mine.filter(queued, lease_until__gt=Now())
    return _written(rows, {"state": MessageState.IN_FLIGHT, "lease_until": _lease(), "attempts": ATTEMPTS})


@lru_cache(maxsize=1)
def _settling() -> Statement:
    return _written(_sent(PK, TOKEN), settled(MessageState.HANDED_OVER, ANSWER))


def _written(rows: MessageQuerySet, values: dict[str, Any]) -> Statement:
    """An update with stand-ins, once for all messages: to let it be written anew takes longer than to run it."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    sql, given = query.get_compiler(connection=connection).as_sql()
    return sql, tuple(given)


def _run(statement: Statement, values: dict[Any, Any]) -> bool:
    """The update with these values for the stand-ins; whether there was a row."""
    sql, given = statement
    with connection.cursor() as cursor:
        cursor.execute(sql, [values.get(value, value) for value in given])
        return bool(cursor.rowcount == 1)


def _send_text(relay: _Relay, message: OutgoingMessage, token: uuid.UUID, raw: bytes) -> bool:
    """DATA, then TX3: what the relay said. An answer that never came leaves the message uncertain."""
    try:
        code, answer = relay.data(raw)
    except smtplib.SMTPDataError as error:
        code, said = error.smtp_code, error.smtp_error
        answer = said if isinstance(said, bytes) else said.encode()
    except (OSError, smtplib.SMTPException) as error:
        relay.close()
        settle(_sent(message.pk, token), MessageState.UNCERTAIN, LOST % {"error": error})
        return False
    if code == 250:
        relay.announce()
        _run(_settling(), {PK: message.pk, TOKEN: token, ANSWER: answer.decode(errors="replace")[:500]})
        return True
    _refused(message, token, code, answer)
    return False


def _refused(message: OutgoingMessage, token: uuid.UUID, code: int, answer: bytes) -> None:
    """5xx is final; 4xx is tried again later, with growing pauses, up to MAX_ATTEMPTS. What was cancelled stays cancelled."""
    said = f"{code} {answer.decode(errors='replace')}"
    mine = _mine(message, token).filter(state__in=[MessageState.QUEUED, MessageState.IN_FLIGHT])
    attempts = message.attempts + 1
    if code >= 500 or attempts >= MAX_ATTEMPTS:
        mine.update(attempts=attempts)
        settle(mine, MessageState.REFUSED, said)
        return
    pause = timedelta(seconds=min(settings.MAIL_PAUSE * 2 ** (attempts - 1), 3600))
    mine.update(
        state=MessageState.QUEUED,
        attempts=attempts,
        lease_token=None,
        lease_until=None,
        not_before=Now() + pause,
        reason=said[:500],
    )


def _sent(pk: uuid.UUID, token: uuid.UUID) -> MessageQuerySet:
    """The message past the fence, also when it was reaped since: a relay that answers late still says what became of it."""
    reaped = Q(state=MessageState.UNCERTAIN, lease_token=None)
    return OutgoingMessage.objects.filter(Q(lease_token=token) | reaped, pk=pk)


def _mine(message: OutgoingMessage, token: uuid.UUID) -> MessageQuerySet:
    """The message as long as the lease with this token is on it."""
    return OutgoingMessage.objects.filter(pk=message.pk, lease_token=token)


def _lease() -> CombinedExpression:
    return Now() + timedelta(seconds=settings.MAIL_LEASE)
