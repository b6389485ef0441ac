"""Changes of agencies and their names."""

from __future__ import annotations

import uuid
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from agencies import actions
from agencies.changeovers import Plan, carry_out, plan_name
from agencies.forms import AgencyForm, FoundAgencyForm, NameForm
from agencies.models import Agency, AgencyName
from agencies.views.edits import answered
from agencies.views.seats import editing
from agencies.views.shown import language
from core.access import get_or_404, require
from core.dates import today
from core.forms import posted

AGENCY = "agencies.change_agency"


@editing
def add_agency(request: HttpRequest) -> HttpResponse:
    """Add a body with its first name."""
    require(request.user, AGENCY)
    form = FoundAgencyForm(posted(request))
    return answered(
        request,
        form,
        lambda by: actions.found_agency(agency=form.instance, name=form.first_name(), by=by),
        title=_("Add an agency"),
        back=reverse("agencies:list"),
        done=_("The agency is added."),
    )


@editing
def change_agency(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change what is known of an agency besides its names."""
    agency = _agency(request, pk)
    form = AgencyForm(posted(request), instance=agency)
    return answered(
        request,
        form,
        lambda by: actions.keep(row=form.instance, by=by),
        title=_("Change %(agency)s") % {"agency": agency},
        back=agency.get_absolute_url(),
        done=_("The agency is changed."),
    )


@editing
def rename_agency(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Add a name from a day on; the one before it in that language ends the day before."""
    agency = _agency(request, pk)
    form = NameForm(posted(request), request.FILES or None, instance=AgencyName(agency=agency))

    def act(by: User) -> object:
        return carry_out(_plan(form), by=by, source=form.cleaned_data["source"], document=form.document)

    return answered(
        request,
        form,
        act,
        title=_("Add a name of %(agency)s") % {"agency": agency},
        lead=_("Texts of earlier days keep the name that was right on their day."),
        back=agency.get_absolute_url(),
        done=_("The name is added."),
        effects=lambda: _plan(form).said(),
    )


def _plan(form: NameForm) -> Plan:
    return plan_name(form.instance, form.cleaned_data["first"], cast("AgencyName | None", form.before()))


def _agency(request: HttpRequest, pk: uuid.UUID) -> Agency:
    agency: Agency = get_or_404(request.user, AGENCY, Agency.objects.named_on(today(), language()), pk=pk)
    return agency
