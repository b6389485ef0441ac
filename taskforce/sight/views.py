"""The pages of the requests: ask, the list, one request with its decision."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.current import person
from accounts.decorators import fresh_sign_in_to_send
from agencies.access import agencies_of
from core.access import get_or_404
from core.dates import today
from core.forms import attempt, form_page, posted
from core.history import history_of
from core.lists import Column, Empty, list_page
from taskforce.sight import actions
from taskforce.sight.forms import AskForm, DecideForm
from taskforce.sight.models import SightRequest

COLUMNS = [
    Column("reference", _("What is asked for"), "reference", link=SightRequest.get_absolute_url, sort="reference"),
    Column("agency", _("Agency"), "agency_name", sort="agency_name", code=True),
    Column("by", _("Asked by"), "asked_by.name", sort="asked_by__name"),
    Column("asked", _("Asked"), "asked_at", sort="asked_at"),
    Column("outcome", _("Outcome"), "outcome", tag="sight", sort="outcome"),
    Column("until", _("Until"), "until", sort="until"),
]
NOTHING = Empty(
    _("No requests"),
    _("Who knows of something that they cannot open may ask for sight of it, and finds the answer here."),
)


@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """One's own requests, and those that one may decide."""
    return list_page(
        request,
        title=now("Requests for sight"),
        queryset=SightRequest.objects.visible_to(request.user).for_list(),
        columns=COLUMNS,
        default_sort="-asked",
        empty=NOTHING,
        template="sight/request_list.html",
        context={"may_ask": _may_ask(request)},
    )


def _may_ask(request: HttpRequest) -> bool:
    return agencies_of(person(request), today()).exists()


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for sight of what one knows of. The answer is the same whether it exists or not."""
    if not _may_ask(request):
        raise PermissionDenied
    user, initial = person(request), {"reference": request.GET.get("reference", "")[:300]}
    form = AskForm(posted(request), user=user, on=today(), initial=initial)
    if form.is_valid() and attempt(form, partial(actions.ask, by=user, **form.cleaned_data)):
        messages.success(
            request, now("Your request is noted. Whoever may decide it answers here; until then it waits.")
        )
        return redirect("sight:list")
    return form_page(
        request, "sight/ask.html", form, {"title": now("Ask for sight"), "back_url": reverse("sight:list")}
    )


@require_http_methods(["GET", "POST"])
@fresh_sign_in_to_send
def request_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One request with its outcome; whoever may decide it does so here."""
    user = person(request)
    asked = get_or_404(user, "", SightRequest.objects.for_list(), pk=pk)
    waits = SightRequest.objects.to_decide(user).filter(pk=pk).exists()
    form = DecideForm(posted(request))
    if request.method == "POST":
        if not waits:
            raise PermissionDenied
        if form.is_valid() and attempt(form, partial(_decide, request, asked, form.cleaned_data)):
            messages.success(request, now("Decided. The asker sees the outcome."))
            return redirect(asked)
    decides = asked.asked_by_id != user.pk
    context = {
        "asked": asked,
        "subject": asked.subject(user),
        "waits": waits,
        "decides": decides,
        "changes": history_of(request, asked) if decides else [],
    }
    return form_page(request, "sight/request_detail.html", form, context)


def _decide(request: HttpRequest, asked: SightRequest, given: dict[str, Any]) -> SightRequest:
    by = person(request)
    if given["decision"] == "grant":
        return actions.grant(request=asked, until=given["until"], answer=given["answer"], by=by)
    return actions.decline(request=asked, answer=given["answer"], by=by)
