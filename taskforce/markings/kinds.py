"""The kinds of things whose marking can be lowered, each with who may ask for it, and how it is done.

Terms of Reference keep their marking: another one takes another version. An edition of a pack has that of its parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.actions import lower_marking as lower_assessment
from assessments.models import Assessment
from taskforce.letters.models import Letter
from taskforce.letters.remarking import lower_marking as lower_letter

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from accounts.models import User


@dataclass(frozen=True)
class Kind:
    """`change` is the permission of whoever may ask; `lower` takes the object, the level, who decides and a note. Raises IllegalMove."""

    key: str
    label: str | _StrPromise
    model: Any
    change: str
    lower: Callable[[Any, int, User, str], object]

    def seen(self, user: Any) -> models.QuerySet[Any]:
        """Those that a person may see."""
        found: models.QuerySet[Any] = self.model._default_manager.visible_to(user)
        return found


KINDS = {
    kind.key: kind
    for kind in (
        Kind("assessment", _("Assessment"), Assessment, "assessments.change_assessment", lower_assessment),
        Kind("letter", _("Letter"), Letter, "letters.change_letter", lower_letter),
    )
}


def seen_subjects(user: Any) -> Q:
    """Rows with `kind` and `subject_id` whose subject the person may see."""
    found = Q(pk__in=[])
    for kind in KINDS.values():
        found |= Q(kind=kind.key, subject_id__in=kind.seen(user).values("pk"))
    return found
