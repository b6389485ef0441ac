"""Status tags from one registry: state → word, colour, order.

An app names its states once, next to its statuses:

    states = tags.register("letter", {
        Status.DRAFT: State(_("Draft"), "grey"),
        Status.CLEARED: State(_("Cleared"), "blue"),
    })

and templates say `{% tag "letter" letter.status %}`. The order of the table is the order in which lists sort and count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Colour = Literal["grey", "blue", "teal", "green", "yellow", "orange", "red", "purple"]
COLOURS: tuple[str, ...] = get_args(Colour)

_registry: dict[str, dict[str, State]] = {}


@dataclass(frozen=True)
class State:
    """How one state looks: the word carries the meaning, the colour only helps."""

    word: str | _StrPromise
    colour: Colour = "grey"


def register(kind: str, states: Mapping[str, State]) -> dict[str, State]:
    """Name the states of one kind of object, in their order. A kind is named once; a second table is an error."""
    table = {str(state): look for state, look in states.items()}
    if _registry.get(kind, table) != table:
        raise ValueError(f"The states of “{kind}” are registered already.")
    for look in table.values():
        if look.colour not in COLOURS:
            raise ValueError(f"“{look.colour}” is no colour of a tag: {', '.join(COLOURS)}.")
    _registry[kind] = table
    return table


def state(kind: str, value: object) -> State:
    """The look of a state. An unknown one is a defect of the caller: KeyError."""
    return _registry[kind][str(value)]


def order(kind: str) -> list[str]:
    """The states of a kind in their order."""
    return list(_registry[kind])


def kinds() -> dict[str, dict[str, State]]:
    """Every registered kind with its states, for the component page and the tests."""
    return {kind: dict(table) for kind, table in _registry.items()}


TASK = register(
    "task",
    {
        "blocked": State(_("Cannot start yet"), "grey"),
        "todo": State(_("To do"), "blue"),
        "doing": State(_("In progress"), "teal"),
        "overdue": State(_("Overdue"), "red"),
        "done": State(_("Done"), "green"),
    },
)

JOB = register(
    "job",
    {
        "queued": State(_("Waiting"), "grey"),
        "running": State(_("Running"), "blue"),
        "done": State(_("Done"), "green"),
        "failed": State(_("Failed"), "red"),
        "cancelled": State(_("Cancelled"), "yellow"),
    },
)

MESSAGE = register(
    "message",
    {
        "uncertain": State(_("Uncertain"), "orange"),
        "refused": State(_("Refused"), "red"),
        "bounced": State(_("Came back"), "red"),
        "held": State(_("Held"), "yellow"),
        "queued": State(_("Queued"), "grey"),
        "in_flight": State(_("Being handed over"), "blue"),
        "handed_over": State(_("Handed to relay"), "green"),
        "cancelled": State(_("Cancelled"), "purple"),
    },
)

DEADLINE = register(
    "deadline",
    {
        "overdue": State(_("Overdue"), "red"),
        "today": State(_("Due today"), "orange"),
        "soon": State(_("Due soon"), "yellow"),
        "later": State(_("Open"), "blue"),
        "none": State(_("To do"), "blue"),
        "closed": State(_("Done"), "green"),
    },
)
