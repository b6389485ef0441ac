"""The kinds of things of which agencies can be given sight, each with how it is found, who gives sight of it, and how."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.access import agencies_where
from assessments.actions import give_sight
from assessments.models import Assessment
from core.access import can
from core.dates import today
from taskforce.letters import actions as letters
from taskforce.letters.models import Letter

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from accounts.models import User
    from agencies.models import Agency

ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
GRANT_ASSESSMENT = "assessments.grant_sight"
GRANT_LETTER = "letters.grant_sight"


@dataclass(frozen=True)
class Kind:
    """`called` is the field by which people know such a thing, besides its address; `grantable` are those whose sight one gives."""

    key: str
    label: str | _StrPromise
    model: Any
    called: str
    grantable: Callable[[User], models.QuerySet[Any]]
    give: Callable[[Any, Agency, User, dt.date | None], None]


def _assessments(user: User) -> models.QuerySet[Assessment]:
    """All that one sees for holders of the right, else those that one's agency leads."""
    seen = Assessment.objects.visible_to(user)
    if can(user, GRANT_ASSESSMENT):
        return seen
    return seen.filter(lead__in=agencies_where(user, GRANT_ASSESSMENT, today()))


def _letters(user: User) -> models.QuerySet[Letter]:
    return Letter.objects.visible_to(user) if can(user, GRANT_LETTER) else Letter.objects.none()


KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            "assessment",
            _("Assessment"),
            Assessment,
            "title",
            _assessments,
            lambda found, agency, by, until: give_sight(assessment=found, agency=agency, by=by, until=until),
        ),
        Kind(
            "letter",
            _("Letter"),
            Letter,
            "reference",
            _letters,
            lambda found, agency, by, until: letters.give_sight(letter=found, agency=agency, by=by, until=until),
        ),
    )
}


def find(reference: str) -> list[tuple[str, Any]]:
    """Kind and object of all that somebody may mean by an address, reference number or title."""
    text = " ".join(reference.split())
    ids = [uuid.UUID(one) for one in ID.findall(text.lower())]
    found: list[tuple[str, Any]] = []
    for kind in KINDS.values():
        meant = Q(pk__in=ids) | Q(**{f"{kind.called}__iexact": text})
        found += [(kind.key, one) for one in kind.model._default_manager.filter(meant).order_by("pk")]
    return found
