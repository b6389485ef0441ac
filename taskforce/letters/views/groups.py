"""Choosing whom a letter goes to."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.current import person
from core.dates import today
from core.forms import form_page, posted
from core.workflow import IllegalMove
from taskforce.letters import actions
from taskforce.letters.documents import text_of
from taskforce.letters.forms.groups import GroupsForm
from taskforce.letters.models import Letter
from taskforce.letters.views.shared import get_letter


@require_http_methods(["GET", "POST"])
def letter_groups(request: HttpRequest, pk: str) -> HttpResponse:
    """The groups of a letter. They are part of what is cleared: a change asks the co-chairs anew."""
    letter = get_letter(request, pk, "letters.change_letter")
    if not letter.can_change():
        messages.error(request, _("This letter can no longer be changed."))
        return redirect("letters:detail", pk=letter.pk)
    form = GroupsForm(posted(request), groups=text_of(letter).groups, on=today(), initial={"version": letter.version})
    if form.is_valid():
        return _save(request, letter, form)
    context = {"letter": letter, "withdraws": letter.clearances.current().exists()}
    return form_page(request, "letters/letter_groups.html", form, context)


def _save(request: HttpRequest, letter: Letter, form: GroupsForm) -> HttpResponse:
    text = replace(text_of(letter), groups=form.groups())
    version, by = form.cleaned_data["version"], person(request)
    try:
        actions.change_letter(letter=letter, version=version, text=text, by=by)
    except actions.Conflict as conflict:
        messages.error(request, f"{conflict} {_('Nothing was saved: look at it again.')}")
        return redirect("letters:groups", pk=letter.pk)
    except IllegalMove as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved."))
    return redirect("letters:detail", pk=letter.pk)
