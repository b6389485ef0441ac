"""What letters are to each other."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.current import person
from core.access import get_or_404
from core.forms import form_page, posted
from taskforce.letters import relating
from taskforce.letters.access import KEEP
from taskforce.letters.models import Letter, Relation
from taskforce.letters.views.shared import get_letter, tried


class RelationForm(forms.Form):
    """What the letter is to which earlier one."""

    kind = forms.ChoiceField(
        label=gettext_lazy("This letter is a"), choices=Relation.Kind.choices, widget=forms.RadioSelect
    )
    earlier = forms.ModelChoiceField(Letter.objects.none(), label=gettext_lazy("Earlier letter"))

    def __init__(self, *args: Any, letter: Letter, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        others = Letter.objects.visible_to(user).exclude(pk=letter.pk).for_list()
        self.fields["earlier"].queryset = others  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def relation_new(request: HttpRequest, pk: str) -> HttpResponse:
    """Say what a letter is to an earlier one."""
    letter = get_letter(request, pk, KEEP)
    form = RelationForm(posted(request), letter=letter, user=request.user)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        relate = partial(relating.relate, letter=letter, kind=said["kind"], earlier=said["earlier"])
        return tried(request, letter, relate, _("The letters are related."))
    return form_page(request, "letters/relation_new.html", form, {"letter": letter})


@require_POST
def relation_remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Take back what was said of two letters."""
    rows = Relation.objects.select_related("letter", "earlier")
    relation: Relation = get_or_404(request.user, KEEP, rows, pk=pk)
    relating.unrelate(relation=relation, by=person(request))
    messages.success(request, _("Removed."))
    return redirect("letters:detail", pk=relation.letter_id)


@require_POST
def letter_follow_up(request: HttpRequest, pk: str) -> HttpResponse:
    """Begin the draft of a follow-up."""
    letter = get_letter(request, pk, KEEP)
    draft = relating.follow_up(letter=letter, by=person(request))
    messages.success(request, _("The draft of the follow-up is saved, with the contacts of the earlier letter."))
    return redirect("letters:edit", pk=draft.pk)
