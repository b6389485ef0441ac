"""What a provider answers is believed only when it is proved; a server that lies is asked here, over real HTTP."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from requests import RequestException

from agencies.identity import issuer, reaching
from agencies.identity.reaching import LARGEST

KEY, STRANGE = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _number in range(2))


@dataclass
class Liar:
    """A server that answers what it is told, and remembers what it was asked."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    send: Callable[[Callable[[bytes], object], bytes], object] = lambda write, data: write(data)

    def config(self, **changes: str) -> dict[str, str]:
        """An honest description of itself, with changes."""
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
        return {"issuer": self.url, **{name: f"{self.url}/{name}" for name in names}} | changes

    def token(self, key: Any = KEY, algorithm: str = "RS256", kid: str = "1", **changes: Any) -> str:
        """An ID token for the portal, with changes; None takes a claim away."""
        now = int(time.time())
        claims = {"iss": self.url, "sub": "a-1", "aud": "portal", "iat": now, "exp": now + 60} | changes
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(said, key, algorithm, headers={"kid": kid})

    def prove(self, token: str) -> dict[str, Any]:
        """What the portal makes of it."""
        return issuer.prove(token, self.config(), "portal")


@pytest.fixture(autouse=True)
def _on_this_machine(settings) -> None:
    """The server of the tests is no public one."""
    settings.PRIVATE_ISSUERS = True


@pytest.fixture
def liar() -> Iterator[Liar]:
    """It begins as an honest provider."""
    told = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            answer = told.answers.get(self.path, {})
            self.send_response(302 if isinstance(answer, str) else 200)
            if isinstance(answer, str):
                self.send_header("Location", answer)
            self.end_headers()
            told.send(self.wfile.write, json.dumps(answer).encode())

        def log_message(self, *_words: Any) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {"kid": "1", "use": "sig"}
    told.answers = {"/.well-known/openid-configuration": told.config(), "/jwks_uri": {"keys": [public]}}
    yield told
    server.shutdown()
    server.server_close()


def test_an_honest_provider_is_believed(liar: Liar):
    assert issuer.discover(liar.url) == liar.config()
    assert liar.prove(liar.token())["sub"] == "a-1"


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://other.example.org"},
        {"token_endpoint": "https://other.example.org/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": ""},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_points_elsewhere_is_not(liar: Liar, lie):
    liar.answers["/.well-known/openid-configuration"] = liar.config(**lie)

    with pytest.raises(issuer.Untrue):
        issuer.discover(liar.url)


def test_no_object_is_no_description(liar: Liar):
    liar.answers["/.well-known/openid-configuration"] = ["nothing"]

    with pytest.raises(issuer.Untrue):
        issuer.discover(liar.url)


def test_a_redirect_is_not_followed(liar: Liar):
    liar.answers["/.well-known/openid-configuration"] = f"{liar.url}/elsewhere"

    with pytest.raises(RequestException):
        issuer.discover(liar.url)
    assert liar.asked == ["/.well-known/openid-configuration"]


def test_another_host_is_never_asked(liar: Liar):
    with pytest.raises(issuer.Untrue):
        issuer.read(f"{liar.url}/jwks_uri", "https://id.example.org")
    assert liar.asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"key": STRANGE},
        {"kid": "2"},
        {"key": "k" * 64, "algorithm": "HS256"},
        {"key": None, "algorithm": "none"},
        {"iss": "https://other.example.org"},
        {"aud": "another client"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"sub": "a" * 256},
        {"sub": "a\0"},
        {"iat": None},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_a_token_that_is_not_proved_is_refused(liar: Liar, changes):
    with pytest.raises(issuer.Untrue):
        liar.prove(liar.token(**changes))


@pytest.mark.parametrize("nonsense", ["", "no token", "a.b.c"])
def test_what_is_no_token_is_refused(liar: Liar, nonsense):
    with pytest.raises(issuer.Untrue):
        liar.prove(nonsense)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1",
        "http://127.1",
        "http://[::1]",
        "http://[::ffff:127.0.0.1]",
        "http://10.0.0.8",
        "http://192.168.1.1",
        "http://169.254.169.254",
        "http://[fe80::1]",
        "http://[fd00::1]",
        "http://0.0.0.0",
        "http://100.64.0.1",
        "http://224.0.0.1",
        "http://localhost",
    ],
)
def test_no_neighbour_of_the_portal_is_asked(liar: Liar, settings, address: str):
    settings.PRIVATE_ISSUERS = False

    with pytest.raises(RequestException, match="not reached from outside"):
        issuer.discover(f"{address}:{urlsplit(liar.url).port}")
    assert liar.asked == []


def test_a_name_is_looked_up_once_and_that_address_is_asked(liar: Liar, settings, monkeypatch):
    """A name that stands for a public address at the first look and for a neighbour at the second leads to no neighbour."""
    settings.PRIVATE_ISSUERS = False
    looked, answers = [], iter(["8.8.8.8", "127.0.0.1"])

    def look_up(host: str, port: int, *_args: Any, **_more: Any) -> list[Any]:
        looked.append(host)
        if host == "8.8.8.8":
            raise socket.gaierror("far away")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(RequestException):
        issuer.discover(f"http://id.example.org:{urlsplit(liar.url).port}")
    assert looked == ["id.example.org", "8.8.8.8"]
    assert liar.asked == []


def test_an_endless_answer_is_cut_off(liar: Liar):
    liar.answers["/.well-known/openid-configuration"] = liar.config(more="x" * LARGEST)

    with pytest.raises(RequestException):
        issuer.discover(liar.url)


def test_an_answer_that_trickles_is_not_waited_for(liar: Liar, monkeypatch):
    monkeypatch.setattr(reaching, "WHOLE", 0.3)

    def trickle(write: Callable[[bytes], object], data: bytes) -> None:
        for byte in data * 100:
            write(bytes([byte]))
            time.sleep(0.02)

    liar.send = trickle
    with pytest.raises(RequestException):
        issuer.discover(liar.url)
