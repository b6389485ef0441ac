"""What the pages of an assessment share: fetching it, answering its forms."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from assessments.models import Assessment
from core.access import get_or_404
from core.audit import note_reading
from core.forms import form_page

CHANGE = "assessments.change_assessment"


def fetch(request: HttpRequest, pk: uuid.UUID, permission: str = "") -> Assessment:
    """The assessment, if the person may see it; with `permission` 403 for those who only may see it."""
    visible = Assessment.objects.for_schedule().select_related("mechanism", "lead")
    found: Assessment = get_or_404(request.user, permission, visible, pk=pk)
    note_reading(request, found)
    return found


def form_of(
    request: HttpRequest, form: forms.BaseForm, assessment: Assessment, *, title: Any, back: str = "", **more: Any
) -> HttpResponse:
    """The page of a form that belongs to an assessment."""
    context = {"title": title, "assessment": assessment, "back_url": back or assessment.get_absolute_url(), **more}
    return form_page(request, "assessments/assessment_form.html", form, context)
