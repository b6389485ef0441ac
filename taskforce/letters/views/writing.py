"""Writing letters, the text as one office would read it beside what is typed."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.current import person
from core.access import require
from core.dates import today
from core.files import StorageFull
from core.forms import form_page, posted
from core.workflow import IllegalMove
from taskforce.letters import actions, merge
from taskforce.letters.addressees import addressees
from taskforce.letters.documents import LetterText, text_of
from taskforce.letters.forms.writing import PARTS, LetterForm, LetterForms, MechanismForm
from taskforce.letters.models import Letter, Purpose
from taskforce.letters.numbering import ReferenceTaken
from taskforce.letters.reading import chosen, drafted
from taskforce.letters.views.shared import get_letter, to_page_of
from taskforce.letters.workflow import Status

BLANK = LetterText(reference="", subject="", purpose=Purpose.INFORMATION, body="")


@require_http_methods(["GET", "POST"])
def letter_new(request: HttpRequest) -> HttpResponse:
    """Write a letter."""
    require(request.user, "letters.change_letter")
    forms = LetterForms(posted(request), request.FILES or None, before=BLANK, reader=request.user)
    whose = MechanismForm(posted(request), user=request.user, on=today())
    forms.may_number(whose.next_references())
    if request.method == "POST" and _wants_preview(request):
        return _edit_page(request, forms, whose=whose, preview=True)
    if request.method == "POST" and all([whose.is_valid(), forms.is_valid()]):
        return _create(request, forms, whose)
    return _edit_page(request, forms, whose=whose)


def _create(request: HttpRequest, forms: LetterForms, whose: MechanismForm) -> HttpResponse:
    mechanism, by = whose.cleaned_data["mechanism"], person(request)
    try:
        letter = actions.create_letter(mechanism=mechanism, text=forms.text(), uploads=forms.uploads(), by=by)
    except StorageFull as full:
        forms.form.add_error(None, str(full))
        return _edit_page(request, forms, whose=whose)
    except ReferenceTaken as taken:
        forms.form.add_error("reference", str(taken))
        return _edit_page(request, forms, whose=whose)
    messages.success(request, _("The draft is saved."))
    return to_page_of(request, letter)


@require_http_methods(["GET", "POST"])
def letter_edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change a letter; the text for one office stands beside it."""
    letter = get_letter(request, pk, "letters.change_letter")
    if not letter.can_change():
        messages.error(request, _("This letter can no longer be changed."))
        return redirect("letters:detail", pk=letter.pk)
    before = text_of(letter)
    forms = LetterForms(posted(request), request.FILES or None, letter=letter, before=before, reader=request.user)
    if request.method == "POST" and _wants_preview(request):
        return _edit_page(request, forms, letter=letter, preview=True)
    if request.method == "POST" and forms.is_valid():
        return _save(request, letter, forms)
    return _edit_page(request, forms, letter=letter)


def _save(request: HttpRequest, letter: Letter, forms: LetterForms) -> HttpResponse:
    was_asked = letter.clearances.current().exists()
    version, by = _number(request.POST.get("version", "")), person(request)
    try:
        letter = actions.change_letter(
            letter=letter, version=version, text=forms.text(), uploads=forms.uploads(), by=by
        )
    except StorageFull as full:
        forms.form.add_error(None, str(full))
        return _edit_page(request, forms, letter=letter)
    except ReferenceTaken as taken:
        forms.form.add_error("reference", str(taken))
        return _edit_page(request, forms, letter=letter)
    except IllegalMove as error:
        messages.error(request, str(error))
        return redirect("letters:detail", pk=letter.pk)
    except actions.Conflict as conflict:
        return _conflict_page(request, conflict.letter, forms.text())
    withdrawn = was_asked and letter.status == Status.DRAFT
    said = _("Saved. The text has changed, so the co-chairs are to be asked again.") if withdrawn else _("Saved.")
    messages.success(request, said)
    return to_page_of(request, letter)


def _edit_page(
    request: HttpRequest,
    forms: LetterForms,
    *,
    letter: Letter | None = None,
    whose: MechanismForm | None = None,
    preview: bool = False,
) -> HttpResponse:
    asked = letter is not None and letter.clearances.current().exists()
    context = {
        "letter": letter,
        "reference": forms.before.reference,
        "forms": forms,
        "whose": whose,
        "version": request.POST.get("version") or (letter.version if letter else 1),
        "withdraws": asked,
        "merge_fields": merge.FIELDS,
        **_preview(request, forms, typed=preview),
    }
    if is_live(request):
        return render(request, "letters/_live.html", context)
    return form_page(request, "letters/letter_edit.html", forms.form, context)


def _preview(request: HttpRequest, forms: LetterForms, *, typed: bool) -> dict[str, Any]:
    """What the preview shows: the saved text, or the one being typed, which may still be wrong."""
    return preview_of(request, forms.typed_text() if typed else forms.before)


def preview_of(request: HttpRequest, text: LetterText) -> dict[str, Any]:
    """A text that is being typed as the chosen office would read it, and what is wrong with its fields."""
    offices = addressees(today(), text.groups)
    to = chosen(offices, request.POST.get("preview_for", ""))
    return {"offices": offices, "to": to, "preview": drafted(text, to), "wrong": merge.problems(text.body)}


def _wants_preview(request: HttpRequest) -> bool:
    return request.POST.get("do") == "preview"


def is_live(request: HttpRequest) -> bool:
    """Whether only the preview is asked for, by a page whose text is being typed."""
    return _wants_preview(request) and "HX-Request" in request.headers


def _number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 9 else 0


def _conflict_page(request: HttpRequest, theirs: Letter, mine: LetterText) -> HttpResponse:
    """Both versions of what differs; the reader decides which one holds."""
    saved = text_of(theirs)
    labels = dict(PARTS) | {name: field.label for name, field in LetterForm().fields.items()}
    differing = [
        (labels[field.name], in_lines(getattr(saved, field.name)), in_lines(getattr(mine, field.name)))
        for field in fields(LetterText)
        if getattr(saved, field.name) != getattr(mine, field.name)
    ]
    typed = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    kept = [pair for pair in typed if pair[0] not in {"version", "csrfmiddlewaretoken", "do"}]
    context = {"letter": theirs, "differing": differing, "typed": kept}
    return render(request, "letters/letter_conflict.html", context, status=409)


def in_lines(value: Any) -> str:
    """A field of a letter's content as text, its parts one below the other."""
    if isinstance(value, tuple):
        return "\n".join(in_lines(part) for part in value)
    return ", ".join(str(part) for part in vars(value).values() if part) if is_dataclass(value) else str(value)
