"""Changes of offices: where they are, whom they serve, who fills the post."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from agencies import actions
from agencies.forms import CoordinatorForm, CorrectCoordinatorForm, CoverageForm, EndForm, OfficeForm
from agencies.models import Office, OfficeCountry, ResidentCoordinator
from agencies.views.edits import answered
from agencies.views.seats import editing
from core.access import get_or_404, require
from core.forms import posted

OFFICE = "agencies.change_office"


@editing
def add_office(request: HttpRequest) -> HttpResponse:
    """Add an office; its countries and coordinator come next, on its page."""
    require(request.user, OFFICE)
    form = OfficeForm(posted(request))
    return answered(
        request,
        form,
        lambda by: actions.keep(row=form.instance, by=by),
        title=_("Add an office"),
        back=reverse("agencies:offices"),
        done=_("The office is added."),
    )


@editing
def change_office(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change an office, or let it close with a last day."""
    office = get_or_404(request.user, OFFICE, Office.objects, pk=pk)
    name = office.name
    form = OfficeForm(posted(request), instance=office)
    return answered(
        request,
        form,
        lambda by: actions.keep(row=form.instance, by=by),
        title=_("Change the office %(office)s") % {"office": name},
        back=office.get_absolute_url(),
        done=_("The office is changed."),
    )


@editing
def serve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let an office serve a country from a day on; the office that served it until then ends the day before."""
    office = get_or_404(request.user, OFFICE, Office.objects, pk=pk)
    form = CoverageForm(posted(request), instance=OfficeCountry(office=office))
    return answered(
        request,
        form,
        lambda by: actions.take_over(row=form.instance, before=form.rivals(), by=by),
        title=_("Add a country to the office %(office)s") % {"office": office},
        back=office.get_absolute_url(),
        done=_("The country is added."),
        warning=lambda: _moves(form),
    )


def _moves(form: CoverageForm) -> str:
    before = form.before()
    if not isinstance(before, OfficeCountry):
        return ""
    return _("The office %(office)s serves it until the day before.") % {"office": before.office}


@editing
def end_coverage(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let an office serve a country no longer."""
    row = get_or_404(request.user, OFFICE, OfficeCountry.objects.select_related("office", "country"), pk=pk)
    form = EndForm(posted(request), row=row)
    return answered(
        request,
        form,
        lambda by: actions.end(row=row, last=form.cleaned_data["last"], by=by),
        title=_("End the service for %(country)s") % {"country": row.country},
        lead=row.office.name,
        back=row.office.get_absolute_url(),
        done=_("The service ends."),
        warning=lambda: _("Nobody serves the country from the next day on, until another office does."),
    )


@editing
def appoint(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Fill the post; whoever holds it on that day leaves the day before."""
    office = get_or_404(request.user, OFFICE, Office.objects, pk=pk)
    form = CoordinatorForm(posted(request), instance=ResidentCoordinator(office=office))
    return answered(
        request,
        form,
        lambda by: actions.take_over(row=form.instance, before=form.rivals(), by=by),
        title=_("Fill the post in the office %(office)s") % {"office": office},
        back=office.get_absolute_url(),
        done=_("The post is filled."),
        warning=lambda: _leaves(form),
    )


def _leaves(form: CoordinatorForm) -> str:
    before = form.before()
    return _("%(name)s leaves the post the day before.") % {"name": before} if before else ""


@editing
def change_coordinator(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Correct what is written about somebody in the post."""
    row = get_or_404(request.user, OFFICE, ResidentCoordinator.objects.select_related("office"), pk=pk)
    name = row.name
    form = CorrectCoordinatorForm(posted(request), instance=row)
    return answered(
        request,
        form,
        lambda by: actions.keep(row=form.instance, by=by),
        title=_("Change %(name)s") % {"name": name},
        lead=_("A letter that has gone out keeps the name it was sent to."),
        back=row.office.get_absolute_url(),
        done=_("The entry is changed."),
    )


@editing
def end_coordinator(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let somebody leave the post, which is vacant then."""
    row = get_or_404(request.user, OFFICE, ResidentCoordinator.objects.select_related("office"), pk=pk)
    form = EndForm(posted(request), row=row)
    return answered(
        request,
        form,
        lambda by: actions.end(row=row, last=form.cleaned_data["last"], by=by),
        title=_("End the term of %(name)s") % {"name": row.name},
        lead=row.office.name,
        back=row.office.get_absolute_url(),
        done=_("The term ends."),
        warning=lambda: _("The post is vacant from the next day on, until somebody fills it."),
    )
