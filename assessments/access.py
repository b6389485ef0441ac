"""Who sees what of the assessments, as SQL conditions."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.access import agencies_of, groups_of
from core.access import can, granted_to
from core.grounds import Ground, any_of
from core.sensitivity import Sensitivity

if TYPE_CHECKING:
    from django.db import models

VIEW, KEEP = "assessments.view_assessment", "assessments.change_assessment"


def grounds(user: Any, model: type[models.Model], on: dt.date) -> list[Ground]:
    """On what grounds a person sees assessments on the day; none where they read no assessments at all.

    Unclassified: every reader. Confidential: the lead agency's seats, holders of `core.view_confidential`, agencies named
    by a grant. Strictly confidential: holders of `core.view_strictly_confidential`, agencies named by a grant.
    """
    if not can(user, VIEW):
        return []
    ours = Q(sensitivity=Sensitivity.CONFIDENTIAL, lead__in=agencies_of(user, on))
    named = Q(pk__in=granted_to(groups_of(user, on), VIEW, model))
    found = [
        Ground(
            _("It is unclassified: every reader of assessments sees it."), Q(sensitivity=Sensitivity.UNCLASSIFIED), VIEW
        ),
        Ground(_("It is confidential, and their agency leads it."), ours, parties=lambda one: {one.lead_id}),
        Ground(_("Their agency is named as one that may see it."), named, parties=_named, granted=True),
    ]
    for level, permission in LEVELS.items():
        if can(user, permission):
            found.append(Ground(_("Their role reads what is so restricted."), Q(sensitivity=level), permission))
    return found


LEVELS = {
    Sensitivity.CONFIDENTIAL: "core.view_confidential",
    Sensitivity.STRICTLY_CONFIDENTIAL: "core.view_strictly_confidential",
}


def _named(assessment: Any) -> set[uuid.UUID]:
    return {agency.pk for agency in assessment.named_agencies()}


def sight(user: Any, model: type[models.Model], on: dt.date) -> Q | None:
    """The condition on assessments that a person may see on the day; None when they may see none at all."""
    found = grounds(user, model, on)
    return any_of(found) if found else None


def contribution_grounds(user: Any, on: dt.date) -> list[Ground]:
    """On what grounds a person sees contributions to assessments that they see."""
    mine = agencies_of(user, on)
    found = [
        Ground(_("Their agency is asked for it."), Q(agency__in=mine), parties=lambda one: {one.agency_id}),
        Ground(
            _("Their agency leads the assessment."),
            Q(assessment__lead__in=mine),
            parties=lambda one: {one.assessment.lead_id},
        ),
    ]
    if can(user, KEEP):
        found.append(Ground(_("They look after all assessments that they see."), Q(pk__isnull=False), KEEP))
    return found


def own_contributions(user: Any, on: dt.date) -> Q:
    """The condition on contributions of assessments one may see: one's own agencies', and all of those one keeps."""
    return any_of(contribution_grounds(user, on))
