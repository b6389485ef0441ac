"""The relay: a real SMTP server in a process of its own that behaves as planned and writes down all that it does.

A line is in the file before the other side can know of it, so that a relay killed at any moment has told the truth. Started
again, it reads there how often each letter was offered. `python -m taskforce.local.chaos.relay PORT PLAN LOG SLOW`
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.policy import default as default_policy
from pathlib import Path
from typing import Any, AnyStr, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from taskforce.local.chaos.plan import Mood, Stage, address
from taskforce.local.ports import LOOPBACK

FOREVER = 600  # seconds: longer than anybody waits
HOLD = 0.8  # seconds a letter is kept at the stage where a blow is to fall
LARGEST_MESSAGE = 40 * 1024 * 1024  # bytes
RCPT_ANSWERS: Mapping[str, str] = {
    Mood.GREYLIST_RCPT: "451 4.7.1 come back later",
    Mood.REFUSE_RCPT: "550 5.1.1 no such user",
}
DATA_ANSWERS: Mapping[str, str] = {
    Mood.GREYLIST_DATA: "451 4.7.1 come back later",
    Mood.REFUSE_DATA: "554 5.7.1 not wanted here",
}
DROPPED = {Mood.HANG_DROPPED, Mood.HANG_UP_DROPPED}


@dataclass(frozen=True)
class Event:
    """A line of the log: what happened to a letter in one attempt, by its number from 0.

    `what` is rcpt, begun, text, kept, answered or lost. Two attempts may overlap: the fence stops the one that came late.
    """

    at: float
    to: str
    what: str
    id: str = ""
    answer: str = ""
    mood: str = ""
    attempt: int = 0


@dataclass
class Log:
    """The file of events; one process writes, one reads."""

    file: Path
    read_up_to: int = field(default=0)

    def write(self, event: Event) -> None:
        """Add a line; it is the kernel's when this returns."""
        with self.file.open("ab", buffering=0) as out:
            out.write(json.dumps(vars(event)).encode() + b"\n")

    def new(self) -> Iterator[Event]:
        """The events since the last call."""
        if not self.file.exists():
            return
        with self.file.open("rb") as lines:
            lines.seek(self.read_up_to)
            for line in lines:
                if not line.endswith(b"\n"):
                    return
                self.read_up_to += len(line)
                yield Event(**json.loads(line))


class Letter(Envelope):
    """A letter on its way in, and how we behave towards it."""

    mood = ""
    attempt = 0
    answered = False


def hang_up(server: SMTP) -> None:
    """Break the connection off."""
    cast(asyncio.Transport, server.transport).abort()


class Relay:
    """What the server does with a letter: a handler of aiosmtpd."""

    def __init__(self, plan: dict[str, Any], log: Log, slow: float) -> None:
        self.moods, self.log, self.slow = plan["moods"], log, slow
        self.holds = {address(blow["letter"]): blow["stage"] for blow in plan["blows"]}
        self.attempts = Counter(event.to for event in log.new() if event.what == "rcpt")

    def note(self, envelope: Letter, what: str, **more: str) -> None:
        """Write an event of this attempt down."""
        self.log.write(
            Event(time.time(), envelope.rcpt_tos[0], what, mood=envelope.mood, attempt=envelope.attempt, **more)
        )

    async def hold(self, address: str, stage: Stage) -> None:
        """Keep the letter where a blow is to fall, the first time it comes there."""
        if self.holds.get(address) == stage and self.attempts[address] == 1:
            await asyncio.sleep(HOLD)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Letter, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT as planned for this attempt."""
        planned, attempt = self.moods.get(address, ()), self.attempts[address]
        envelope.attempt = attempt
        mood = envelope.mood = planned[attempt] if attempt < len(planned) else ""
        self.attempts[address] += 1
        answer = RCPT_ANSWERS.get(mood, "250 OK")
        self.log.write(Event(time.time(), address, "rcpt", answer=answer, mood=mood, attempt=attempt))
        await self.hold(address, Stage.RCPT)
        if mood == Mood.HANG_RCPT:
            await asyncio.sleep(FOREVER)
        if mood == Mood.HANG_UP_RCPT:
            hang_up(server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Letter) -> str:  # noqa: N802
        """Keep the letter or not, and answer as planned."""
        mood, content = envelope.mood, envelope.content
        headers = BytesHeaderParser(policy=default_policy).parsebytes(cast(bytes, content))
        known_as = {"id": str(headers["Message-ID"])}
        self.note(envelope, "text", **known_as)
        answer = DATA_ANSWERS.get(mood, "250 taken")
        if answer.startswith("250") and mood not in DROPPED:
            self.note(envelope, "kept", answer=str(headers["To"]), **known_as)
        await self.hold(envelope.rcpt_tos[0], Stage.DATA)
        await self.delay(server, mood)
        self.note(envelope, "answered", answer=answer, **known_as)
        envelope.answered = True
        return answer

    async def delay(self, server: SMTP, mood: str) -> None:
        """Hang, take long, or hang up: now, or when the answer is out."""
        if mood in {Mood.HANG_DROPPED, Mood.HANG_KEPT}:
            await asyncio.sleep(FOREVER)
        elif mood == Mood.SLOW:
            await asyncio.sleep(self.slow)
        elif mood in {Mood.HANG_UP_DROPPED, Mood.HANG_UP_KEPT}:
            hang_up(server)
            await asyncio.sleep(FOREVER)  # the end of the connection ends this
        elif mood == Mood.HANG_UP_ANSWERED:
            cast(Connection, server).is_at_its_end = True


class Connection(SMTP):
    """A connection that tells when a letter is begun and when the other side goes away in the middle of one."""

    is_at_its_end = False  # hangs up behind its next answer, before anything else can come

    def _create_envelope(self) -> Letter:
        return Letter()

    async def push(self, status: AnyStr) -> None:
        """Answer."""
        await super().push(status)
        if self.is_at_its_end:
            cast(asyncio.Transport, self.transport).close()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Note that the text is about to come; hang up instead of asking for it where that is planned."""
        letter = cast(Letter, self.envelope)
        if letter.rcpt_tos:
            self.event_handler.note(letter, "begun")
            if letter.mood == Mood.HANG_UP_DATA:
                hang_up(self)
                return
        await super().smtp_DATA(arg)

    def connection_lost(self, error: Exception | None) -> None:
        """Note a letter without its answer."""
        letter = cast(Letter | None, self.envelope)  # there is none before the first word
        if letter and letter.rcpt_tos and not letter.answered:
            self.event_handler.note(letter, "lost")
        super().connection_lost(error)


async def serve(port: int, relay: Relay) -> None:
    """Take letters until the end of the process."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(relay, data_size_limit=LARGEST_MESSAGE, ident="relay"), LOOPBACK, port
    )
    async with server:
        await server.serve_forever()


def main(port: str, plan: str, log: str, slow: str) -> None:
    """Serve."""
    os.umask(0o077)
    relay = Relay(json.loads(Path(plan).read_text()), Log(Path(log)), float(slow))
    asyncio.run(serve(int(port), relay))


if __name__ == "__main__":
    main(*sys.argv[1:])
