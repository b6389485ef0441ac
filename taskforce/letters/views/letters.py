"""Reading letters, and the moves that take but a button. They are written in `writing`, cleared in `clearances`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import django_filters
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.current import person
from core.access import can, get_or_404, require
from core.audit import note_reading
from core.dates import today
from core.files import download
from core.history import history_of
from core.lists import Column, Empty, list_page
from core.words import legible
from taskforce.letters import actions, dispatching, rehearsing, reissuing, releasing, reviewing, signing
from taskforce.letters.access import KEEP
from taskforce.letters.documents import figures
from taskforce.letters.groups import described
from taskforce.letters.languages import missing_languages, texts_of
from taskforce.letters.models import Attachment, Clearance, FormerAttachment, Letter, Purpose, Silence
from taskforce.letters.reading import reading
from taskforce.letters.relating import related_to
from taskforce.letters.stages import stages_of
from taskforce.letters.views.dispatch import progress_of
from taskforce.letters.views.reviews import open_comments
from taskforce.letters.views.shared import get_letter, tried
from taskforce.letters.workflow import AGREED, BEFORE_CLEARANCE, CHANGEABLE, GONE_OUT, LETTER, Status


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
    by = person(request)
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
        "open_comments": open_comments(request.user, letter),
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
        *(one.relation for one in related_to(letter, person(request))),
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
    note = legible(request.POST.get("note", "")[:500])
    return tried(request, letter, partial(action, letter=letter, note=note), said)
