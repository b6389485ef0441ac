"""A letter's statuses and the table of legal moves."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from core import tags
from core.dates import today
from core.tags import State
from core.workflow import Move, Workflow

if TYPE_CHECKING:
    from taskforce.letters.models import Letter


class Status(models.TextChoices):
    """Where a letter stands."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    IN_CLEARANCE = "in_clearance", _("In clearance")
    IN_SIGNATURE = "in_signature", _("In signature")
    READY = "ready", _("Ready to send")
    DISPATCHING = "dispatching", _("Dispatching")
    DISPATCHED = "dispatched", _("Dispatched")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ClearanceState(models.TextChoices):
    """What a co-chair said."""

    ASKED = "asked", _("Asked")
    CLEARED = "cleared", _("Cleared")
    RESERVED = "reserved", _("Cleared with a reservation")
    SILENT = "silent", _("Silent: no objection")
    OBJECTED = "objected", _("Objected")
    WITHDRAWN = "withdrawn", _("Withdrawn by a change")


class SigningState(models.TextChoices):
    """How far one signature is."""

    OPEN = "open", _("Not asked yet")
    ASKED = "asked", _("Asked")
    SIGNED = "signed", _("Signed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn by a change")


STATES = tags.register(
    "letter",
    {
        Status.DRAFT: State(Status.DRAFT.label, "grey"),
        Status.IN_REVIEW: State(Status.IN_REVIEW.label, "teal"),
        Status.IN_CLEARANCE: State(Status.IN_CLEARANCE.label, "yellow"),
        Status.IN_SIGNATURE: State(Status.IN_SIGNATURE.label, "orange"),
        Status.READY: State(Status.READY.label, "blue"),
        Status.DISPATCHING: State(Status.DISPATCHING.label, "teal"),
        Status.DISPATCHED: State(Status.DISPATCHED.label, "green"),
        Status.CLOSED: State(Status.CLOSED.label, "purple"),
        Status.WITHDRAWN: State(Status.WITHDRAWN.label, "red"),
    },
)
BEFORE_CLEARANCE = frozenset({Status.DRAFT, Status.IN_REVIEW})
CLEARING = frozenset({Status.IN_CLEARANCE, Status.IN_SIGNATURE, Status.READY})
CHANGEABLE = BEFORE_CLEARANCE | CLEARING
AGREED = frozenset({ClearanceState.CLEARED, ClearanceState.RESERVED, ClearanceState.SILENT})
CURRENT = AGREED | {ClearanceState.ASKED, ClearanceState.OBJECTED}
ASKED_TO_SIGN = frozenset({SigningState.ASKED, SigningState.SIGNED, SigningState.DECLINED})
UNSIGNED = frozenset({SigningState.OPEN, SigningState.ASKED, SigningState.DECLINED})
GONE_OUT = frozenset({Status.DISPATCHING, Status.DISPATCHED, Status.CLOSED})


def _not_ready(letter: "Letter") -> str:
    return next(iter(letter.missing()), "")


def _nobody_reviews(letter: "Letter") -> str:
    return "" if letter.co_chairs(today()) else str(_("The mechanism has no chair who could review it."))


def _not_cleared(letter: "Letter") -> str:
    return "" if letter.is_cleared() else str(_("Not every co-chair has cleared this text."))


def _not_signed(letter: "Letter") -> str:
    return "" if letter.is_signed() else str(_("Not every signatory has signed this text."))


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


def _was_out(letter: "Letter") -> str:
    return _gone_out(letter) or (str(_("It was dispatched before.")) if letter.was_dispatched() else "")


LETTER = Workflow(
    [
        Move(
            "review",
            frozenset({Status.DRAFT}),
            Status.IN_REVIEW,
            "letters.change_letter",
            _("Put before the co-chairs for review"),
            _nobody_reviews,
        ),
        Move(
            "submit",
            BEFORE_CLEARANCE,
            Status.IN_CLEARANCE,
            "letters.change_letter",
            _("Submit for clearance"),
            _not_ready,
        ),
        Move(
            "clear",
            frozenset({Status.IN_CLEARANCE}),
            Status.IN_SIGNATURE,
            "letters.clear_letter",
            _("Clear"),
            _not_cleared,
        ),
        Move(
            "adopt",
            frozenset({Status.IN_CLEARANCE}),
            Status.IN_SIGNATURE,
            "",
            _("Adopted by silence"),
            _not_cleared,
        ),
        Move("sign", frozenset({Status.IN_SIGNATURE}), Status.READY, "", _("Signed"), _not_signed),
        Move(
            "revise",
            CLEARING | {Status.IN_REVIEW},
            Status.DRAFT,
            "letters.change_letter",
            _("Take back to draft"),
            _gone_out,
        ),
        Move(
            "dispatch",
            frozenset({Status.READY, Status.DISPATCHED}),
            Status.DISPATCHING,
            "letters.dispatch_letter",
            _("Dispatch"),
            lambda letter: _not_cleared(letter) or _too_late(letter),
        ),
        Move(
            "reissue",
            frozenset({Status.DISPATCHED}),
            Status.DISPATCHING,
            "letters.dispatch_letter",
            _("Issue again to successors"),
            _not_cleared,
        ),
        Move(
            "cancel",
            frozenset({Status.DISPATCHING}),
            Status.READY,
            "letters.dispatch_letter",
            _("Stop the dispatch"),
            _was_out,
        ),
        Move(
            "halt",
            frozenset({Status.DISPATCHING}),
            Status.DISPATCHED,
            "letters.dispatch_letter",
            _("Stop the dispatch"),
        ),
        Move("finish", frozenset({Status.DISPATCHING}), Status.DISPATCHED, "", _("Dispatched")),
        Move("withdraw", CHANGEABLE, Status.WITHDRAWN, "letters.change_letter", _("Withdraw"), _gone_out),
        Move(
            "close",
            frozenset({Status.DISPATCHED}),
            Status.CLOSED,
            "letters.change_letter",
            _("Close"),
            _not_gone_out,
        ),
    ]
)
