"""A small world for the access matrix: two agencies, every sort of person, and hidden things that each carry a mark.

A mark is a string that stands in exactly one thing. The world says who may see it, in plain sets written by hand: the matrix must
not ask the very code that it checks.
"""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group

from accounts.models import User
from agencies.models import Capacity
from core.dates import span
from taskforce.home.matrix.addresses import Address

MARK = "mark-"  # every mark begins so, and nothing else in the world does
OWN_DATA = "/people/me/data/"  # everybody reads what is kept about them, former people too
SINCE = span(dt.date(2010, 1, 1))
Arguments = dict[str, Any]

# Who is who. Alice and Bob sit for agency A (a co-chair), Charlie and Paula for agency B; others hold roles of the house; the
# stranger is signed in and holds nothing; the visitor is not signed in.
SEATS = {
    "alice": ("A", Capacity.FOCAL_POINT),
    "bob": ("A", Capacity.ALTERNATE),
    "charlie": ("B", Capacity.FOCAL_POINT),
    "paula": ("B", Capacity.PRINCIPAL),
}
# Who had rights and has none any more: Eve's seat in A ended yesterday, Mia's agency D left the mechanism yesterday, Dora sits for
# A and is deactivated, Tom's role of the house ended yesterday.
FORMER = ("eve", "mia", "dora", "tom")
ROLES = {
    "sam": "secretariat",
    "lea": "secretariat_lead",
    "ada": "administrator",
    "otto": "observer",
    "audrey": "auditor",
}
A_TEAM = {"alice", "bob"}
B_TEAM = {"charlie", "paula"}
HOUSE = {"sam", "lea"}
MEMBERS = {*SEATS, *ROLES}


@dataclass
class World:
    """People, marks with those who may see them, the arguments that open addresses and the forms some of them need."""

    people: dict[str, User | None] = field(default_factory=lambda: {"visitor": None})
    marks: dict[str, set[str]] = field(default_factory=dict)
    subjects: dict[str, list[Arguments]] = field(default_factory=dict)
    links: dict[str, set[str]] = field(default_factory=dict)
    bodies: dict[str, Arguments] = field(default_factory=dict)
    own: dict[str, set[str]] = field(default_factory=dict)  # what the data kept about a person say, to this person

    def mark(self, word: str, *readers: str) -> str:
        """A new mark that only `readers` may see."""
        mark = f"{MARK}{word}-{uuid.uuid4().hex[:8]}"
        self.marks[mark] = set(readers)
        return mark

    def holds_link(self, url: str, *words: str) -> None:
        """Whoever has this link, signed in or not, may see at its address the marks with these words."""
        self.links[url] = {mark for mark in self.marks if mark.rpartition("-")[0].removeprefix("mark-") in words}

    def hidden_from(self, name: str) -> list[str]:
        """The marks that a person may see nowhere, unless they hold a link."""
        return [mark for mark, readers in self.marks.items() if name not in readers]

    def is_own(self, name: str, url: str) -> bool:
        """Whether the address itself is a right to see something: a link, or what is kept about a person, for this person."""
        return url.startswith(tuple(self.links)) or (url.startswith(OWN_DATA) and name in self.own)

    def may_see(self, name: str, mark: str, url: str) -> bool:
        """Whether a person may see a mark at an address."""
        if url.startswith(OWN_DATA) and mark in self.own.get(name, set()):
            return True
        by_link = any(url.startswith(link) and mark in marks for link, marks in self.links.items())
        return by_link or name in self.marks[mark]

    def person(self, name: str) -> User:
        """Somebody who signs in."""
        person = self.people[name]
        assert person is not None  # noqa: S101 - only the visitor is nobody
        return person

    def opens(self, family: str, *objects: Any, **more: Any) -> None:
        """The address of this name, or every other one of the app `app:`, opens with the id of each object, and with `more`."""
        self.subjects.setdefault(family, []).extend({"pk": thing.pk, **more} for thing in objects)

    def arguments(self, address: Address) -> list[Arguments]:
        """The sets of arguments to try: those of the address by its name, else those of its app."""
        if not address.arguments:
            return [{}]
        app = address.name.partition(":")[0] + ":"
        found = self.subjects.get(address.name) or self.subjects.get(app, [])
        return [{name: given[name] for name in address.arguments if name in given} for given in found]


def group(letter: str) -> Group:
    """The group of agency A or B."""
    return Group.objects.select_related("agency").get(name=f"matrix {letter}")
