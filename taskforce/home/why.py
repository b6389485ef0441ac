"""The pages that say who sees what, and why. They never show what the asker may not read: only its neutral reference."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.current import person as person_of
from accounts.models import User
from core.access import can, require
from core.dates import today
from core.forms import form_page
from taskforce.home.sight import KINDS, explain

EXPLAIN = "accounts.explain_access"
REFERENCE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class WhoForm(forms.Form):
    """The person whose sight is asked about."""

    person = forms.EmailField(label=gettext_lazy("E-mail address of the person"))

    def clean_person(self) -> User:
        """Somebody who is here."""
        found = User.objects.filter(email__iexact=self.cleaned_data["person"]).first()
        if found is None:
            raise ValidationError(_("Nobody here has this address."))
        return found


class WhatForm(WhoForm):
    """A person and an object."""

    object = forms.CharField(
        label=gettext_lazy("Link or reference of the object"),
        help_text=gettext_lazy(
            "The address of its page: an assessment, a contribution, a letter, a briefing pack or an agency."
        ),
    )

    def clean_object(self) -> tuple[str, uuid.UUID]:
        """What the last reference in the text names: kind and id."""
        for reference in reversed(REFERENCE.findall(self.cleaned_data["object"])):
            for kind, about in KINDS.items():
                if about.model._default_manager.filter(pk=reference).exists():
                    return kind, uuid.UUID(reference)
        raise ValidationError(_("This names no object of these kinds."))


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Choose a person and an object."""
    require(request.user, EXPLAIN)
    asked = "object" in request.GET
    form = WhatForm(request.GET if asked else None, initial={"person": request.GET.get("person", "")})
    if asked and form.is_valid():
        kind, pk = form.cleaned_data["object"]
        person = urlencode({"person": form.cleaned_data["person"].email})
        return redirect(f"{reverse('home:why', args=[kind, pk])}?{person}")
    return form_page(request, "home/access.html", form)


@require_safe
def why(request: HttpRequest, kind: str, pk: uuid.UUID) -> HttpResponse:
    """Why a person, oneself unless another is named, sees one object or does not."""
    me, may_ask = person_of(request), can(request.user, EXPLAIN)
    obj, readable = _object(me, kind, pk)
    if not (readable or may_ask):
        raise Http404
    asked = "person" in request.GET
    if asked and not may_ask:
        raise PermissionDenied
    form = WhoForm(request.GET if asked else None)
    about = form.cleaned_data["person"] if asked and form.is_valid() else None if asked else me
    context: dict[str, Any] = {
        "kind": KINDS[kind].label,
        "object": obj if readable else None,
        "reference": pk,
        "about": about,
        "is_me": about == me,
        "explanation": about and explain(about, kind, obj, today(), whole=may_ask),
        "may_ask": may_ask,
    }
    return form_page(request, "home/why.html", form, context)


def _object(user: User, kind: str, pk: uuid.UUID) -> tuple[Any, bool]:
    """The object, and whether the user sees it."""
    if kind not in KINDS:
        raise Http404
    model: Any = KINDS[kind].model
    rows = model.objects.all()
    if hasattr(rows, "named_on"):
        rows = rows.named_on(today(), get_language() or "en")
    obj: Model | None = rows.filter(pk=pk).first()
    if obj is None:
        raise Http404
    return obj, model.objects.visible_to(user).filter(pk=pk).exists()
