"""Reading letters and moving them on. They are written in `writing`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import django_filters
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from core import outbox
from core.access import can, get_or_404, require
from core.audit import note_reading
from core.dates import today
from core.files import download
from core.forms import form_page
from core.history import history_of
from core.lists import Column, Empty, list_page
from core.workflow import IllegalMove
from taskforce.letters import actions, dispatching, rehearsing, reissuing, releasing, reviewing, signing
from taskforce.letters.access import KEEP, reviewed_by
from taskforce.letters.documents import figures
from taskforce.letters.forms import DecisionForm, SubmitForm
from taskforce.letters.groups import described
from taskforce.letters.languages import missing_languages, text_cleared, texts_of
from taskforce.letters.models import Attachment, Clearance, Dispatch, FormerAttachment, Letter, Purpose, Silence
from taskforce.letters.reading import reading
from taskforce.letters.relating import related_to
from taskforce.letters.stages import stages_of
from taskforce.letters.workflow import AGREED, BEFORE_CLEARANCE, CHANGEABLE, GONE_OUT, LETTER, Status

CLEARANCE_TIME = dt.timedelta(days=7)


# ---------------------------------------------------------------- list and detail


class LetterFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of the list."""

    text = django_filters.CharFilter(
        field_name="subject", lookup_expr="icontains", label=gettext_lazy("Subject contains")
    )
    status = django_filters.MultipleChoiceFilter(choices=Status.choices, label=gettext_lazy("Status"))
    purpose = django_filters.ChoiceFilter(choices=Purpose.choices, label=gettext_lazy("Purpose"))

    class Meta:
        model = Letter
        fields = ("text", "status", "purpose")


COLUMNS = [
    Column(
        "subject",
        gettext_lazy("Subject"),
        "subject",
        link=lambda letter: reverse("letters:detail", args=[letter.pk]),
        sort="subject",
        sub="mechanism.name",
    ),
    Column("reference", gettext_lazy("Reference"), "reference", sort="reference", code=True),
    Column("status", gettext_lazy("Status"), "status", tag="letter", sort="status"),
    Column("purpose", gettext_lazy("Purpose"), lambda letter: letter.get_purpose_display(), sort="purpose"),
    Column("deadline", gettext_lazy("Answers by"), "deadline", sort="deadline"),
]


@require_GET
def letter_list(request: HttpRequest) -> HttpResponse:
    """The letters that this person may see."""
    require(request.user, "letters.view_letter")
    may_write = can(request.user, "letters.change_letter")
    write = {"url": reverse("letters:new"), "action": _("Write a letter")} if may_write else {}
    return list_page(
        request,
        title=_("Letters"),
        queryset=Letter.objects.visible_to(request.user).for_list(),
        columns=COLUMNS,
        filterset=LetterFilter,
        empty=Empty(title=_("No letters yet"), text=_("Letters appear here when they have gone out."), **write),
        template="letters/letter_list.html",
        context={
            "may_write": may_write,
            "may_number": can(request.user, "agencies.change_mechanism"),
            "may_file": can(request.user, "letters.record_answer"),
        },
    )


@require_GET
def letter_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """A letter: where it stands, what is to be done, its text for one office, its answers."""
    letter = get_letter(request, pk)
    by = signed_in_user(request)
    shown = reading(letter, request.GET.get("for", ""))
    dispatch = letter.dispatches.select_related("started_by", "release__asked_by").first()
    offers = LETTER.offers(letter, by)
    may_send = can(request.user, releasing.MAY_SEND)
    asked = letter.releases.open().select_related("asked_by").first()
    spoken = texts_of(letter)
    context = {
        "letter": letter,
        "text": shown.text,
        "groups": described(shown.text.groups),
        "offers": offers,
        "moves": [offer for offer in offers if offer.move.name in MOVES],
        "ours": _asked_of(request.user, letter),
        "missing": letter.missing() if letter.status in BEFORE_CLEARANCE else [],
        "open_comments": _open_comments(request.user, letter),
        "clearances": letter.clearances.for_list(today()),
        "silence": letter.silences.filter(text_version=letter.version).exclude(state=Silence.State.WITHDRAWN).first(),
        "former": letter.former_attachments.visible_to(request.user).select_related("file", "replaced_by"),
        "related": related_to(letter, by),
        "may_keep": can(request.user, KEEP),
        "went_out": letter.status in GONE_OUT,
        "signings": letter.signings.for_list(),
        "to_sign": [row for row in letter.signings.select_related("agency") if signing.may_sign(row, by)],
        "stages": stages_of(letter),
        "may_edit": can(request.user, "letters.change_letter") and letter.can_change(),
        "offices": shown.offices,
        "to": shown.to,
        "preview": shown.letter,
        "spoken": spoken,
        "further": missing_languages(letter, spoken),
        "notes": letter.notes.all(),
        "attachments": letter.attachments.select_related("file"),
        "figures": figures(letter) if dispatch else None,
        "asked": asked,
        "may_send": may_send,
        "lacking": may_send and bool(dispatching.roll_of(letter, today()).reached),
        "overtaken": reissuing.overtaken([letter], today()).count() if may_send else 0,
        "may_rehearse": may_send and not rehearsing.why_not(letter),
        "rehearsed": rehearsing.last_of(letter) if may_send and letter.status in CHANGEABLE else None,
        "why_not_me": releasing.why_not_by(asked, by) if asked else "",
        **progress_of(request.user, dispatch),
    }
    return render(request, "letters/letter_detail.html", context)


