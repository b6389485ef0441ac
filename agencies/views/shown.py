"""What all pages of the register share: the day they show, links that keep it, and who may change what they show."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from agencies.access import agencies_where
from agencies.models import Nomination, NominationQuerySet
from core.access import can, require
from core.dates import AsOf, Dated, DatedQuerySet, as_of
from core.history import Tracked, history_of

READ = "agencies.view_register"
D = TypeVar("D", bound=DatedQuerySet)


def shown_day(request: HttpRequest) -> AsOf:
    """The day that the page shows; whoever may not read the register is refused."""
    require(request.user, READ)
    return as_of(request)


def kept(url: str, moment: AsOf) -> str:
    """The address with the day that this page shows, so that a reader of the past stays in it."""
    return url if moment.is_today else f"{url}?{urlencode({'as_of': moment.day.isoformat()})}"


def may(request: HttpRequest, moment: AsOf, *permissions: str) -> dict[str, bool]:
    """For the template: `may_change_membership` and so on. The past cannot be changed."""
    return {
        f"may_{permission.rpartition('.')[2]}": moment.is_today and can(request.user, permission)
        for permission in permissions
    }


def own_agencies(request: HttpRequest, moment: AsOf, permission: str) -> set[uuid.UUID]:
    """The agencies whose objects the reader may change by a seat of theirs; none in the past."""
    if not moment.is_today:
        return set()
    return set(agencies_where(request.user, permission, moment.day).values_list("agency_id", flat=True))


def begun(rows: D, moment: AsOf) -> D:
    """Of dated rows those that a page of the past may show: what began later was not known. Today shows what is to come as well."""
    return rows if moment.is_today else rows.begun_by(moment.day)


def not_yet(row: Dated, moment: AsOf) -> bool:
    """Whether the page is one of a day on which its subject had not begun."""
    return not moment.is_today and bool(row.first_day and row.first_day > moment.day)


def waiting(request: HttpRequest, moment: AsOf) -> NominationQuerySet:
    """The open nominations that the reader may see; the past shows none."""
    rows: NominationQuerySet = Nomination.objects.visible_to(request.user).open().for_list(language())
    return rows if moment.is_today else rows.none()


def language() -> str:
    """The reader's language, as names of agencies spell it."""
    return get_language() or "en"


def history_page(
    request: HttpRequest, obj: models.Model, context: dict[str, Any], also: Iterable[Tracked] = ()
) -> HttpResponse:
    """The history tab of an object and of the dated rows that belong to it."""
    return render(request, "agencies/history.html", {"changes": history_of(request, obj, *also), "obj": obj, **context})
