"""Walk every address as every person and look for what must not be there.

Three oracles:
- *leak*: a mark of the world (a string that stands in exactly one hidden thing) in an answer to a person who may not see it: in the
  body, in a header, inside a spreadsheet;
- *state*: a refused request that wrote to a table all the same;
- *reach*: an address that nobody was able to open is not covered, and fails the walk.
"""

import io
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from django.core.signals import request_finished
from django.db import close_old_connections, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from taskforce.home.matrix.addresses import Address, every_address
from taskforce.home.matrix.world import World

METHODS = ("get", "head", "post", "put", "patch", "delete")
EXPORTS = ("?format=csv", "?format=xlsx")
# Tables that every request may write: who is signed in, limits, what was read.
HOUSEKEEPING = ("django_session", "usersessions_usersession")


@dataclass(frozen=True)
class Finding:
    """Something that must not be."""

    kind: str
    person: str
    method: str
    url: str
    what: str


@dataclass
class Result:
    """The figures of a walk."""

    urls: int = 0
    reached: int = 0
    requests: int = 0
    unreached: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    statuses: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def leaks(self) -> list[Finding]:
        """What was shown to somebody who may not see it."""
        return [finding for finding in self.findings if finding.kind == "leak"]

    @property
    def is_clean(self) -> bool:
        """Whether every address was reached and nothing was found."""
        return not self.unreached and not self.findings

    def figures(self) -> dict[str, Any]:
        """For the JSON file."""
        return {
            "urls": self.urls,
            "reached": self.reached,
            "requests": self.requests,
            "leaks": len(self.leaks),
            "state": len(self.findings) - len(self.leaks),
            "unreached": self.unreached,
            "findings": [asdict(finding) for finding in self.findings],
        }


def walk(world: World, *, methods: Iterable[str] = METHODS, people: Iterable[str] = ()) -> Result:
    """Every address × every person × every method; each request is undone before the next. Less with `methods` or `people`."""
    result, methods = Result(), tuple(methods)
    clients = {name: _client(person) for name, person in world.people.items() if not people or name in people}
    for address in every_address():
        result.urls += 1
        urls = urls_of(address, world)
        opened = [
            _visit(world, result, clients, method, url, world.bodies.get(address.name, {}))
            for url in urls
            for method in _methods(url, methods)
        ]
        if any(opened):
            result.reached += 1
        else:
            result.unreached.append(address.name)
    return result


class Person(Client):
    """A client that begins every request with the cookies of its sign-in, whatever an earlier one did to them."""

    def __init__(self) -> None:
        super().__init__(raise_request_exception=False)
        self.saved_cookies: dict[str, str] = {}


def _client(person: Any) -> Person:
    client = Person()
    if person is not None:
        client.force_login(person, backend="accounts.backends.SignInBackend")
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session.save()
    client.saved_cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    return client


def urls_of(address: Address, world: World) -> list[str]:
    """The address with the arguments of the world, once for each set; lists also as their exports."""
    found = []
    for arguments in world.arguments(address):
        try:
            found.append(reverse(address.name, kwargs=arguments))
        except NoReverseMatch:
            continue
    if not address.arguments:
        found += [url + export for url in found for export in EXPORTS]
    return found


def _methods(url: str, methods: Iterable[str]) -> Iterator[str]:
    return (method for method in methods if "?" not in url or method == "get")


def _visit(
    world: World, result: Result, clients: dict[str, Person], method: str, url: str, body: dict[str, Any]
) -> bool:
    """One URL by one method as everybody; returns whether it opened for anybody."""
    opened = False
    for name, client in clients.items():
        client.cookies = SimpleCookie(client.saved_cookies)
        with undone():
            before = writes()
            response = getattr(client, method)(url, **({"data": body} if method == "post" else {}))
            result.requests += 1
            opened |= _is_answer(response)
            result.findings += _judge(world, name, method, url, response, wrote=writes() - before)
            _close(response)
    return opened


def _close(response: HttpResponse) -> None:
    """Let go of its files without letting go of the database connection, in whose transaction the walk lives."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def _judge(world: World, name: str, method: str, url: str, response: HttpResponse, *, wrote: int) -> Iterator[Finding]:
    shown = text_of(response)
    for mark in world.marks:
        if mark in shown and mark not in url and not world.may_see(name, mark, url):
            yield Finding("leak", name, method, url, mark)
    if response.status_code >= 500:
        yield Finding("error", name, method, url, f"status {response.status_code}")
    if wrote and (response.status_code in {403, 404, 405} or _is_sign_in(response)):
        yield Finding("state", name, method, url, f"refused with {response.status_code} but wrote {wrote} rows")


def _is_answer(response: HttpResponse) -> bool:
    """Whether the page itself answered: with content, or with a refusal of what was typed (422) or of the moment (409)."""
    return (response.status_code < 400 and not _is_sign_in(response)) or response.status_code in {409, 422}


def _is_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response.headers.get("Location", "").startswith("/accounts/login/?")


def text_of(response: HttpResponse) -> str:
    """Everything readable in an answer: headers, body, and the parts of a spreadsheet."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            body = b"\n".join(parts.read(name) for name in parts.namelist())
    headers = "\n".join(f"{key}: {value}" for key, value in response.headers.items())
    return headers + "\n" + body.decode(errors="replace")


class undone(transaction.Atomic):  # noqa: N801 - a context manager that reads like a word
    """A block whose writes are rolled back at its end, whatever happened."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, *error: Any) -> None:
        transaction.set_rollback(True)
        super().__exit__(*error)


def writes() -> int:
    """Rows written so far in this transaction, housekeeping left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables WHERE relname <> ALL(%s)",
            [list(HOUSEKEEPING)],
        )
        return int(cursor.fetchone()[0])
