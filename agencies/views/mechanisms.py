"""Mechanisms: the list, one mechanism with who sits in it, its history."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from agencies.documents import ever_seated, speakers, timeline, vacant
from agencies.models import Chairs, Mechanism, Terms
from agencies.models.confirmations import CONFIRM
from agencies.views.shown import (
    READ,
    begun,
    history_page,
    kept,
    language,
    may,
    not_yet,
    own_agencies,
    shown_day,
    waiting,
)
from agencies.workflow import NOMINATE
from core.access import can, get_or_404
from core.dates import AsOf, today
from core.lists import Column, Empty, Pages, list_page

BODIES = 25  # on one page of a mechanism: each may have a dozen people


def columns(moment: AsOf) -> list[Column]:
    """The columns of the list on a day."""
    return [
        Column("name", _("Mechanism"), "name", link=lambda row: kept(row.get_absolute_url(), moment), sort="name"),
        Column("acronym", _("Short name"), "acronym", code=True, sort=("acronym", "name")),
        Column("chairs", _("Chairs and co-chairs"), _chairs),
        Column("bodies", _("Bodies that sit in it"), "bodies", numeric=True, sort=("bodies", "name")),
        Column("since", _("Set up"), "set_up", sort=("since", "name")),
    ]


def _chairs(mechanism: Any) -> str:
    return ", ".join(row.acronym or row.name for row in mechanism.chairs_then)


@require_safe
def mechanism_list(request: HttpRequest) -> HttpResponse:
    """The mechanisms of the day."""
    moment = shown_day(request)
    return list_page(
        request,
        title=_("Mechanisms"),
        queryset=Mechanism.objects.visible_to(request.user).on(moment.day).for_list(moment.day, language()),
        columns=columns(moment),
        default_sort="name",
        empty=Empty(_("No mechanism existed on this day"), _("Choose a later day.")),
        template="agencies/mechanism_list.html",
        context={"as_of": moment, **may(request, moment, "agencies.change_mechanism")},
    )


@require_safe
def mechanism_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Who sits in the mechanism on the day, who speaks for them, milestones, and the picture over the years."""
    moment = shown_day(request)
    mechanism = get_or_404(request.user, READ, Mechanism.objects, slug=slug)
    then = mechanism.memberships.on(moment.day).named_on(moment.day, language()).select_related("agency")
    seats = Pages(request, then.seated(), per_page=BODIES)
    members = ever_seated(mechanism, moment.day, today())
    years = Pages(request, members.named_on(moment.day, language()).with_agency(), "years", BODIES)
    context = {
        "as_of": moment,
        "mechanism": mechanism,
        "seats": seats,
        "vacant": vacant(mechanism, seats.count, moment.day),
        "speakers": speakers(mechanism, seats.shown, moment.day),
        "linkages": then.linkages(),
        "mandate": mechanism.mandate_on(moment.day, language()),
        "mandates": begun(mechanism.mandates.select_related("document"), moment),
        "terms": begun(Terms.objects.visible_to(request.user).filter(mechanism=mechanism), moment),
        "milestones": mechanism.milestones.all() if moment.is_today else mechanism.milestones.by(moment.day),
        "not_yet": not_yet(mechanism, moment),
        "may_confirm": moment.is_today and can(request.user, CONFIRM),
        "own_agencies": own_agencies(request, moment, "agencies.change_focal_point"),
        "nominations": waiting(request, moment).filter(mechanism=mechanism),
        "may_nominate": moment.is_today and can(request.user, NOMINATE, Chairs(mechanism)),
        "years": years,
        "timeline": timeline(members, years.shown, moment.day, today()),
        **may(
            request,
            moment,
            "agencies.change_mechanism",
            "agencies.change_membership",
            "agencies.change_focal_point",
        ),
    }
    return render(request, "agencies/mechanism_detail.html", context)


@require_safe
def mechanism_history(request: HttpRequest, slug: str) -> HttpResponse:
    """What was changed on the mechanism, its memberships and seats, when and by whom."""
    moment = shown_day(request)
    mechanism = get_or_404(request.user, READ, Mechanism.objects, slug=slug)
    also = [
        mechanism.memberships.named_on(moment.day, language()),
        mechanism.focal_points.select_related("person"),
        mechanism.mandates.all(),
        mechanism.milestones.all(),
    ]
    return history_page(request, mechanism, {"title": mechanism.name}, also)
