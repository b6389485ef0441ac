"""Clearing a letter: the co-chairs are asked, and decide."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.access import can, get_or_404, require
from core.audit import note_reading
from core.dates import today
from core.forms import form_page, posted
from taskforce.letters import actions
from taskforce.letters.forms.clearances import DecisionForm, SubmitForm
from taskforce.letters.groups import described
from taskforce.letters.languages import text_cleared, texts_of
from taskforce.letters.models import Clearance, Letter
from taskforce.letters.reading import reading
from taskforce.letters.views.reviews import open_comments
from taskforce.letters.views.shared import get_letter, tried

CLEARANCE_TIME = dt.timedelta(days=7)


@require_http_methods(["GET", "POST"])
def letter_submit(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask the co-chairs to clear the text."""
    letter = get_letter(request, pk, "letters.change_letter")
    form = SubmitForm(posted(request), initial={"clear_by": today() + CLEARANCE_TIME})
    if request.method == "POST" and form.is_valid():
        return _submitted(request, letter, form.cleaned_data)
    context = {
        "letter": letter,
        "missing": letter.missing(),
        "co_chairs": letter.co_chairs(today()),
        "spoken": texts_of(letter),
    }
    return form_page(request, "letters/letter_submit.html", form, context)


def _submitted(request: HttpRequest, letter: Letter, data: dict[str, Any]) -> HttpResponse:
    in_silence = data["way"] != "clearance"
    submit = partial(
        actions.submit_letter,
        letter=letter,
        clear_by=data["clear_by"],
        in_silence=in_silence,
        with_members=data["way"] == "silence_all",
        on=today(),
    )
    said = (
        _("The silence runs; whoever may object is told.") if in_silence else _("The co-chairs are asked to clear it.")
    )
    return tried(request, letter, submit, said)


@require_http_methods(["GET", "POST"])
def clearance_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """A co-chair reads the text and clears it or objects."""
    rows = Clearance.objects.select_related("letter__mechanism").for_list(today())
    clearance: Clearance = get_or_404(request.user, "letters.view_letter", rows, pk=pk)
    letter = clearance.letter
    note_reading(request, letter)
    may_decide = can(request.user, "letters.clear_letter", clearance)
    form = DecisionForm(posted(request))
    if request.method == "POST":
        require(request.user, "letters.clear_letter", clearance)
        if form.is_valid():
            return _decided(request, clearance, form.cleaned_data)
    shown = reading(letter, own=text_cleared(clearance)) if clearance.is_current else None
    context = {
        "clearance": clearance,
        "letter": letter,
        "open_comments": open_comments(request.user, letter),
        "text": shown and shown.text,
        "groups": described(shown.text.groups) if shown else None,
        "is_open": clearance.is_open,
        "may_decide": may_decide,
        "to": shown and shown.to,
        "preview": shown and shown.letter,
    }
    return form_page(request, "letters/clearance_detail.html", form, context)


def _decided(request: HttpRequest, clearance: Clearance, data: dict[str, Any]) -> HttpResponse:
    facts: dict[str, Any] = {"clearance": clearance, "comment": data["comment"], "at": timezone.now()}
    if data["decision"] == "object":
        said = _("Your objection is recorded. The secretariat sees it with the letter.")
        return tried(request, clearance.letter, partial(actions.object_to_letter, **facts), said)
    if data["decision"] == "reserve":
        said = _("Cleared; your reservation stands beside it.")
        return tried(request, clearance.letter, partial(actions.clear_with_reservation, **facts), said)
    return tried(request, clearance.letter, partial(actions.clear_letter, **facts), _("Cleared."))
