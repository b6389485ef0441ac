"""Who sees what of the assessments, as SQL conditions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from agencies.access import agencies_of, groups_of
from core.access import can, granted_to
from core.sensitivity import Sensitivity

if TYPE_CHECKING:
    from django.db import models

VIEW = "assessments.view_assessment"


def sight(user: Any, model: type[models.Model], on: dt.date) -> Q | None:
    """The condition on assessments that a person may see on the day; None when they may see none at all.

    Unclassified: every reader. Confidential: the lead agency's seats, holders of `core.view_confidential`, agencies named
    by a grant. Strictly confidential: holders of `core.view_strictly_confidential`, agencies named by a grant.
    """
    if not can(user, VIEW):
        return None
    seen = Q(sensitivity=Sensitivity.UNCLASSIFIED)
    seen |= Q(sensitivity=Sensitivity.CONFIDENTIAL, lead__in=agencies_of(user, on))
    seen |= Q(pk__in=granted_to(groups_of(user, on), VIEW, model))
    if can(user, "core.view_confidential"):
        seen |= Q(sensitivity=Sensitivity.CONFIDENTIAL)
    if can(user, "core.view_strictly_confidential"):
        seen |= Q(sensitivity=Sensitivity.STRICTLY_CONFIDENTIAL)
    return seen


def own_contributions(user: Any, on: dt.date) -> Q:
    """The condition on contributions of assessments one may see: one's own agencies', and all of those one keeps."""
    if can(user, "assessments.change_assessment"):
        return Q()
    mine = agencies_of(user, on)
    return Q(agency__in=mine) | Q(assessment__lead__in=mine)
