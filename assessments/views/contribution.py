"""Contributions: ask agencies, hand in, accept, return."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.current import person
from assessments import actions
from assessments.forms import AcceptForm, AskForm, ReturnForm, SubmitForm
from assessments.models import Contribution
from assessments.views.shared import CHANGE, fetch, form_of
from assessments.workflow import CONTRIBUTION
from core.access import get_or_404
from core.audit import note_reading
from core.dates import today
from core.files import StorageFull, download
from core.forms import attempt, posted
from core.history import history_of
from core.workflow import IllegalMove


def _fetch(request: HttpRequest, pk: uuid.UUID, move: str = "") -> Contribution:
    """The contribution, if the person may see it and make the move."""
    visible = Contribution.objects.for_list().select_related("assessment__lead", "agency", "file", "submitted_by")
    found: Contribution = get_or_404(request.user, "", visible, pk=pk)
    if move and not CONTRIBUTION.moves[move].allows(request.user, found):
        raise PermissionDenied
    note_reading(request, found.assessment)
    return found


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask agencies for their contributions."""
    assessment = fetch(request, pk, CHANGE)
    form = AskForm(posted(request), assessment=assessment, on=today())
    if form.is_valid():
        wish = partial(actions.ask, assessment=assessment, by=person(request), **form.cleaned_data)
        if asked := attempt(form, wish):
            count = len(asked)
            messages.success(request, _("Asked: %(count)d. Each agency now has it among its tasks.") % {"count": count})
            return redirect(assessment)
    return form_of(request, form, assessment, title=_("Ask for contributions"), submit=_("Ask"))


@require_GET
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What was asked, what was handed in, and what one may do about it."""
    contribution = _fetch(request, pk)
    context = {
        "contribution": contribution,
        "assessment": contribution.assessment,
        "flows": contribution.flows.all(),
        "offers": [offer.move for offer in CONTRIBUTION.offers(contribution, person(request))],
        "state": "overdue" if contribution.is_overdue(timezone.now()) else contribution.status,
        "changes": history_of(request, contribution),
    }
    return render(request, "assessments/contribution_detail.html", context)


@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hand in the contribution."""
    contribution = _fetch(request, pk, "submit")
    form = SubmitForm(posted(request), request.FILES or None, initial={"text": contribution.text})
    if form.is_valid() and attempt(form, partial(_hand_in, request, form, contribution)):
        messages.success(request, _("The contribution is handed in. Nothing is owed any more."))
        return redirect(contribution)
    return _form(request, form, contribution, _("Submit the contribution"), _("Submit"))


def _hand_in(request: HttpRequest, form: SubmitForm, contribution: Contribution) -> Contribution:
    """Submit; a full disk keeps nothing and says so."""
    try:
        return actions.submit(contribution=contribution, by=person(request), **form.cleaned_data)
    except StorageFull as full:
        raise IllegalMove(str(full)) from full


@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the contribution."""
    return _judge(request, pk, "accept", AcceptForm(posted(request)), actions.accept)


@require_http_methods(["GET", "POST"])
def give_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the contribution with what is missing."""
    return _judge(request, pk, "return", ReturnForm(posted(request)), actions.give_back)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask no longer."""
    return _judge(request, pk, "withdraw", AcceptForm(posted(request)), actions.withdraw)


def _judge(request: HttpRequest, pk: uuid.UUID, move: str, form: Any, action: Any) -> HttpResponse:
    contribution, label = _fetch(request, pk, move), str(CONTRIBUTION.moves[move].label)
    if form.is_valid():
        done = attempt(form, partial(action, contribution=contribution, by=person(request), **form.cleaned_data))
        if done:
            return redirect(contribution)
    return _form(request, form, contribution, label, label)


def _form(request: HttpRequest, form: Any, contribution: Contribution, title: str, submit: str) -> HttpResponse:
    return form_of(
        request,
        form,
        contribution.assessment,
        title=title,
        submit=submit,
        back=contribution.get_absolute_url(),
        contribution=contribution,
    )


@require_GET
def file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The file that came with the contribution."""
    contribution = _fetch(request, pk)
    if contribution.file is None:
        raise Http404
    return download(contribution.file)  # type: ignore[return-value]
