"""The statuses of an assessment and of a contribution, and the tables of legal moves."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import tags
from core.tags import State
from core.workflow import Move, Workflow


class Status(models.TextChoices):
    """How far an assessment is."""

    PLANNED = "planned", _("Planned")
    COLLECTION = "data_collection", _("Data collection")
    DRAFTING = "drafting", _("Drafting")
    REVIEW = "review", _("In review")
    CLEARED = "cleared", _("Cleared")
    PUBLISHED = "published", _("Published")
    CANCELLED = "cancelled", _("Cancelled")


FIXED = (Status.CLEARED, Status.PUBLISHED, Status.CANCELLED)


class CellState(models.TextChoices):
    """How far an answer is. Blank is shown as unanswered, never hidden."""

    BLANK = "blank", _("Unanswered")
    DRAFT = "draft", _("Draft")
    AGREED = "agreed", _("Agreed")


class ContributionStatus(models.TextChoices):
    """How far a contribution is."""

    ASKED = "asked", _("Asked")
    RECEIVED = "received", _("Received")
    RETURNED = "returned", _("Returned")
    ACCEPTED = "accepted", _("Accepted")
    WITHDRAWN = "withdrawn", _("Withdrawn")


tags.register(
    "assessment",
    {
        Status.PLANNED: State(Status.PLANNED.label, "grey"),
        Status.COLLECTION: State(Status.COLLECTION.label, "teal"),
        Status.DRAFTING: State(Status.DRAFTING.label, "yellow"),
        Status.REVIEW: State(Status.REVIEW.label, "purple"),
        Status.CLEARED: State(Status.CLEARED.label, "blue"),
        Status.PUBLISHED: State(Status.PUBLISHED.label, "green"),
        Status.CANCELLED: State(Status.CANCELLED.label, "red"),
    },
)
tags.register(
    "contribution",
    {
        "overdue": State(_("Overdue"), "red"),
        ContributionStatus.RETURNED: State(ContributionStatus.RETURNED.label, "orange"),
        ContributionStatus.ASKED: State(ContributionStatus.ASKED.label, "blue"),
        ContributionStatus.RECEIVED: State(ContributionStatus.RECEIVED.label, "teal"),
        ContributionStatus.ACCEPTED: State(ContributionStatus.ACCEPTED.label, "green"),
        ContributionStatus.WITHDRAWN: State(ContributionStatus.WITHDRAWN.label, "grey"),
    },
)

OPEN = (ContributionStatus.ASKED, ContributionStatus.RECEIVED, ContributionStatus.RETURNED)
OWED = (ContributionStatus.ASKED, ContributionStatus.RETURNED)


def drafts_remain(assessment: Any) -> str:
    """Why an assessment cannot be cleared yet: an answer is agreed or openly unanswered, never half-way."""
    drafts: int = assessment.count_drafts()
    if not drafts:
        return ""
    return ngettext(
        "%(drafts)d answer is still a draft. Agree it, or leave it unanswered.",
        "%(drafts)d answers are still drafts. Agree them, or leave them unanswered.",
        drafts,
    ) % {"drafts": drafts}


def contributions_remain(assessment: Any) -> str:
    """Why an assessment cannot end yet, published or cancelled: somebody still owes or awaits something."""
    if assessment.contributions.filter(status__in=OPEN).exists():
        return now("A contribution is still open. Accept or withdraw it.")
    return ""


def unfinished(assessment: Any) -> str:
    """Why an assessment cannot be published yet."""
    return drafts_remain(assessment) or contributions_remain(assessment)


CHANGE = "assessments.change_assessment"
CLEAR = "assessments.clear_assessment"
CONTRIBUTE = "assessments.change_contribution"

ASSESSMENT = Workflow(
    [
        Move(
            "start_collection", frozenset({Status.PLANNED}), Status.COLLECTION, CHANGE, label=_("Start data collection")
        ),
        Move("start_drafting", frozenset({Status.COLLECTION}), Status.DRAFTING, CHANGE, label=_("Start drafting")),
        Move("send_for_review", frozenset({Status.DRAFTING}), Status.REVIEW, CHANGE, label=_("Send for review")),
        Move("send_back", frozenset({Status.REVIEW}), Status.DRAFTING, CHANGE, label=_("Send back to drafting")),
        Move("clear", frozenset({Status.REVIEW}), Status.CLEARED, CLEAR, label=_("Clear"), blocked=drafts_remain),
        Move("reopen", frozenset({Status.CLEARED}), Status.REVIEW, CLEAR, label=_("Open the review again")),
        Move(
            "publish",
            frozenset({Status.CLEARED}),
            Status.PUBLISHED,
            CLEAR,
            label=_("Record the publication"),
            blocked=unfinished,
        ),
        Move(
            "cancel",
            frozenset({Status.PLANNED, Status.COLLECTION, Status.DRAFTING, Status.REVIEW, Status.CLEARED}),
            Status.CANCELLED,
            CLEAR,
            label=_("Cancel"),
            blocked=contributions_remain,
        ),
    ]
)


def _its_assessment(contribution: Any) -> Any:
    return contribution.assessment


CONTRIBUTION = Workflow(
    [
        Move("submit", frozenset(OWED), ContributionStatus.RECEIVED, CONTRIBUTE, label=_("Submit")),
        Move(
            "accept",
            frozenset({ContributionStatus.RECEIVED}),
            ContributionStatus.ACCEPTED,
            CHANGE,
            label=_("Accept"),
            on=_its_assessment,
        ),
        Move(
            "return",
            frozenset({ContributionStatus.RECEIVED}),
            ContributionStatus.RETURNED,
            CHANGE,
            label=_("Return"),
            on=_its_assessment,
        ),
        Move(
            "withdraw",
            frozenset(OWED),
            ContributionStatus.WITHDRAWN,
            CHANGE,
            label=_("Withdraw the request"),
            on=_its_assessment,
        ),
    ]
)
