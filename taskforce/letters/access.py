"""Who sees which letters."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Q

from agencies.access import agencies_of
from core.access import can
from core.dates import today
from core.sensitivity import Sensitivity
from taskforce.letters.workflow import CURRENT, GONE_OUT

if TYPE_CHECKING:
    from taskforce.letters.models import LetterQuerySet

L = TypeVar("L", bound="LetterQuerySet")


def visible_letters(letters: L, user: Any) -> L:
    """Letters a person may see.

    The secretariat sees all; everyone who may read letters sees those that went out; an agency sees those whose text,
    as it stands, it is asked to clear. A restricted letter is seen by holders of its level and by the agencies that clear it.
    """
    if not can(user, "letters.view_letter"):
        return letters.none()
    cleared_by_us = Q(clearances__agency__in=agencies_of(user, today()), clearances__state__in=CURRENT)
    everything = Q() if can(user, "letters.change_letter") else Q(status__in=GONE_OUT)
    seen = (everything & Q(sensitivity__lte=_level(user))) | cleared_by_us
    return letters.filter(pk__in=letters.model._default_manager.filter(seen).values("pk"))


def _level(user: Any) -> Sensitivity:
    if can(user, "core.view_strictly_confidential"):
        return Sensitivity.STRICTLY_CONFIDENTIAL
    return Sensitivity.CONFIDENTIAL if can(user, "core.view_confidential") else Sensitivity.UNCLASSIFIED
