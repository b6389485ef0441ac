"""Changes of mechanisms: facts, mandate, milestones, Terms of Reference."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies import actions
from agencies.mechanism_forms import MandateForm, MechanismForm, MilestoneForm, TermsForm
from agencies.models import Mandate, Mechanism, Milestone, Terms
from agencies.views.edits import answered
from agencies.views.seats import editing
from core.access import get_or_404, require
from core.audit import note_reading
from core.files import download
from core.forms import posted

if TYPE_CHECKING:
    from accounts.models import User

MECHANISM = "agencies.change_mechanism"


@editing
def add_mechanism(request: HttpRequest) -> HttpResponse:
    """Add a mechanism; mandate, milestones, Terms of Reference and members come next, on its page."""
    require(request.user, MECHANISM)
    form = MechanismForm(posted(request))
    return answered(
        request,
        form,
        lambda by: actions.keep(row=form.instance, by=by),
        title=_("Add a mechanism"),
        back=reverse("agencies:mechanisms"),
        done=_("The mechanism is added."),
    )


@editing
def change_mechanism(request: HttpRequest, slug: str) -> HttpResponse:
    """Change the facts of a mechanism."""
    mechanism = _mechanism(request, slug)
    name = mechanism.name
    form = MechanismForm(posted(request), instance=mechanism)
    return answered(
        request,
        form,
        lambda by: actions.keep(row=form.instance, by=by),
        title=_("Change the mechanism"),
        lead=name,
        back=mechanism.get_absolute_url(),
        done=_("The mechanism is changed."),
    )


@editing
def add_mandate(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a text of the mandate from a day on."""
    mechanism = _mechanism(request, slug)
    form = MandateForm(posted(request), request.FILES or None, instance=Mandate(mechanism=mechanism))
    return _version_form(
        request,
        form,
        "document",
        title=_("Add a text of the mandate"),
        done=_("The text is added."),
        warning=_("The text before it ends the day before."),
    )


def _version_form(
    request: HttpRequest, form: MandateForm | TermsForm, file: str, *, title: str, done: str, warning: str
) -> HttpResponse:
    """A new version, with its file under the attribute `file`; the warning is given where another one ends."""
    row, mechanism = form.instance, form.instance.mechanism

    def act(by: User) -> object:
        setattr(row, file, form.document)
        return actions.take_over(row=row, before=form.rivals(), by=by)

    return answered(
        request,
        form,
        act,
        title=title,
        lead=mechanism.name,
        back=mechanism.get_absolute_url(),
        done=done,
        warning=lambda: warning if form.before() else "",
    )


@editing
def add_milestone(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a step in the life of a mechanism."""
    mechanism = _mechanism(request, slug)
    return _milestone_form(request, Milestone(mechanism=mechanism), _("Add a milestone"), _("The milestone is added."))


@editing
def change_milestone(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Correct a step: its date, words, note or source."""
    row = _milestone(request, pk)
    return _milestone_form(request, row, _("Change the milestone"), _("The milestone is changed."))


def _milestone_form(request: HttpRequest, row: Milestone, title: str, done: str) -> HttpResponse:
    form = MilestoneForm(posted(request), instance=row)
    return answered(
        request,
        form,
        lambda by: actions.keep(row=form.instance, by=by),
        title=title,
        lead=row.mechanism.name,
        back=row.mechanism.get_absolute_url(),
        done=done,
    )


@editing
def remove_milestone(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a step out that was written in error; the history keeps it."""
    row = _milestone(request, pk)
    return answered(
        request,
        forms.Form(posted(request)),
        lambda by: actions.remove(row=row, by=by),
        title=_("Remove the milestone"),
        lead=row.what,
        back=row.mechanism.get_absolute_url(),
        done=_("The milestone is removed."),
        warning=lambda: _("It is taken out of the register. The history keeps it."),
    )


@editing
def add_terms(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a version of the Terms of Reference."""
    mechanism = _mechanism(request, slug)
    row = Terms(mechanism=mechanism)
    form = TermsForm(posted(request), request.FILES or None, instance=row, by=request.user)
    return _version_form(
        request,
        form,
        "file",
        title=_("Add Terms of Reference"),
        done=_("The Terms of Reference are added."),
        warning=_("The version before ends the day before."),
    )


@require_safe
def terms(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The file of the Terms of Reference; that somebody read a restricted one is noted."""
    row = get_or_404(request.user, "", Terms.objects.select_related("file"), pk=pk)
    note_reading(request, row)
    return cast("HttpResponse", download(row.file))


def _mechanism(request: HttpRequest, slug: str) -> Mechanism:
    mechanism: Mechanism = get_or_404(request.user, MECHANISM, Mechanism.objects, slug=slug)
    return mechanism


def _milestone(request: HttpRequest, pk: uuid.UUID) -> Milestone:
    row: Milestone = get_or_404(request.user, MECHANISM, Milestone.objects.select_related("mechanism"), pk=pk)
    return row
