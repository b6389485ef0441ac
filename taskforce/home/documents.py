"""What stands on the dashboard."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agencies.models import Absence

SOON = 14  # days: what is due later does not need anybody yet


def deadline_state(days: int) -> str:
    """The tag of kind “deadline” for so many days left."""
    if days < 0:
        return "overdue"
    if days == 0:
        return "today"
    return "soon" if days <= SOON else "later"


@dataclass(frozen=True)
class Need:
    """Something that waits for the reader. Without a deadline it simply waits."""

    what: str
    url: str
    about: str = ""  # kind, party: what tells it from others
    due_on: dt.date | None = None
    zone: str = ""
    days: int | None = None

    @property
    def state(self) -> str:
        """The tag of kind “deadline”."""
        return "none" if self.days is None else deadline_state(self.days)

    @property
    def is_urgent(self) -> bool:
        """Overdue, due soon, or without a deadline."""
        return self.days is None or self.days <= SOON

    @property
    def late(self) -> int:
        """Days since the deadline."""
        return -(self.days or 0)


@dataclass(frozen=True)
class News:
    """Something that happened."""

    at: dt.datetime
    what: str
    url: str = ""
    about: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a block: a figure or a date beside what it is about."""

    label: str
    value: str = ""
    url: str = ""
    bad: bool = False


@dataclass(frozen=True)
class Block:
    """A card beside the needs; `empty` says that all is well when it has no lines."""

    title: str
    empty: str
    lines: tuple[Line, ...] = ()
    url: str = ""
    more: str = ""


@dataclass(frozen=True)
class Dashboard:
    """The whole page of one person on one day."""

    roles: tuple[str, ...]
    has_part: bool  # whether any role or seat brings work
    urgent: tuple[Need, ...]
    later: tuple[Need, ...]
    later_count: int
    news: tuple[News, ...]
    news_since: dt.datetime
    first_visit: bool
    absence: Absence | None = None  # the reader's own, today
    stands_in: tuple[Absence, ...] = ()  # for whom the reader stands in today
    blocks: tuple[Block, ...] = ()
    sees_system: bool = False

    @property
    def overdue(self) -> int:
        """How many needs are overdue."""
        return sum(need.state == "overdue" for need in self.urgent)
