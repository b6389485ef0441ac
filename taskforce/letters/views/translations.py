"""The texts of a letter in further languages: writing, reading, clearance."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.current import person
from agencies.views.edits import answered
from core.access import can
from core.dates import today
from core.forms import form_page, posted
from core.workflow import IllegalMove
from taskforce.letters import merge, translating
from taskforce.letters.addressees import addressees
from taskforce.letters.documents import text_of
from taskforce.letters.forms.clearances import SubmitForm
from taskforce.letters.forms.translations import TranslationForm
from taskforce.letters.languages import Spoken, texts_of
from taskforce.letters.models import Letter, Translation
from taskforce.letters.reading import chosen, planned
from taskforce.letters.views.clearances import CLEARANCE_TIME
from taskforce.letters.views.shared import get_letter, tried
from taskforce.letters.views.writing import is_live, preview_of
from taskforce.letters.wording import Wording, worded, words_of

CHANGE = translating.MAY_TRANSLATE


@require_GET
def translation_detail(request: HttpRequest, pk: str, language: str) -> HttpResponse:
    """The text as one office would read it, and how far it is."""
    letter = get_letter(request, pk)
    one = _there(letter, language)
    text = text_of(letter)
    offices = addressees(today(), text.groups)
    to = chosen(offices, request.GET.get("for", ""))
    changed = _changed(one, letter) if one.is_stale else []
    may_change = can(request.user, CHANGE, letter) and letter.can_change()
    context = {
        "letter": letter,
        "one": one,
        "name": one.row.get_language_display(),
        "offices": offices,
        "to": to,
        "preview": planned(worded(text, one.words), to),
        "changed": changed,
        "clearances": letter.clearances.filter(language=language).for_list(today()),
        "may_change": may_change,
        "why_not_ask": translating.why_not_ask(letter, language) if may_change else "",
    }
    return render(request, "letters/translation_detail.html", context)


def _changed(one: Spoken, letter: Letter) -> list[tuple[str, str, str]]:
    """What the main text says otherwise than when this one was made: what, before, now."""
    now = words_of(text_of(letter))
    names = {
        "subject": _("Subject"),
        "body": _("Text"),
        "invitations": _("Invitations"),
        "signatories": _("Signatories"),
        "attachments": _("Attachments"),
        "contacts": _("Contacts"),
        "language": _("Main language"),
    }
    pairs = ((name, getattr(one.source, name), getattr(now, name)) for name in names)
    return [(names[name], _lines(before), _lines(after)) for name, before, after in pairs if before != after]


def _lines(said: Any) -> str:
    return "\n".join(map(_lines, said)) if isinstance(said, tuple) else str(said)


@require_http_methods(["GET", "POST"])
def translation_edit(request: HttpRequest, pk: str, language: str) -> HttpResponse:
    """Write the text in a further language, beside the main one."""
    letter = get_letter(request, pk, CHANGE)
    if language == letter.language or language not in dict(settings.LANGUAGES):
        raise Http404
    if not letter.can_change():
        messages.error(request, _("This letter can no longer be changed."))
        return redirect("letters:detail", pk=letter.pk)
    row = letter.translations.filter(language=language).first()
    words = Wording.thawed(row.words) if row else Wording(language, "", "")
    form = TranslationForm(posted(request), main=words_of(text_of(letter)), words=words)
    if request.method == "POST" and request.POST.get("do") != "preview" and form.is_valid():
        return _save(request, letter, form, row)
    return _edit_page(request, letter, form, row)


def _save(request: HttpRequest, letter: Letter, form: TranslationForm, row: Translation | None) -> HttpResponse:
    try:
        translating.keep(
            letter=letter,
            words=form.words(),
            made_from=_number(request, "made_from"),
            version=_number(request, "version"),
            by=person(request),
            at=timezone.now(),
        )
    except translating.TextChanged as changed:
        form.add_error(None, str(changed))
        return _edit_page(request, letter, form, changed.theirs, theirs=changed.theirs)
    except IllegalMove as error:
        messages.error(request, str(error))
        return redirect("letters:detail", pk=letter.pk)
    messages.success(request, _("Saved. The co-chairs clear it as they clear the main text."))
    return redirect("letters:translation", pk=letter.pk, language=form.language)


def _number(request: HttpRequest, name: str) -> int:
    given = request.POST.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 9 else -1


def _edit_page(
    request: HttpRequest,
    letter: Letter,
    form: TranslationForm,
    row: Translation | None,
    *,
    theirs: Translation | None = None,
) -> HttpResponse:
    one = next((one for one in texts_of(letter) if one.row.language == form.language), None)
    context = {
        "letter": letter,
        "language": form.language,
        "name": get_language_info(form.language)["name_local"],
        "main_name": letter.get_language_display(),
        "made_from": letter.version,
        "version": row.version if row else 0,
        "changed": _changed(one, letter) if one and one.is_stale else [],
        "theirs": _lines(tuple(Wording.thawed(theirs.words).kept().values())) if theirs else "",
        "merge_fields": merge.FIELDS,
        **preview_of(request, worded(text_of(letter), form.typed_words() if form.is_bound else form.saved)),
    }
    if is_live(request):
        return render(request, "letters/_live.html", context)
    return form_page(request, "letters/translation_edit.html", form, context)


@require_http_methods(["GET", "POST"])
def translation_clear(request: HttpRequest, pk: str, language: str) -> HttpResponse:
    """Ask the co-chairs to clear a text in a further language."""
    letter = get_letter(request, pk, CHANGE)
    one = _there(letter, language)
    form = SubmitForm(posted(request), initial={"clear_by": today() + CLEARANCE_TIME})
    if request.method == "POST" and form.is_valid():
        clear_by = form.cleaned_data["clear_by"]
        ask = partial(translating.ask, letter=letter, language=language, clear_by=clear_by, on=today())
        back = reverse("letters:translation", args=[letter.pk, language])
        return tried(request, letter, ask, _("The co-chairs are asked to clear it."), back=back)
    context = {
        "letter": letter,
        "one": one,
        "name": one.row.get_language_display(),
        "co_chairs": letter.co_chairs(today()),
        "why_not": translating.why_not_ask(letter, language),
    }
    return form_page(request, "letters/translation_clear.html", form, context)


@require_http_methods(["GET", "POST"])
def translation_remove(request: HttpRequest, pk: str, language: str) -> HttpResponse:
    """Take a text in a further language out."""
    letter = get_letter(request, pk, CHANGE)
    one = _there(letter, language)
    return answered(
        request,
        forms.Form(posted(request)),
        lambda by: translating.remove(letter=letter, language=language, by=by),
        title=_("Remove the text in %(language)s") % {"language": one.row.get_language_display()},
        lead=str(letter.open_name),
        back=reverse("letters:detail", args=[letter.pk]),
        done=_("The text is removed."),
        warning=lambda: _("Its offices get the main text. The history keeps it."),
    )


def _there(letter: Letter, language: str) -> Spoken:
    """The letter's text in a language, if there is one (404)."""
    one = next((one for one in texts_of(letter) if one.row.language == language), None)
    if one is None:
        raise Http404
    return one
