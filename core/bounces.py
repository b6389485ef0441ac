"""Messages that came back, by a delivery report (RFC 3464) in the mailbox or by a report of the mail provider."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core import outbox, providers
from core.kept import sentence
from core.mailbox import Arrived, NotFiled
from core.models import OutgoingMessage
from core.tokens import read_address_token
from core.words import legible

DELAYED = sentence(gettext_noop("Delayed: %(reason)s"))
LONGEST = 2_000  # characters of a field or report that are read
ADDRESS = re.compile(r"<?[^\s<>;:]+@[^\s<>;:]+>?")


@dataclass(frozen=True)
class Report:
    """What a mail system says of one recipient: whether it has given up, and why, without any address."""

    final: bool
    reason: str


def report_of(mail: EmailMessage) -> Report | None:
    """The first report in a mail that says “failed” or “delayed”; None where there is none, or all went well."""
    reports = [report for block in _blocks(mail) if (report := _report(block))]
    return next((report for report in reports if report.final), reports[0] if reports else None)


def _blocks(mail: EmailMessage) -> Iterator[Message]:
    """The fields about each recipient in the delivery reports of a mail."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from part.get_payload()  # type: ignore[misc]


def _report(block: Message) -> Report | None:
    action = _field(block, "Action").lower()
    if action not in {"failed", "delayed"}:
        return None
    said = _field(block, "Diagnostic-Code").partition(";")[2] or gettext_noop("The mail system gave no reason.")
    reason = " ".join(f"{_field(block, 'Status')} {ADDRESS.sub('…', said)}".split())
    return Report(final=action == "failed", reason=reason[:400])


def _field(block: Message, name: str) -> str:
    return legible(str(block.get(name, ""))[:LONGEST]).strip()


def file_bounce(arrived: Arrived) -> str:
    """A mail to the return path of a message: it came back, it is late, or the mail says nothing of either."""
    report = report_of(arrived.mail)
    if report is None:
        raise NotFiled(_("It is no report that a message failed or is late."))
    if not OutgoingMessage.objects.filter(pk=arrived.about).exists():
        raise NotFiled(_("The message that it is about is not known."))
    if report.final:
        outbox.came_back(arrived.about, report.reason)
        return _("A message came back: %(reason)s") % {"reason": report.reason}
    outbox.is_late(arrived.about, DELAYED % {"reason": report.reason})
    return _("A message is late: %(reason)s") % {"reason": report.reason}


# ---------------------------------------------------------------- reports of a provider

FINAL = frozenset({EventType.BOUNCED, EventType.REJECTED, EventType.FAILED})


def on_event(event: AnymailTrackingEvent, **_signal: Any) -> None:
    """A provider reports on a message. What names none of ours is ignored: others may send through the same account."""
    known = event.metadata if isinstance(event.metadata, dict) else {}
    pk = read_address_token(outbox.BOUNCE, str(known.get(providers.KEY, "")))
    if pk is None:
        return
    said = event.mta_response or event.description or gettext_noop("The mail system gave no reason.")
    reason = " ".join(ADDRESS.sub("…", legible(said[:LONGEST])).split())
    if event.event_type in FINAL:
        outbox.came_back(pk, reason)
    elif event.event_type == EventType.DEFERRED:
        outbox.is_late(pk, DELAYED % {"reason": reason})
