"""Free TCP ports on the loopback address."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import IO

LOOPBACK = "127.0.0.1"
TRIES = 20


def free_port(wanted: int) -> int:
    """The wanted port, or one of the next, or any that is free."""
    for port in [*range(wanted, wanted + TRIES), 0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no port is free on {LOOPBACK}")


claimed: list[IO[bytes]] = []  # the system lets go of them when this process ends


def claimed_port(wanted: int) -> int:
    """Such a port for a service that this process starts later: no other launcher of this user takes it meanwhile."""
    folder = Path(tempfile.gettempdir()) / f"task-force-portal-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for start in [*range(wanted, wanted + TRIES), 0]:
        port = free_port(start)
        claim = (folder / str(port)).open("wb")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            claim.close()
            continue
        claimed.append(claim)
        return port
    raise OSError(f"no port is free on {LOOPBACK}")
