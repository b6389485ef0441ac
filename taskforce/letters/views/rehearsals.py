"""Rehearsing a letter before guests."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.current import person
from core.forms import form_page, posted
from taskforce.letters import rehearsing
from taskforce.letters.forms.dispatch import RehearsalForm
from taskforce.letters.views.shared import get_letter, tried


@require_http_methods(["GET", "POST"])
def letter_rehearse(request: HttpRequest, pk: str) -> HttpResponse:
    """Send the sample letters to people of the house, to see what an office would get."""
    letter = get_letter(request, pk, rehearsing.MAY_REHEARSE)
    by = person(request)
    form = RehearsalForm(posted(request), letter=letter, initial={"addresses": by.email})
    if request.method == "POST" and form.is_valid():
        rehearse = partial(rehearsing.rehearse, letter=letter, guests=form.guests, at=timezone.now())
        said = _("The rehearsal is on its way to the guests, and to nobody else.")
        return tried(request, letter, rehearse, said)
    context = {"letter": letter, "why_not": rehearsing.why_not(letter)}
    return form_page(request, "letters/letter_rehearse.html", form, context)
