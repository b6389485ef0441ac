"""Free TCP ports on the loopback address."""

import socket

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
