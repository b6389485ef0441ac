"""How a change of the register is answered: form, check page, action, back to the page with what was done."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from agencies.sources import SourceFields
from core.dates import long_date
from core.files import StorageFull
from core.forms import form_page
from core.uploads import UploadField
from core.workflow import IllegalMove

if TYPE_CHECKING:
    from accounts.models import User

Text = str | Promise
Effects = list[tuple[str, list[str]]]
OWN = ("csrfmiddlewaretoken", "step", "seen", "kept")


def answered(
    request: HttpRequest,
    form: forms.BaseForm,
    act: Callable[[User], object],
    *,
    title: Text,
    back: str,
    done: Text,
    lead: Text = "",
    warning: Callable[[], Text] = str,
    effects: Callable[[], Effects] = list,
    edit: str = "agencies/edit.html",
    said: Callable[[Any], Iterator[tuple[str, str, str]]] | None = None,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> HttpResponse:
    """Show the form; a valid one comes back as a check page; only what was confirmed there is done.

    `warning` says, once the answers are valid, what else the change brings about; `effects` lists it under headings. Where
    that list is another one by the time it is confirmed, it is shown again instead. A form that needs it has a page `edit` of
    its own, which shows `more`, and its answers are `said` in its own words.
    """
    page = {"title": title, "back_url": back, "lead": lead, **more}
    step = request.POST.get("step", "")
    if request.method != "POST" or not form.is_valid() or step == "edit" or not _kept(request, form):
        return form_page(request, edit, form, {**page, "submit": _("Continue")})
    listed = effects()
    seen = hashlib.sha256(json.dumps(listed).encode()).hexdigest() if listed else ""
    if step == "confirm" and request.POST.get("seen", "") == seen:
        return _done(request, form, act, done, page, edit)
    checked = {
        "answers": list((said or answers)(form)),
        "warning": warning(),
        "effects": listed,
        "changed": step == "confirm",
        "typed": [*_typed(request), *_carried(form), ("seen", seen)],
        "submit": _("Confirm"),
    }
    return render(request, "agencies/check.html", {**page, **checked})


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, values in request.POST.lists() if name not in OWN for value in values]


def _kept(request: HttpRequest, form: forms.BaseForm) -> bool:
    """Keep an uploaded document until it is confirmed; on a full disk the form says so."""
    if not isinstance(form, SourceFields):
        return True
    try:
        form.keep(cast("User", request.user))
    except StorageFull as full:
        form.add_error("upload", str(full))
        return False
    return True


def _carried(form: forms.BaseForm) -> list[tuple[str, str]]:
    return form.carried() if isinstance(form, SourceFields) else []


def _done(
    request: HttpRequest,
    form: forms.BaseForm,
    act: Callable[[User], object],
    done: Text,
    page: dict[str, Any],
    edit: str,
) -> HttpResponse:
    """Do it; where somebody else was faster and the database or a workflow refuses, say so on the form."""
    try:
        act(cast("User", request.user))
    except IntegrityError:
        form.add_error(None, _("Somebody else has just changed this. See the page and decide again."))
    except IllegalMove as error:
        form.add_error(None, str(error))
    else:
        messages.success(request, str(done))
        return HttpResponseRedirect(page["back_url"])
    return form_page(request, edit, form, {**page, "submit": _("Continue")})


def answers(form: Any) -> Iterator[tuple[str, str, str]]:
    """Each question with its answer in words, and no link: one button leads back to all of them."""
    for bound in form.visible_fields():
        value = form.document if isinstance(bound.field, UploadField) else form.cleaned_data.get(bound.name)
        yield str(bound.label), _said(bound.field, value), ""


def _said(field: forms.Field, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if value in (None, ""):
        return "–"
    if isinstance(value, dt.date):
        return long_date(value)
    if isinstance(field, forms.ModelChoiceField):
        return field.label_from_instance(value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    return str(value)
