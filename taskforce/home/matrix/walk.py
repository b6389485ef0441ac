"""Walk every address as every person and look for what must not be there.

Four oracles:
- *leak*: a mark of the world (a string that stands in exactly one hidden thing) reaches a person who may not see it: in a page, a
  header, a redirect, a cookie, a spreadsheet, the text of a PDF, a mail or a task;
- *two_world*: an answer that is another one when nothing but what the person may not see is another, or is not there at all;
- *state*: a refused request, or a mere look, that changed something all the same;
- *reach*: an address that nobody was able to open is not covered, and fails the walk.

What breaks is an *error*, and so is a form that takes an empty answer for a look: it would say nothing of what is missing.
"""

import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from taskforce.home.matrix import other_world, told
from taskforce.home.matrix.addresses import Address, every_address
from taskforce.home.matrix.answers import NORMALISED, Answer, read
from taskforce.home.matrix.state import State, undone
from taskforce.home.matrix.world import MARK, World

METHODS = ("get", "head", "post", "put", "patch", "delete")
LOOKING = ("get", "head")
# Looks that change something, and why they may.
MAY_WRITE = {"mfa_view_recovery_codes": "the library keeps one's own codes anew when they are shown"}
# Answers that tell somebody that a hidden thing is there, and no more of it, and why they may.
MAY_TELL = {
    ("visitor", "account_login"): "which agencies have a sign-in of their own stands on the sign-in page",
    ("visitor", "identity:start"): "the same",
    ("dora", "account_login"): "the same, for one who can sign in no more",
    ("dora", "identity:start"): "the same",
    ("ada", "home:why"): "an administrator may ask about everything by its id",
    ("audrey", "home:why"): "and so may an auditor",
    ("ada", "home:system"): "how many messages and jobs wait is the administrator's to know",
    ("audrey", "home:audit"): "that something happened is the auditor's to know; of what, not its words",
}
EXPORTS = ("format=csv", "format=xlsx")
# Every filter that takes words, asked for what all marks begin with: what is found must not depend on what is hidden.
SEARCH = "&".join(
    f"{name}={MARK}" for name in ("q", "text", "what", "label", "name", "subject", "to", "office", "country")
)
# Addresses that say the same to a look and to what is sent, and why.
MAY_SAY_THE_SAME = {"account_signup": "the library says to both that nobody signs up by themselves"}
TAKEN_FOR_A_LOOK = "what was sent was answered as a mere look"
KINDS = ("leak", "two_world", "state", "error")


@dataclass(frozen=True)
class Finding:
    """Something that must not be."""

    kind: str
    person: str
    method: str
    url: str
    what: str
    address: str = ""


@dataclass
class Result:
    """The figures of a walk."""

    urls: int = 0
    reached: int = 0
    requests: int = 0
    compared: int = 0
    unreached: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    by_address: Counter[str] = field(default_factory=Counter)
    answers: dict[tuple[str, str, str], str] = field(default_factory=dict, repr=False)

    def of(self, kind: str) -> list[Finding]:
        """The findings of one kind."""
        return [finding for finding in self.findings if finding.kind == kind]

    @property
    def leaks(self) -> list[Finding]:
        """What was shown to somebody who may not see it."""
        return self.of("leak")

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
            "two_world": len(self.of("two_world")),
            "two_world_compared": self.compared,
            "state": len(self.of("state")),
            "errors": len(self.of("error")),
            "unreached": self.unreached,
            "normalised": list(NORMALISED),
            "findings": [asdict(finding) for finding in self.findings],
        }


