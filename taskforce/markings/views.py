"""The pages: ask for a lower marking, the list, one request with its decision."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.current import person
from accounts.decorators import fresh_sign_in_to_send
from core.access import get_or_404
from core.forms import attempt, form_page, posted
from core.history import history_of
from core.lists import Column, Empty, list_page
from core.sensitivity import Sensitivity
from core.workflow import IllegalMove
from taskforce.markings import actions
from taskforce.markings.forms import AskForm, DecideForm
from taskforce.markings.kinds import KINDS
from taskforce.markings.models import Lowering, Outcome

COLUMNS = [
    Column("called", _("What is meant"), "called", link=Lowering.get_absolute_url, sort="called"),
    Column("kind", _("Kind"), lambda row: row.about.label, sort="kind"),
    Column("before", _("Marked"), "get_before_display", sort="before"),
    Column("to", _("To be marked"), "get_to_display", sort="to"),
    Column("by", _("Asked by"), "asked_by.name", sort="asked_by__name"),
    Column("asked", _("Asked"), "asked_at", sort="asked_at"),
    Column("outcome", _("Outcome"), "outcome", tag="lowering", sort="outcome"),
]
NOTHING = Empty(
    _("No requests"), _("Whoever may change a letter or assessment asks on its page for a lower marking of it.")
)


@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """One's own requests, and those that one may decide, of things that one sees."""
    return list_page(
        request,
        title=now("Markings to be lowered"),
        queryset=Lowering.objects.visible_to(request.user).for_list(),
        columns=COLUMNS,
        default_sort="-asked",
        empty=NOTHING,
    )


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, kind: str, subject: uuid.UUID) -> HttpResponse:
    """Ask that a thing be marked lower."""
    about = KINDS.get(kind)
    if about is None:
        raise Http404
    found = get_or_404(request.user, about.change, about.model._default_manager, pk=subject)
    form = AskForm(posted(request), level=found.sensitivity)
    if form.is_valid():
        wish = partial(actions.ask, kind=about, subject=found, by=person(request), **form.cleaned_data)
        if asked := attempt(form, wish):
            messages.success(request, now("Your request is noted. Another person decides."))
            return redirect(asked)
    context = {
        "title": now("Ask for a lower marking"),
        "subject": found,
        "level": Sensitivity(found.sensitivity),
        "back_url": found.get_absolute_url(),
        "submit": now("Ask for it"),
    }
    return form_page(request, "markings/ask.html", form, context)


@require_http_methods(["GET", "POST"])
@fresh_sign_in_to_send
def request_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One request with its outcome; the second person decides here."""
    user = person(request)
    asked = get_or_404(user, "", Lowering.objects.for_list(), pk=pk)
    waits = Lowering.objects.to_decide(user).filter(pk=pk).exists()
    form = DecideForm(posted(request))
    if request.method == "POST":
        if not waits:
            raise PermissionDenied
        if form.is_valid() and attempt(form, partial(_decide, request, asked, form.cleaned_data)):
            messages.success(request, now("Decided."))
            return redirect(asked)
    context = {
        "asked": asked,
        "subject": asked.about.seen(user).filter(pk=asked.subject_id).first(),
        "waits": waits,
        "mine": asked.outcome == Outcome.ASKED and asked.asked_by_id == user.pk,
        "changes": history_of(request, asked),
    }
    return form_page(request, "markings/request_detail.html", form, context)


def _decide(request: HttpRequest, asked: Lowering, given: dict[str, Any]) -> Lowering:
    act = actions.lower if given["decision"] == "lower" else actions.decline
    return act(asked=asked, answer=given["answer"], by=person(request))


@require_POST
def take_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask no longer."""
    asked = get_or_404(request.user, "", Lowering.objects, pk=pk)
    try:
        actions.take_back(asked=asked, by=person(request))
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    return redirect(asked)
