"""The dashboard: what needs me, what my agency has to do, what changed since my last visit, how the portal is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.current import person
from agencies.access import seats_of
from agencies.models import Absence, Agency, Capacity
from core.access import can
from taskforce.home import blocks, needs, news
from taskforce.home.documents import Dashboard

if TYPE_CHECKING:
    from accounts.models import User

LATER = 5


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The first page after signing in."""
    page = dashboard_of(person(request), timezone.now(), get_language() or "en")
    return render(request, "home/dashboard.html", {"page": page})


def dashboard_of(user: User, now: dt.datetime, language: str) -> Dashboard:
    """Everything on the page. The number of queries depends on the reader's roles, not on the data."""
    owed = needs.of_agency(user, now, language)
    later = [need for need in owed if not need.is_urgent]
    urgent = [need for need in owed if need.is_urgent] + needs.of_house(user, now.date(), language)
    roles = _roles(user, now.date(), language)
    moment, first = news.last_visit(user)
    away = Absence.objects.on(now.date()).filter(Q(person=user) | Q(alternate=user)).for_list()
    return Dashboard(
        roles=tuple(roles),
        has_part=bool(roles),
        urgent=tuple(urgent),
        later=tuple(later[:LATER]),
        later_count=len(later),
        news=tuple(news.since(user, moment)),
        news_since=moment,
        first_visit=first,
        absence=next((one for one in away if one.person_id == user.pk), None),
        stands_in=tuple(one for one in away if one.alternate_id == user.pk),
        blocks=tuple(blocks.of_house(user, now, language)),
        sees_system=can(user, "core.view_system"),
    )


def _roles(user: User, on: dt.date, language: str) -> list[str]:
    """The reader's seats and roles of the house, in words."""
    seats = list(seats_of(user, on).order_by("capacity").values_list("agency", "capacity").distinct())
    agencies = Agency.objects.named_on(on, language).in_bulk({agency for agency, _capacity in seats})
    said = [
        _("%(seat)s of %(agency)s") % {"seat": Capacity(capacity).label, "agency": agencies[agency]}
        for agency, capacity in seats
    ]
    return said + [str(role.label) for role in user.house_roles(on)]