@dataclass
class Walk:
    """A walk through a world: by which methods, as whom, as whom also through the other worlds, to which addresses."""

    world: World
    methods: tuple[str, ...] = METHODS
    people: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    only: Callable[[Address], bool] = lambda address: True
    result: Result = field(default_factory=Result)

    def __post_init__(self) -> None:
        names = self.people or tuple(self.world.people)
        self.clients = {name: _client(self.world.people[name]) for name in names}
        self.state = State()
        self.told = told.Watch(self.world)

    def run(self) -> Result:
        """All addresses; each request is undone before the next."""
        with _quiet():
            for address in filter(self.only, every_address()):
                self._address(address)
            for name in self.compared:
                self._other_worlds(name)
        return self.result

    def _address(self, address: Address) -> None:
        self.result.urls += 1
        opened = [self._visit(address, url) for url in urls_of(address, self.world)]
        if any(opened):
            self.result.reached += 1
        else:
            self.result.unreached.append(address.name)

    def _visit(self, address: Address, url: str) -> bool:
        """One URL by every method as everybody; returns whether it opened for anybody."""
        opened = False
        looks: dict[str, str] = {}
        for method in self.methods:
            for name in self.clients:
                answer = self._ask(address, name, method, url)
                opened |= answer.opened
                if method == "get":
                    looks[name] = answer.normal()
                elif address.name not in MAY_SAY_THE_SAME and _is_a_look(method, answer, looks.get(name)):
                    self.result.findings.append(Finding("error", name, method, url, TAKEN_FOR_A_LOOK, address.name))
                if method == "get" and answer.opened and EXPORTS[0] in answer.text:
                    for query in EXPORTS if name not in self.compared else (*EXPORTS, SEARCH):
                        self._ask(address, name, method, f"{url}?{query}")
        return opened

    def _ask(self, address: Address, name: str, method: str, url: str) -> Answer:
        """One request, judged and undone."""
        self.result.requests += 1
        self.result.by_address[address.name] += 1
        with undone():
            self.state.touch()
            answer = self.send(name, method, url, self.world.bodies.get(address.name, {}))
            found = list(self._judge(address.name, name, method, url, answer))
        self.result.findings += [Finding(kind, name, method, url, what, address.name) for kind, what in found]
        if name in self.compared and method in other_world.METHODS and not self.world.is_own(name, url):
            self.result.answers[name, method, url] = answer.normal()
        return answer

    def send(self, name: str, method: str, url: str, body: dict[str, Any]) -> Answer:
        """The answer to a person, whom no limit of earlier requests holds back."""
        cache.clear()
        client = self.clients[name]
        client.cookies = SimpleCookie(client.saved_cookies)
        return read(getattr(client, method)(url, **({"data": body} if method == "post" else {})))

    def _judge(self, address: str, name: str, method: str, url: str, answer: Answer) -> Iterator[tuple[str, str]]:
        for mark in marks_in(answer.text) - marks_in(url):
            if mark in self.world.marks and not self.world.may_see(name, mark, url):
                yield "leak", mark
        if answer.status >= 500:
            yield "error", f"status {answer.status}"
        touched = self.state.touched()
        if method in LOOKING:
            touched = {table for table in touched if not _is_trace(table)}
        looked = method in LOOKING and address not in MAY_WRITE
        if (looked or answer.refused) and (changed := self.state.changed(touched)):
            yield "state", f"answered {answer.status} but changed {', '.join(changed)}"
        yield from (("leak", what) for what in self.told.since(touched))

    def _other_worlds(self, name: str) -> None:
        """The same requests in worlds that differ only in what the person may not see."""
        hidden = self.world.hidden_from(name)
        before = {key: text for key, text in self.result.answers.items() if key[0] == name}
        names = dict(_names_of(self.world))
        for kind, change in other_world.CHANGES.items():
            with undone():
                change(hidden)
                for (_, method, url), text in before.items():
                    address = names.get(url.partition("?")[0], "")
                    self.result.compared += 1
                    with undone():
                        after = self.send(name, method, url, self.world.bodies.get(address, {})).normal()
                    if after != text and not (change is other_world.remove and (name, address) in MAY_TELL):
                        what = f"{kind}: {other_world.difference(text, after)}"
                        self.result.findings.append(Finding("two_world", name, method, url, what, address))


def _is_a_look(method: str, answer: Answer, look: str | None) -> bool:
    """Whether what was sent was answered with the very page that a look shows."""
    return method == "post" and answer.status == 200 and answer.normal() == look


def walk(
    world: World, *, methods: Iterable[str] = METHODS, people: Iterable[str] = (), compared: Iterable[str] = ()
) -> Result:
    """Every address × every person × every method; less with `methods` or `people`. `compared` go through the other worlds too."""
    return Walk(world, tuple(methods), tuple(people), tuple(compared)).run()


def marks_in(text: str) -> set[str]:
    """All marks that stand in a text."""
    return set(MARKS.findall(text))


MARKS = re.compile(MARK + r"[\w.+-]*?-[0-9a-f]{8}(?![0-9a-f])")


def _names_of(world: World) -> Iterator[tuple[str, str]]:
    return ((url, address.name) for address in every_address() for url in urls_of(address, world))


def _is_trace(table: str) -> bool:
    """Whether the table keeps what happened: a look may be noted there."""
    return table.endswith("event") or table in {"pghistory_context", "core_link"}


@contextmanager
def _quiet() -> Iterator[None]:
    """Refusals are what the walk is for: none of them goes to the log."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


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
    """The address with the arguments of the world, once for each set."""
    found = []
    for arguments in world.arguments(address):
        try:
            found.append(reverse(address.name, kwargs=arguments))
        except NoReverseMatch:
            continue
    return list(dict.fromkeys(found))
