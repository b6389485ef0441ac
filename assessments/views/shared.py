"""What the pages of an assessment share: fetching it, answering its forms."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict

from accounts.models import User
from assessments.models import Assessment
from core.access import get_or_404
from core.audit import note_reading
from core.forms import form_page
from core.workflow import IllegalMove

CHANGE = "assessments.change_assessment"


def fetch(request: HttpRequest, pk: uuid.UUID, permission: str = "") -> Assessment:
    """The assessment, if the person may see it; with `permission` 403 for those who only may see it."""
    visible = Assessment.objects.for_schedule().select_related("mechanism", "lead")
    found: Assessment = get_or_404(request.user, permission, visible, pk=pk)
    note_reading(request, found)
    return found


def me(request: HttpRequest) -> User:
    """The person signed in; the middleware lets nobody else in."""
    return cast("User", request.user)


def posted(request: HttpRequest) -> QueryDict | None:
    """What was posted, also when it is nothing; None for a mere look at the form."""
    return request.POST if request.method == "POST" else None


def attempt(form: forms.BaseForm, action: Callable[[], Any]) -> Any:
    """The action's result, or None with its refusal in the form."""
    try:
        return action()
    except ValidationError as refusal:
        errors = refusal.error_dict if hasattr(refusal, "error_dict") else {NON_FIELD_ERRORS: refusal.error_list}
        for name, problems in errors.items():
            form.add_error(name if name in form.fields else None, problems)
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
    return None


def form_of(
    request: HttpRequest, form: forms.BaseForm, assessment: Assessment, *, title: Any, back: str = "", **more: Any
) -> HttpResponse:
    """The page of a form that belongs to an assessment."""
    context = {"title": title, "assessment": assessment, "back_url": back or assessment.get_absolute_url(), **more}
    return form_page(request, "assessments/assessment_form.html", form, context)
