"""Rehearsing a letter before guests."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.forms import form_page
from core.workflow import IllegalMove
from taskforce.letters import rehearsing
from taskforce.letters.forms import RehearsalForm
from taskforce.letters.models import Letter
from taskforce.letters.views.letters import get_letter, signed_in_user


@require_http_methods(["GET", "POST"])
def letter_rehearse(request: HttpRequest, pk: str) -> HttpResponse:
    """Send the sample letters to people of the house, to see what an office would get."""
    letter = get_letter(request, pk, rehearsing.MAY_REHEARSE)
    by = signed_in_user(request)
    form = RehearsalForm(request.POST or None, letter=letter, initial={"addresses": by.email})
    if request.method == "POST" and form.is_valid():
        return _rehearse(request, letter, form)
    context = {"letter": letter, "why_not": rehearsing.why_not(letter)}
    return form_page(request, "letters/letter_rehearse.html", form, context)


def _rehearse(request: HttpRequest, letter: Letter, form: RehearsalForm) -> HttpResponse:
    try:
        rehearsing.rehearse(letter=letter, guests=form.guests, by=signed_in_user(request), at=timezone.now())
    except IllegalMove as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The rehearsal is on its way to the guests, and to nobody else."))
    return redirect("letters:detail", pk=letter.pk)
