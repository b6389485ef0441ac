"""A letter's statuses and the table of legal moves."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from core import tags
from core.tags import State
from core.workflow import Move, Workflow

if TYPE_CHECKING:
    from taskforce.letters.models import Letter


class Status(models.TextChoices):
    """Where a letter stands."""

    DRAFT = "draft", _("Draft")
    IN_CLEARANCE = "in_clearance", _("In clearance")
    CLEARED = "cleared", _("Cleared")
    DISPATCHING = "dispatching", _("Dispatching")
    DISPATCHED = "dispatched", _("Dispatched")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ClearanceState(models.TextChoices):
    """What a co-chair said."""

    ASKED = "asked", _("Asked")
    CLEARED = "cleared", _("Cleared")
    OBJECTED = "objected", _("Objected")
    WITHDRAWN = "withdrawn", _("Withdrawn by a change")


STATES = tags.register(
    "letter",
    {
        Status.DRAFT: State(Status.DRAFT.label, "grey"),
        Status.IN_CLEARANCE: State(Status.IN_CLEARANCE.label, "yellow"),
        Status.CLEARED: State(Status.CLEARED.label, "blue"),
        Status.DISPATCHING: State(Status.DISPATCHING.label, "teal"),
        Status.DISPATCHED: State(Status.DISPATCHED.label, "green"),
        Status.CLOSED: State(Status.CLOSED.label, "purple"),
        Status.WITHDRAWN: State(Status.WITHDRAWN.label, "red"),
    },
)
CHANGEABLE = frozenset({Status.DRAFT, Status.IN_CLEARANCE, Status.CLEARED})
CURRENT = frozenset({ClearanceState.ASKED, ClearanceState.CLEARED, ClearanceState.OBJECTED})
GONE_OUT = frozenset({Status.DISPATCHING, Status.DISPATCHED, Status.CLOSED})


def _not_ready(letter: "Letter") -> str:
    return next(iter(letter.missing()), "")


def _not_cleared(letter: "Letter") -> str:
    return "" if letter.is_cleared() else str(_("Not every co-chair has cleared this text."))


def _too_late(letter: "Letter") -> str:
    return str(_("The date by which answers are asked for has passed.")) if letter.deadline_is_over() else ""


def _gone_out(letter: "Letter") -> str:
    return (
        str(_("Some offices have it already, or soon will: a letter that went out is not changed."))
        if letter.gone_out()
        else ""
    )


def _not_gone_out(letter: "Letter") -> str:
    return "" if letter.gone_out() else str(_("It has not gone out to anybody."))


LETTER = Workflow(
    [
        Move(
            "submit",
            frozenset({Status.DRAFT}),
            Status.IN_CLEARANCE,
            "letters.change_letter",
            _("Submit for clearance"),
            _not_ready,
        ),
        Move(
            "clear",
            frozenset({Status.IN_CLEARANCE}),
            Status.CLEARED,
            "letters.clear_letter",
            _("Clear"),
            _not_cleared,
        ),
        Move(
            "revise",
            frozenset({Status.IN_CLEARANCE, Status.CLEARED}),
            Status.DRAFT,
            "letters.change_letter",
            _("Take back to draft"),
            _gone_out,
        ),
        Move(
            "dispatch",
            frozenset({Status.CLEARED, Status.DISPATCHED}),
            Status.DISPATCHING,
            "letters.dispatch_letter",
            _("Dispatch"),
            lambda letter: _not_cleared(letter) or _too_late(letter),
        ),
        Move(
            "cancel",
            frozenset({Status.DISPATCHING}),
            Status.CLEARED,
            "letters.dispatch_letter",
            _("Stop the dispatch"),
        ),
        Move("finish", frozenset({Status.DISPATCHING}), Status.DISPATCHED, "", _("Dispatched")),
        Move(
            "withdraw",
            frozenset({Status.DRAFT, Status.IN_CLEARANCE, Status.CLEARED}),
            Status.WITHDRAWN,
            "letters.change_letter",
            _("Withdraw"),
            _gone_out,
        ),
        Move(
            "close",
            frozenset({Status.CLEARED, Status.DISPATCHED}),
            Status.CLOSED,
            "letters.change_letter",
            _("Close"),
            _not_gone_out,
        ),
    ]
)
