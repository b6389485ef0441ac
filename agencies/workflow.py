"""The statuses of a nomination, and the table of its legal moves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core import tags
from core.tags import State
from core.workflow import Move, Workflow


class NominationStatus(models.TextChoices):
    """How far a nomination is. From `active` on the membership speaks for itself, and ends with its last day."""

    NOMINATED = "nominated", _("Nominated")
    ACCEPTED = "accepted", _("Accepted")
    ACTIVE = "active", _("Active")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


S = NominationStatus
OPEN = (S.NOMINATED, S.ACCEPTED)
STATES = tags.register(
    "nomination",
    {
        S.NOMINATED: State(S.NOMINATED.label, "yellow"),
        S.ACCEPTED: State(S.ACCEPTED.label, "blue"),
        S.ACTIVE: State(S.ACTIVE.label, "green"),
        S.DECLINED: State(S.DECLINED.label, "red"),
        S.WITHDRAWN: State(S.WITHDRAWN.label, "grey"),
    },
)
ANSWER = "agencies.answer_nomination"
NOMINATE = "agencies.nominate_member"
SEAT = "agencies.change_membership"

NOMINATION = Workflow(
    (
        Move("accept", frozenset({S.NOMINATED}), S.ACCEPTED, ANSWER, _("Accept")),
        Move("decline", frozenset({S.NOMINATED}), S.DECLINED, ANSWER, _("Decline")),
        Move("seat", frozenset({S.ACCEPTED}), S.ACTIVE, SEAT, _("Let the membership begin")),
        Move(
            "withdraw",
            frozenset(OPEN),
            S.WITHDRAWN,
            NOMINATE,
            _("Withdraw"),
            on=lambda nomination: nomination.chairs,
        ),
    )
)
