"""The sink of the benchmark of dispatches: `python -m taskforce.local.bench.sink aiosmtpd|lean PORT`. NOOP says how many it took."""

import asyncio
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session

from taskforce.local.ports import LOOPBACK

LARGEST = 40 * 1024 * 1024  # bytes


class Counter:
    """A handler of aiosmtpd that counts and forgets."""

    taken = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        """Take it."""
        self.taken += 1
        return "250 taken"

    async def handle_NOOP(self, _server: SMTP, _session: Session, _envelope: Envelope, _arg: str) -> str:  # noqa: N802
        """Tell the number."""
        return f"250 {self.taken}"


class Lean(asyncio.Protocol):
    """As little SMTP as a client needs: it looks for the end of each command and of each message."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a socket's
        self.transport, self.heard, self.in_text = transport, bytearray(), False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        self.heard += data
        while self.take_text() if self.in_text else self.take_command():
            pass

    def take_text(self) -> bool:
        """Whether a message was complete."""
        if not self.heard.endswith(b"\r\n.\r\n"):
            return False
        self.heard.clear()
        Lean.taken += 1
        self.in_text = False
        self.transport.write(b"250 taken\r\n")
        return True

    def take_command(self) -> bool:
        """Whether a command was complete."""
        line, end, rest = self.heard.partition(b"\r\n")
        if not end:
            return False
        self.heard = rest
        verb = bytes(line[:4]).upper()
        self.in_text = verb == b"DATA"
        self.transport.write(ANSWERS.get(verb, f"250 {Lean.taken}\r\n".encode()))
        return True


ANSWERS = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


async def serve(kind: str, port: int) -> None:
    """Take mail until the end of the process."""
    counter = Counter()
    protocol = Lean if kind == "lean" else lambda: SMTP(counter, data_size_limit=LARGEST)
    server = await asyncio.get_running_loop().create_server(protocol, LOOPBACK, port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
