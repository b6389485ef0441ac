"""How the portal reaches an identity provider: directly, at a public address, for a short while and for a few bytes.

An administrator types an address, and the portal asks it from inside the house: without this it could be led to ask its own
neighbours. What a name stands for is looked up once, and that very address is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from requests import ConnectionError as NotReached
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

PATIENCE = 5.0  # seconds to connect, and between two parts of an answer
WHOLE = 10.0  # seconds for an answer
LARGEST = 1_000_000  # bytes
CHUNK = 65_536


class Nearby(OSError):
    """The address lies in a network of the house."""


def public_address(host: str, port: int) -> str:
    """The first address of the host that anybody on the internet may reach. Raises Nearby, OSError, UnicodeError."""
    for *_kind, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        inside = getattr(address, "ipv4_mapped", None) or address
        if settings.PRIVATE_ISSUERS or (inside.is_global and not inside.is_multicast):
            return str(place[0])
    raise Nearby(f"{host} is not reached from outside")


def lies_nearby(url: str) -> bool:
    """Whether the host of an address is one of the house; not where nobody knows it."""
    try:
        parts = urlsplit(url)
        public_address(parts.hostname or "", parts.port or 443)
    except Nearby:
        return True
    except (OSError, ValueError):
        return False
    return False


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self, super()._new_conn)


class _Secret(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self, super()._new_conn)


def _connected(connection: Any, connect: Any) -> socket.socket:
    """Connect to the address that was checked; the certificate is that of the name."""
    name = connection._dns_host  # noqa: SLF001
    connection._dns_host = public_address(name, connection.port)  # noqa: SLF001
    try:
        found: socket.socket = connect()
        return found
    finally:
        connection._dns_host = name  # noqa: SLF001


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecretPool(HTTPSConnectionPool):
    ConnectionCls = _Secret


class Careful(HTTPAdapter):
    """Asks public addresses only, and takes no endless answer."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """With our connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecretPool}

    def send(self, request: PreparedRequest, *_args: Any, **options: Any) -> Response:
        """The whole answer. Raises NotReached where it is too long, or takes too long."""
        response = super().send(
            request, **{**options, "stream": True, "timeout": (PATIENCE, PATIENCE), "proxies": None}
        )
        try:
            response._content = _read(response)  # noqa: SLF001
        finally:
            response.close()
        return response


def _read(response: Response) -> bytes:
    found, ends = b"", time.monotonic() + WHOLE
    while part := response.raw.read1(CHUNK, decode_content=True):
        found += part
        if len(found) > LARGEST or time.monotonic() > ends:
            raise NotReached("too long an answer")
    return found


def careful(session: Session) -> Session:
    """The session, made careful: no proxy, no other place, no other way than these."""
    session.trust_env, session.max_redirects = False, 0
    for scheme in ("https://", "http://"):
        session.mount(scheme, Careful())
    return session
