"""A real SMTP server on loopback that keeps what it took, and can be told to refuse, postpone or hang up."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from taskforce.local.ports import free_port


@dataclass
class Sink:
    """What the relay took, and how it behaves towards each recipient."""

    port: int = 0
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)  # the return path of each message taken
    rcpt: dict[str, str] = field(
        default_factory=dict
    )  # address → answer to RCPT, such as "550 no such user", or "hang up"
    # address → answer to DATA; "hang up" closes without one, "… goodbye" after it
    data: dict[str, str] = field(default_factory=dict)
    per_connection: int = 0  # after so many messages it says 421; any number where it is 0

    def addresses(self) -> list[str]:
        """Every recipient of every message taken, in order."""
        return [address for addresses, _message in self.taken for address in addresses]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take so many messages on a connection, and no more."""
        begun = session.__dict__["begun"] = session.__dict__.get("begun", 0) + 1
        if self.per_connection and begun > self.per_connection:
            return "421 too many messages on this connection"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT as told."""
        answer = self.rcpt.get(address, "250 OK")
        if answer == "hang up":
            server.transport.abort()
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message, answer as told."""
        answer = self.data.get(envelope.rcpt_tos[0], "250 taken")
        message = cast(EmailMessage, message_from_bytes(cast(bytes, envelope.content), policy=default_policy))
        if answer.startswith("250") or answer == "hang up":
            self.senders.append(str(envelope.mail_from))
            self.taken.append((list(envelope.rcpt_tos), message))
        if answer == "hang up":
            server.transport.abort()
        if answer.endswith("goodbye"):
            asyncio.get_running_loop().call_soon(server.transport.close)
        return answer


@contextmanager
def smtp_sink(**options: Any) -> Iterator[Sink]:
    """A sink that listens on a free loopback port while the block runs; options as of an aiosmtpd server."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=0, ready_timeout=10, **options)
    controller.port = free_port(0)
    sink.port = controller.port
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
