"""My data: what is kept about me, why and how long; to take along; to have corrected."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.current import person as person_of
from accounts.decorators import fresh_sign_in_required
from agencies.people.models import Correction
from agencies.people.record import as_json, as_text, record_of
from core.dates import today
from core.forms import form_page, posted

FEW = 3  # entries of each sort on the page; all of them are in the download
WRITERS = {"json": (as_json, "application/json"), "txt": (as_text, "text/plain; charset=utf-8")}


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is wrong."""

    class Meta:
        model = Correction
        fields = ("text",)
        help_texts = {"text": gettext_lazy("For example: my seat ended a month earlier, or my e-mail address changes.")}


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """What is kept about the reader."""
    return render(request, "people/own/data.html", {"sections": record_of(person_of(request)), "few": FEW})


@require_safe
@fresh_sign_in_required
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """All of it as a file, for machines or for people."""
    write, content_type = WRITERS[kind]
    name = f"my-data-{today().isoformat()}.{kind}"
    return HttpResponse(
        write(record_of(person_of(request))),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def ask_correction(request: HttpRequest) -> HttpResponse:
    """Ask an administrator to correct what one cannot change oneself."""
    form = CorrectionForm(posted(request), instance=Correction(person=person_of(request)))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The administrators have your request; their answer will stand here."))
        return redirect("people:data")
    return form_page(request, "people/own/correction.html", form)