def _asked_of(user: Any, letter: Letter) -> list[Clearance]:
    """The clearances that wait for this person."""
    waiting = letter.clearances.current().exclude(state__in=AGREED)
    return [one for one in waiting if one.is_open and can(user, "letters.clear_letter", one)]


def _open_comments(user: Any, letter: Letter) -> int | None:
    """How many threads of the review are open; none for whoever does not take part, or where nothing is or was in review."""
    taken = letter.status == Status.IN_REVIEW or letter.comments.exists()
    takes_part = taken and reviewed_by(Letter.objects.filter(pk=letter.pk), user).exists()
    return letter.comments.open().count() if takes_part else None


def progress_of(user: Any, dispatch: Dispatch | None) -> dict[str, Any]:
    """What the bar of a dispatch shows, from the rows."""
    if dispatch is None or not dispatch.is_running:
        return {"dispatch": dispatch}
    job = dispatching.job_of(dispatch)
    return {
        "dispatch": dispatch,
        "progress": dispatching.progress(dispatch),
        "job": job,
        "paused": outbox.hold_of(dispatch.pk),
        "stalled": dispatching.stalled(dispatch, job),
        "may_dispatch": can(user, "letters.dispatch_letter"),
    }


@require_GET
def letter_history(request: HttpRequest, pk: str) -> HttpResponse:
    """What happened to a letter."""
    letter = get_letter(request, pk)
    changes = history_of(
        request,
        letter,
        *letter.translations.all(),
        *letter.clearances.for_list(today()),
        *letter.signings.all(),
        *letter.silences.all(),
        *(one.relation for one in related_to(letter, signed_in_user(request))),
        *letter.releases.all(),
        *letter.rehearsals.all(),
        *letter.dispatches.all(),
    )
    return render(request, "letters/letter_history.html", {"letter": letter, "changes": changes})


@require_GET
def attachment_file(request: HttpRequest, pk: str) -> HttpResponseBase:
    """The file of an attachment, for whoever may see its letter."""
    files = Attachment.objects.exclude(file=None).select_related("file", "letter")
    attachment = get_or_404(request.user, "letters.view_letter", files, pk=pk)
    note_reading(request, attachment.letter)
    return download(attachment.file)


@require_GET
def former_file(request: HttpRequest, pk: str) -> HttpResponseBase:
    """The file of an attachment that the letter no longer uses."""
    files = FormerAttachment.objects.exclude(file=None).select_related("file", "letter")
    former = get_or_404(request.user, "letters.view_letter", files, pk=pk)
    note_reading(request, former.letter)
    return download(former.file)


def get_letter(request: HttpRequest, pk: str, permission: str = "letters.view_letter") -> Letter:
    """The letter, if the person may see it (404) and has the permission on it (403). A look at a restricted one is noted."""
    letters = Letter.objects.select_related("mechanism").prefetch_related("clearances")
    letter: Letter = get_or_404(request.user, permission, letters, pk=pk)
    note_reading(request, letter)
    return letter


def to_page_of(request: HttpRequest, letter: Letter) -> HttpResponse:
    """To its page, or to the list for whoever has marked it so that they see it no more."""
    return redirect(letter if letter.seen_by(request.user) else "letters:list")


# ---------------------------------------------------------------- moving on


