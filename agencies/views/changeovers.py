"""Successions: recorded from an agency's page, shown as a whole, corrected, taken back. And the documents behind facts."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import fresh_sign_in_required
from accounts.models import User
from agencies import actions, changeovers
from agencies.changeover_forms import CorrectSourceForm, MergeForm, SplitForm, SuccessionForm
from agencies.models import Agency, AgencyName, Changeover, Mandate, Membership, Nomination
from agencies.sources import backs
from agencies.views.edits import answered
from agencies.views.seats import editing
from agencies.views.shown import READ, language, may, shown_day
from core.access import get_or_404, require
from core.dates import today
from core.files import download
from core.forms import UNPROCESSABLE, posted
from core.models import StoredFile

AGENCY = "agencies.change_agency"
DOCUMENTED = (AgencyName, Membership, Changeover, Nomination, Mandate)


@require_safe
def record(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What became of a body: the ways to go on."""
    return render(request, "agencies/succession.html", {"agency": _agency(request, pk)})


@editing
@fresh_sign_in_required
def merge(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Record that a body, alone or with others, merged into another one."""
    agency = _agency(request, pk)
    form = MergeForm(posted(request), request.FILES or None, agency=agency, on=today(), language=language())
    return _answered(request, form, _("%(agency)s merges") % {"agency": agency.name})


@editing
@fresh_sign_in_required
def split(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Record that a body was split into several."""
    agency = _agency(request, pk)
    form = SplitForm(posted(request), request.FILES or None, agency=agency, on=today(), language=language())
    return _answered(request, form, _("%(agency)s is split") % {"agency": agency.name})


def _answered(request: HttpRequest, form: SuccessionForm, title: str) -> HttpResponse:
    def act(by: User) -> object:
        return changeovers.carry_out(form.plan(), by=by, source=form.cleaned_data["source"], document=form.document)

    return answered(
        request,
        form,
        act,
        title=title,
        back=form.agency.get_absolute_url(),
        done=_("The succession is recorded."),
        effects=lambda: form.plan().said(),
    )


@require_safe
def changeover(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One recorded succession: what it did, who recorded it, and the ways to correct it."""
    moment = shown_day(request)
    one = _changeover(request, pk, READ)
    context = {
        "as_of": moment,
        "changeover": one,
        "agency": Agency.objects.named_on(one.day, language()).get(pk=one.agency_id),
        "links": one.successions.select_related("predecessor", "successor").prefetch_related(
            "predecessor__names", "successor__names"
        ),
        "effects": one.said,
        "not_yet": not moment.is_today and one.day > moment.day,
        **may(request, moment, AGENCY),
    }
    return render(request, "agencies/changeover.html", context)


@editing
def correct(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Correct the source of a succession or add its document."""
    one = _changeover(request, pk, AGENCY)
    form = CorrectSourceForm(posted(request), request.FILES or None, initial={"source": one.source})
    return answered(
        request,
        form,
        lambda by: actions.correct_source(
            changeover=one, source=form.cleaned_data["source"], document=form.document, by=by
        ),
        title=_("Correct the source"),
        lead=_("Bodies and day cannot be changed here: take the succession back and record it anew."),
        back=one.get_absolute_url(),
        done=_("The source is corrected."),
    )


@editing
@fresh_sign_in_required
def take_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back a succession recorded in error, as long as nothing was built on it."""
    one = _changeover(request, pk, AGENCY)
    context: dict[str, Any] = {"changeover": one, "effects": one.said, "refused": ""}
    if request.method == "POST":
        agency_url = one.agency.get_absolute_url()
        try:
            changeovers.take_back(one, by=cast("User", request.user))
        except changeovers.BuiltOn as reason:
            return render(request, "agencies/take_back.html", {**context, "refused": reason}, status=UNPROCESSABLE)
        messages.success(request, _("The succession is taken back: everything is as it was before."))
        return HttpResponseRedirect(agency_url)
    return render(request, "agencies/take_back.html", context)


@require_safe
def source(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The document behind a fact of the register."""
    require(request.user, READ)
    if not backs(request.user, pk, DOCUMENTED):
        raise Http404
    return cast("HttpResponse", download(StoredFile.objects.get(pk=pk)))


def _agency(request: HttpRequest, pk: uuid.UUID) -> Agency:
    rows = Agency.objects.named_on(today(), language()).select_related("group")
    agency: Agency = get_or_404(request.user, AGENCY, rows, pk=pk)
    return agency


def _changeover(request: HttpRequest, pk: uuid.UUID, permission: str) -> Changeover:
    rows = Changeover.objects.select_related("recorded_by", "document", "agency")
    one: Changeover = get_or_404(request.user, permission, rows, pk=pk)
    return one
