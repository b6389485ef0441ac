"""The page of an assessment: its answers, estimates, sources and history, and how they are changed."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.current import person
from accounts.models import User
from assessments import actions, documents
from assessments.forms import CellForm, EstimateForm, FlowForm, SourceForm
from assessments.models import Assessment, Cell, CellState, Contribution, Estimate, Flow, Source
from assessments.questions import BY_NUMBER
from assessments.views.shared import CHANGE, fetch, form_of
from assessments.workflow import ASSESSMENT
from core.access import can, get_or_404, require
from core.forms import attempt, form_page, posted
from core.history import history_of
from core.sensitivity import Sensitivity


@require_GET
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The assessment on one page."""
    assessment = fetch(request, pk)
    user = person(request)
    may = can(user, CHANGE, assessment)
    asked = Contribution.objects.visible_to(user).filter(assessment=assessment).for_list()
    context = {
        "assessment": assessment,
        "slip": documents.say_slip(assessment.slip),
        "answers": documents.heat_map(assessment),
        "contributions": documents.contributions(asked, timezone.now()),
        "forecasts": assessment.forecast_changes.select_related("by"),
        "estimates": documents.estimates(assessment),
        "sources": assessment.sources.all(),
        "previous": _previous(user, assessment),
        "offers": ASSESSMENT.offers(assessment, user),
        "may_change": may and not assessment.is_fixed,
        "may_revise": may and not assessment.is_over,
        "may_lower": may and assessment.sensitivity > Sensitivity.UNCLASSIFIED,
        "may_grant": _may_grant(user, assessment),
    }
    return render(request, "assessments/assessment_detail.html", context)


def _previous(user: User, assessment: Assessment) -> Assessment | None:
    """The edition before this one, if the person may see it."""
    if assessment.previous_id is None:
        return None
    return Assessment.objects.visible_to(user).filter(pk=assessment.previous_id).first()


def _may_grant(user: Any, assessment: Assessment) -> bool:
    classified = assessment.sensitivity > Sensitivity.UNCLASSIFIED
    return classified and can(user, "assessments.grant_sight", assessment)


@require_GET
def history(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What happened to the assessment, its answers, estimates and sources, and to the contributions that one may read."""
    assessment = fetch(request, pk)
    cells = Cell.objects.filter(flow__assessment=assessment, version__gt=0).select_related("flow")
    asked = Contribution.objects.visible_to(request.user).filter(assessment=assessment)
    also = [cells, asked, assessment.estimates.all(), assessment.sources.all()]
    context = {
        "assessment": assessment,
        "changes": history_of(request, assessment, *also),
        "may_grant": _may_grant(request.user, assessment),
    }
    return render(request, "assessments/assessment_history.html", context)


# ---------------------------------------------------------------- answers


@require_http_methods(["GET", "POST"])
def cell(request: HttpRequest, pk: uuid.UUID, flow: uuid.UUID, question: int) -> HttpResponse:
    """One question about one flow: read it, or answer it."""
    assessment = fetch(request, pk)
    answer = _cell(assessment, flow, question)
    may = can(request.user, "assessments.change_cell", answer)
    context = {
        "assessment": assessment,
        "cell": answer,
        "question": BY_NUMBER[question],
        "may": may and not assessment.is_fixed,
    }
    if request.method == "POST":
        require(request.user, "assessments.change_cell", answer)
        return _save(request, answer, context)
    return form_page(request, "assessments/cell.html", _cell_form(answer), context)


def _cell(assessment: Assessment, flow: uuid.UUID, question: int) -> Cell:
    """The answer, unsaved where nobody has answered yet and no row waits for it."""
    found = Flow.objects.filter(pk=flow, assessment=assessment).first()
    if found is None or question not in BY_NUMBER:
        raise Http404
    found.assessment = assessment
    cell = Cell.objects.select_related("updated_by").filter(flow=found, question=question).first()
    cell = cell or Cell(question=question)
    cell.flow = found
    return cell


def _cell_form(cell: Cell, **given: Any) -> CellForm:
    state = CellState.DRAFT if cell.state == CellState.BLANK else cell.state
    saved = {"text": cell.text, "state": state, "confidence": cell.confidence, "version": cell.version}
    return CellForm(initial=saved | given)


def _save(request: HttpRequest, cell: Cell, context: dict[str, Any]) -> HttpResponse:
    form = CellForm(request.POST)
    if form.is_valid():
        save = partial(actions.save_cell, cell=cell, by=person(request), **form.cleaned_data)
        try:
            saved = attempt(form, save)
        except actions.Conflict as conflict:
            return _conflict(request, form, conflict.cell, context)
        if saved:
            messages.success(request, _("The answer is saved."))
            return redirect("assessments:detail", cell.flow.assessment_id)
    return form_page(request, "assessments/cell.html", form, context)


def _conflict(request: HttpRequest, yours: CellForm, theirs: Cell, context: dict[str, Any]) -> HttpResponse:
    """Both versions side by side; saving again saves over the one that stands there now."""
    again = _cell_form(theirs, **yours.cleaned_data | {"version": theirs.version})
    context |= {"theirs": theirs, "form": again}
    return render(request, "assessments/cell_conflict.html", context, status=409)


# ---------------------------------------------------------------- flows, sources, estimates


@require_http_methods(["GET", "POST"])
def add_flow(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let the assessment cover another flow."""
    assessment = fetch(request, pk, CHANGE)
    form = FlowForm(posted(request), instance=Flow(assessment=assessment))
    add = partial(actions.add_flow, flow=form.instance, by=person(request))
    if form.is_valid() and attempt(form, add):
        return redirect(assessment)
    return form_of(request, form, assessment, title=_("Add a flow"))


@require_http_methods(["GET", "POST"])
def source(request: HttpRequest, pk: uuid.UUID, part: uuid.UUID | None = None) -> HttpResponse:
    """Add or change a source."""
    return _part(request, fetch(request, pk, CHANGE), Source, SourceForm, part, _("Source"))


@require_http_methods(["GET", "POST"])
def estimate(request: HttpRequest, pk: uuid.UUID, part: uuid.UUID | None = None) -> HttpResponse:
    """Add or change an estimate."""
    return _part(request, fetch(request, pk, CHANGE), Estimate, EstimateForm, part, _("Estimate"))


def _part(
    request: HttpRequest, assessment: Assessment, model: Any, form_class: Any, pk: uuid.UUID | None, title: str
) -> HttpResponse:
    row = get_or_404(request.user, "", model.objects, pk=pk, assessment=assessment) if pk else model()
    row.assessment = assessment
    form = form_class(posted(request), instance=row)
    if form.is_valid() and attempt(form, partial(actions.keep, part=form.instance, by=person(request))):
        return redirect(assessment)
    return form_of(request, form, assessment, title=title)