@require_http_methods(["GET", "POST"])
def letter_submit(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask the co-chairs to clear the text."""
    letter = get_letter(request, pk, "letters.change_letter")
    form = SubmitForm(request.POST or None, on=today(), initial={"clear_by": today() + CLEARANCE_TIME})
    if request.method == "POST" and form.is_valid():
        return _submitted(request, letter, form.cleaned_data)
    context = {
        "letter": letter,
        "missing": letter.missing(),
        "co_chairs": letter.co_chairs(today()),
        "spoken": texts_of(letter),
    }
    return form_page(request, "letters/letter_submit.html", form, context)


def _submitted(request: HttpRequest, letter: Letter, data: dict[str, Any]) -> HttpResponse:
    in_silence = data["way"] != "clearance"
    facts: dict[str, Any] = {
        "letter": letter,
        "clear_by": data["clear_by"],
        "in_silence": in_silence,
        "with_members": data["way"] == "silence_all",
        "on": today(),
    }
    said = (
        _("The silence runs; whoever may object is told.") if in_silence else _("The co-chairs are asked to clear it.")
    )
    return tried(request, letter, lambda by: actions.submit_letter(**facts, by=by), said)


MOVES: dict[str, tuple[Callable[..., Letter], Any]] = {
    "review": (reviewing.begin, gettext_lazy("The letter is in review; the co-chairs are told.")),
    "revise": (actions.revise, gettext_lazy("It is a draft again.")),
    "withdraw": (actions.withdraw_letter, gettext_lazy("The letter is withdrawn.")),
    "close": (actions.close_letter, gettext_lazy("The letter is closed; no more answers are asked for.")),
}


@require_POST
def letter_move(request: HttpRequest, pk: str) -> HttpResponse:
    """Take back to draft, withdraw or close."""
    letter = get_letter(request, pk, "letters.change_letter")
    if request.POST.get("move") not in MOVES:
        raise Http404
    action, said = MOVES[request.POST["move"]]
    note = request.POST.get("note", "")[:500]
    return tried(request, letter, lambda by: action(letter=letter, by=by, note=note), said)


@require_http_methods(["GET", "POST"])
def clearance_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """A co-chair reads the text and clears it or objects."""
    rows = Clearance.objects.select_related("letter__mechanism").for_list(today())
    clearance: Clearance = get_or_404(request.user, "letters.view_letter", rows, pk=pk)
    letter = clearance.letter
    note_reading(request, letter)
    may_decide = can(request.user, "letters.clear_letter", clearance)
    form = DecisionForm(request.POST or None)
    if request.method == "POST":
        require(request.user, "letters.clear_letter", clearance)
        if form.is_valid():
            return _decided(request, clearance, form.cleaned_data)
    shown = reading(letter, own=text_cleared(clearance)) if clearance.is_current else None
    context = {
        "clearance": clearance,
        "letter": letter,
        "open_comments": _open_comments(request.user, letter),
        "text": shown and shown.text,
        "groups": described(shown.text.groups) if shown else None,
        "is_open": clearance.is_open,
        "may_decide": may_decide,
        "to": shown and shown.to,
        "preview": shown and shown.letter,
    }
    return form_page(request, "letters/clearance_detail.html", form, context)


def _decided(request: HttpRequest, clearance: Clearance, data: dict[str, Any]) -> HttpResponse:
    facts: dict[str, Any] = {"clearance": clearance, "comment": data["comment"], "at": timezone.now()}
    if data["decision"] == "object":
        said = _("Your objection is recorded. The secretariat sees it with the letter.")
        return tried(request, clearance.letter, lambda by: actions.object_to_letter(**facts, by=by), said)
    if data["decision"] == "reserve":
        said = _("Cleared; your reservation stands beside it.")
        return tried(request, clearance.letter, lambda by: actions.clear_with_reservation(**facts, by=by), said)
    return tried(request, clearance.letter, lambda by: actions.clear_letter(**facts, by=by), _("Cleared."))


def tried(request: HttpRequest, letter: Letter, action: Callable[[User], Any], said: Any) -> HttpResponse:
    """Do it and say so, or say why not; then back to the letter."""
    try:
        action(signed_in_user(request))
    except IllegalMove as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return to_page_of(request, letter)


def signed_in_user(request: HttpRequest) -> User:
    """The person behind the request; login is required everywhere but on the public pages."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
