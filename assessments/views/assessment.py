"""The schedule, and what is done to an assessment as a whole."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.current import person
from accounts.decorators import fresh_sign_in_required
from assessments import actions
from assessments.documents import say_slip
from assessments.filters import AssessmentFilter
from assessments.forms import ForecastForm, MoveForm, PlanForm, PublishForm, ReviseForm, SightForm
from assessments.models import Assessment
from assessments.views.shared import CHANGE, fetch, form_of
from assessments.workflow import ASSESSMENT
from core.access import can, require
from core.dates import today
from core.forms import attempt, form_page, posted
from core.lists import Column, Empty, list_page
from core.sensitivity import Sensitivity
from core.workflow import IllegalMove

COLUMNS = [
    Column(
        "title",
        _("Assessment"),
        "title",
        link=lambda row: row.get_absolute_url(),
        sort=("title",),
        sub=lambda row: row.area,
    ),
    Column("lead", _("Lead agency"), "lead_name", sort="lead_name", code=True),
    Column("status", _("Status"), "status", tag="assessment", sort="status"),
    Column("planned", _("Planned"), lambda row: str(row.planned), sort=("planned_day", "title")),
    Column("forecast", _("Now expected"), lambda row: str(row.forecast), sort="forecast_day"),
    Column("published", _("Published"), lambda row: str(row.published or ""), sort="published_day"),
    Column("slip", _("Difference"), lambda row: say_slip(row.slip)),
    Column("months", _("Months later than planned"), "slip", numeric=True, on_page=False),
    Column("reason", _("Reason"), "last_reason"),
    Column("sensitivity", _("Sensitivity"), lambda row: Sensitivity(row.sensitivity).label, sort="sensitivity"),
    Column("tlp", "TLP", "get_tlp_display", on_page=False),
]
NOTHING = Empty(
    title=_("No assessment is planned"),
    text=_("The secretariat puts an assessment on the schedule with its area, lead agency and planned date."),
)


@require_GET
def schedule(request: HttpRequest) -> HttpResponse:
    """All assessments that one may see, as picture and table."""
    return list_page(
        request,
        title=_("Schedule of assessments"),
        queryset=Assessment.objects.visible_to(request.user).for_schedule(),
        columns=COLUMNS,
        filterset=AssessmentFilter,
        default_sort="planned",
        empty=NOTHING,
        template="assessments/assessment_list.html",
        context={"may_plan": can(request.user, "assessments.change_schedule")},
        export_name="assessments",
    )


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """Put a new assessment on the schedule."""
    require(request.user, "assessments.change_schedule")
    form = PlanForm(posted(request), user=request.user, on=today())
    if form.is_valid() and (made := attempt(form, partial(actions.plan, assessment=form.instance, by=person(request)))):
        return redirect(made if made.seen_by(request.user) else "assessments:list")
    return form_page(request, "assessments/plan.html", form, {"title": now("Plan an assessment")})


@require_http_methods(["GET", "POST"])
def revise(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change the facts of an assessment."""
    assessment = fetch(request, pk, CHANGE)
    form = ReviseForm(posted(request), instance=assessment, reader=request.user, on=today())
    if form.is_valid() and attempt(form, partial(actions.revise, assessment=form.instance, by=person(request))):
        return redirect(assessment if assessment.seen_by(request.user) else "assessments:list")
    return form_of(request, form, assessment, title=now("Change the assessment"))


@require_http_methods(["GET", "POST"])
def forecast(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Move the forecast."""
    assessment = fetch(request, pk, CHANGE)
    form = ForecastForm(posted(request), initial={"to": assessment.forecast})
    if form.is_valid():
        wish = partial(actions.change_forecast, assessment=assessment, by=person(request), **form.cleaned_data)
        changed = attempt(form, wish)
        if form.is_valid():
            _say_forecast(request, changed=changed is not None)
            return redirect(assessment)
    return form_of(request, form, assessment, title=now("Change the forecast"), submit=now("Change the forecast"))


def _say_forecast(request: HttpRequest, *, changed: bool) -> None:
    if changed:
        messages.success(request, now("The forecast is changed. The earlier one stays in the history below."))
    else:
        messages.info(request, now("The forecast is what it was before. Nothing was changed."))


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: uuid.UUID, name: str) -> HttpResponse:
    """Make one move of the workflow, after a page that says what it does."""
    if name not in ASSESSMENT.moves:
        raise Http404
    step = ASSESSMENT.moves[name]
    assessment = fetch(request, pk, step.permission)
    form = (PublishForm if name == "publish" else MoveForm)(posted(request))
    if form.is_valid() and _advanced(request, form, assessment, name):
        return redirect(assessment)
    more: dict[str, Any] = {
        "lead": CONSEQUENCES.get(name, ""),
        "submit": step.label,
        "why_not": _why_not(assessment, request, name),
    }
    return form_of(request, form, assessment, title=str(step.label), **more)


CONSEQUENCES = {
    "start_collection": _("Agencies can be asked for their contributions, and answers can be written."),
    "start_drafting": _("The lead agency writes the answers. Contributions can still come in."),
    "send_for_review": _("Drafts are read and agreed. Whoever clears it must not find a draft any more."),
    "send_back": _("The lead agency writes on; the assessment comes back to review afterwards."),
    "clear": _("The answers are agreed as they stand. Unanswered questions stay visible as unanswered."),
    "reopen": _("The answers can be changed again; the assessment must be cleared anew."),
    "publish": _("The publication ends the schedule of this assessment. Nothing in it can be changed afterwards."),
    "cancel": _("The assessment stays on the schedule as cancelled. Nothing in it can be changed afterwards."),
}


def _why_not(assessment: Assessment, request: HttpRequest, name: str) -> str:
    """Why the move cannot be made now, before anybody presses the button."""
    offers = {offer.move.name: offer.why_not for offer in ASSESSMENT.offers(assessment, person(request))}
    return offers.get(name, now("This cannot be done in the present state of the assessment."))


def _advanced(request: HttpRequest, form: Any, assessment: Assessment, name: str) -> bool:
    made = attempt(
        form, partial(actions.advance, assessment=assessment, name=name, by=person(request), **form.cleaned_data)
    )
    if made is None:
        return False
    messages.success(request, now("Status: %(status)s") % {"status": made.get_status_display()})
    return True


@require_http_methods(["GET", "POST"])
@fresh_sign_in_required
def sight(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Which agencies are named to see a classified assessment; name another."""
    assessment = fetch(request, pk, "assessments.grant_sight")
    form = SightForm(posted(request), assessment=assessment, user=request.user, on=today())
    if form.is_valid():
        attempt(form, partial(actions.give_sight, assessment=assessment, by=person(request), **form.cleaned_data))
    if form.is_bound and form.is_valid():
        return redirect("assessments:sight", pk)
    context = {"title": now("Who may see it"), "assessment": assessment, "named": assessment.named_agencies()}
    return form_page(request, "assessments/sight.html", form, context)


@require_POST
@fresh_sign_in_required
def end_sight(request: HttpRequest, pk: uuid.UUID, agency: uuid.UUID) -> HttpResponse:
    """Take an agency's sight back."""
    assessment = fetch(request, pk, "assessments.grant_sight")
    named = assessment.named_agencies().filter(pk=agency).first()
    if named is None:
        raise Http404
    try:
        actions.take_sight(assessment=assessment, agency=named, by=person(request))
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    return redirect("assessments:sight", pk)
