"""Signing letters: people are asked, sign or decline; the secretariat records what was signed on paper."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.current import person
from accounts.decorators import fresh_sign_in_to_send
from core.access import can, get_or_404, require
from core.audit import note_reading
from core.dates import today
from core.files import StorageFull, download
from core.forms import form_page, posted
from taskforce.letters import signing
from taskforce.letters.access import KEEP, VIEW
from taskforce.letters.documents import seal_of, text_of
from taskforce.letters.forms.signings import AskForm, RecordForm, SignForm
from taskforce.letters.models import Letter, Signing
from taskforce.letters.reading import reading
from taskforce.letters.views.shared import get_letter, tried
from taskforce.letters.workflow import Status

TIME = dt.timedelta(days=7)


@require_http_methods(["GET", "POST"])
def signings_ask(request: HttpRequest, pk: str) -> HttpResponse:
    """Say who signs on the portal, and ask them."""
    letter = get_letter(request, pk, KEEP)
    rows = list(letter.signings.unsigned())
    initial = {"order": "sequence" if letter.in_sequence else "parallel", "due_on": today() + TIME}
    seats = signing.seats_of(letter, today())
    form = AskForm(posted(request), rows=rows, seats=seats, initial=initial)
    if request.method == "POST" and form.is_valid():
        ask = partial(
            signing.ask,
            letter=letter,
            seats=form.seats(),
            in_sequence=form.cleaned_data["order"] == "sequence",
            due_on=form.cleaned_data["due_on"],
        )
        return tried(request, letter, ask, _("Signatures are asked for."))
    return form_page(request, "letters/signings_ask.html", form, _page(letter))


@require_http_methods(["GET", "POST"])
def signings_record(request: HttpRequest, pk: str) -> HttpResponse:
    """Note who signed on paper."""
    letter = get_letter(request, pk, KEEP)
    form = RecordForm(posted(request), request.FILES or None, rows=letter.signings.unsigned(), on=today())
    if request.method == "POST" and form.is_valid():
        return _recorded(request, letter, form)
    return form_page(request, "letters/signings_record.html", form, _page(letter))


def _recorded(request: HttpRequest, letter: Letter, form: RecordForm) -> HttpResponse:
    record = partial(
        signing.record,
        letter=letter,
        rows=list(form.chosen()),
        signed_on=form.cleaned_data["signed_on"],
        scan=form.cleaned_data["scan"],
        at=timezone.now(),
    )
    try:
        return tried(request, letter, record, _("The signatures are recorded."))
    except StorageFull as full:
        form.add_error("scan", str(full))
        return form_page(request, "letters/signings_record.html", form, _page(letter))


def _page(letter: Letter) -> dict[str, Any]:
    waits = letter.status == Status.IN_SIGNATURE
    return {"letter": letter, "why_not": "" if waits else _("This letter does not wait to be signed.")}


@require_http_methods(["GET", "POST"])
@fresh_sign_in_to_send
def signing_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """A signatory reads the text and signs it, or declines."""
    row = _row(request, pk)
    letter = row.letter
    note_reading(request, letter)
    is_current = row.state != Signing.State.WITHDRAWN
    text = text_of(letter)
    form = SignForm(posted(request), initial={"approved": seal_of(text)})
    if request.method == "POST":
        if row.person_id != person(request).pk:
            raise PermissionDenied
        if form.is_valid():
            return _decided(request, row, form.cleaned_data)
    shown = reading(letter) if is_current else None
    context = {
        "signing": row,
        "letter": letter,
        "text": text,
        "may_sign": signing.may_sign(row, person(request)),
        "may_keep": can(request.user, KEEP),
        "to": shown and shown.to,
        "preview": shown and shown.letter,
    }
    return form_page(request, "letters/signing_detail.html", form, context)


def _decided(request: HttpRequest, row: Signing, data: dict[str, Any]) -> HttpResponse:
    facts: dict[str, Any] = {"row": row, "at": timezone.now()}
    if data["decision"] == "decline":
        said = _("It is recorded that you do not sign. The secretariat sees your reason with the letter.")
        return tried(request, row.letter, partial(signing.decline, **facts, reason=data["reason"]), said)
    sign = partial(signing.sign, **facts, sha256=data["approved"])
    return tried(request, row.letter, sign, _("You signed the letter."))


@require_GET
def signing_scan(request: HttpRequest, pk: str) -> HttpResponseBase:
    """The scan of a signature on paper, for those who look after the letter."""
    row = _row(request, pk)
    require(request.user, KEEP)
    if row.scan is None:
        raise Http404
    note_reading(request, row.letter)
    return download(row.scan)


def _row(request: HttpRequest, pk: str) -> Signing:
    rows = Signing.objects.select_related("letter__mechanism", "agency").for_list()
    row: Signing = get_or_404(request.user, VIEW, rows, pk=pk)
    return row
