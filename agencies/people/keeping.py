"""What administrators do about people's data: answer requests for correction, see whose contact data go next."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.current import person as person_of
from accounts.decorators import fresh_sign_in_to_export
from agencies.people.expiry import expiring
from agencies.people.models import Correction
from agencies.people.retention import AFTER_LAST_SEAT
from core import tags
from core.access import get_or_404, require
from core.dates import today
from core.forms import form_page, posted
from core.lists import Column, Empty, list_page

VIEW, CHANGE = "accounts.view_person", "accounts.change_person"

tags.register(
    "correction",
    {
        "open": tags.State(gettext_lazy("To answer"), "yellow"),
        "answered": tags.State(gettext_lazy("Answered"), "green"),
    },
)

CORRECTION_COLUMNS = [
    Column("person", gettext_lazy("Asked by"), "person.name", link=Correction.get_absolute_url, sort="person__name"),
    Column("text", gettext_lazy("Request"), "text"),
    Column("asked", gettext_lazy("Asked"), "asked_at", sort="asked_at"),
    Column("state", gettext_lazy("State"), "state", tag="correction", sort="answered_at"),
]

EXPIRING_COLUMNS = [
    Column(
        "name",
        gettext_lazy("Name"),
        "name",
        link=lambda person: reverse("people:detail", args=[person.pk]),
        sort=("name", "email"),
        sub="email",
    ),
    Column("title", gettext_lazy("Functional title"), "functional_title", sort="functional_title"),
    Column("last_day", gettext_lazy("Last day of a seat or role"), "last_day", sort="last_day"),
    Column("expires_on", gettext_lazy("Contact data go on"), "expires_on", sort="expires_on"),
]


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    """The answer to a request."""

    class Meta:
        model = Correction
        fields = ("answer",)
        help_texts = {"answer": gettext_lazy("What was corrected, or why not. The person reads it under “My data”.")}

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["answer"].required = True


@require_safe
@fresh_sign_in_to_export
def correction_list(request: HttpRequest) -> HttpResponse:
    """Requests for correction, those to answer first."""
    require(request.user, CHANGE)
    return list_page(
        request,
        title=_("Requests for correction"),
        queryset=Correction.objects.visible_to(request.user).select_related("person"),
        columns=CORRECTION_COLUMNS,
        default_sort="-state",
        template="people/kept_list.html",
        empty=Empty(_("Nobody asks for a correction"), _("People ask for one under “My data”.")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One request, to be answered once what is wrong is mended."""
    asked = get_or_404(request.user, CHANGE, Correction.objects.select_related("person", "answered_by"), pk=pk)
    form = AnswerForm(posted(request), instance=asked)
    if request.method == "POST" and not asked.answered_at and form.is_valid():
        form.instance.answered_at, form.instance.answered_by = timezone.now(), person_of(request)
        form.save()
        messages.success(request, _("Your answer is kept."))
        return redirect("people:corrections")
    return form_page(request, "people/correction.html", form, {"asked": asked, "title": _("Request for correction")})


@require_safe
@fresh_sign_in_to_export
def expiring_list(request: HttpRequest) -> HttpResponse:
    """Whose contact data go next: people who hold nothing any more."""
    require(request.user, VIEW)
    return list_page(
        request,
        title=_("Whose contact data go next"),
        queryset=expiring(today()),
        columns=EXPIRING_COLUMNS,
        default_sort="expires_on",
        template="people/kept_list.html",
        context={"days": AFTER_LAST_SEAT.days, "about_expiry": True},
        empty=Empty(_("Nobody’s contact data go"), _("Everybody who is known here holds a seat or a role.")),
    )
