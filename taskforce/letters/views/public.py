"""The page behind a recipient's link: no account, plain HTML, and only the button answers."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from agencies.country_names import country_in
from core.dates import long_date
from core.files import StorageFull, download
from core.forms import CONFLICT, UNPROCESSABLE
from taskforce.letters import answering, links
from taskforce.letters.documents import thawed
from taskforce.letters.forms.answers import AnswerForm
from taskforce.letters.limits import TooMany
from taskforce.letters.meanwhile import ChangedMeanwhile, mark_of
from taskforce.letters.models import Invitation, Recipient

R = TypeVar("R", bound=HttpResponseBase)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, token: str) -> HttpResponse:
    """Show the letter's invitations and take the answers. Looking at the page answers nothing.

    The key is in the address and nowhere else: no cookie speaks for the reader, so no other site can make their browser answer.
    A form token would need a cookie, and a browser that sends no referrer sends no origin that it could be checked against.
    """
    now = timezone.now()
    recipient = links.recipient_of(token, at=now)
    if recipient is None:
        return _unknown(request)
    with translation.override(recipient.language):
        return _read_or_answered(request, recipient, now)


def _read_or_answered(request: HttpRequest, recipient: Recipient, now: dt.datetime) -> HttpResponse:
    form = _form(recipient, request.POST, request.FILES) if request.method == "POST" else _form(recipient)
    if request.method == "POST" and form.is_valid():
        return _answered(request, recipient, form, now)
    status = form.refused if form.is_bound and form.errors else 200
    return _page(request, recipient, form, now, status=status)


def _form(recipient: Recipient, *typed: Any) -> AnswerForm:
    """The form with what was typed, else with what is on record."""
    return AnswerForm(
        *typed,
        invitations=_as_written(recipient),
        answers=list(recipient.answers.all()),
        initial={"name": recipient.acknowledged_by, "seen": mark_of(recipient)},
    )


def _as_written(recipient: Recipient) -> list[Invitation]:
    """The invitations in the words in which the office got them."""
    text = thawed(recipient.dispatch.frozen).read_in(recipient.language)
    invitations = list(recipient.dispatch.letter.invitations.all())
    for invitation, words in zip(invitations, text.invitations, strict=False):
        invitation.text = words
    return invitations


def _answered(request: HttpRequest, recipient: Recipient, form: AnswerForm, now: dt.datetime) -> HttpResponse:
    try:
        recipient = answering.acknowledge(
            recipient=recipient,
            name=form.cleaned_data["name"],
            replies=form.replies(),
            at=now,
            seen=form.cleaned_data["seen"],
        )
    except answering.AnswersClosed:
        return _page(request, recipient, form, now, status=CONFLICT)
    except ChangedMeanwhile as conflict:
        form.show_again(conflict)
        recipient.refresh_from_db()
        return _page(request, recipient, form, now, status=CONFLICT)
    except (TooMany, StorageFull) as refused:
        form.add_error(None, str(refused))
        return _page(request, recipient, form, now, status=UNPROCESSABLE)
    return _page(request, recipient, _form(recipient), now, thanks=True)


def _page(
    request: HttpRequest, recipient: Recipient, form: AnswerForm, now: dt.datetime, *, status: int = 200, **more: Any
) -> HttpResponse:
    text = thawed(recipient.dispatch.frozen).read_in(recipient.language)
    answers = {answer.invitation_id: answer for answer in recipient.answers.select_related("file")}
    reissued = recipient.reissued()
    context = {
        "recipient": recipient,
        "text": text,
        "mechanism": recipient.dispatch.letter.mechanism,
        "office": country_in(recipient.office_name, recipient.language),
        "form": form,
        "is_late": recipient.dispatch.letter.deadline_is_over(),
        "is_open": links.is_open(recipient, at=now),
        "reissued_on": long_date(reissued.dispatch.day) if reissued else "",
        "questions": form.questions(),
        "given": [(invitation, answers.get(invitation.pk)) for invitation in form.invitations],
        "sent_files": bool(request.FILES),
        "token": links.token_of(recipient),
        "enclosed": recipient.dispatch.enclosed.filter(language=recipient.language).select_related("file"),
        **more,
    }
    return _without_referrer(render(request, "letters/acknowledge.html", context, status=status))


@login_not_required
@require_safe
def acknowledge_file(request: HttpRequest, token: str, number: int) -> HttpResponseBase:
    """The letter (0) or one of its enclosures, for the holder of the link."""
    recipient = links.recipient_of(token, at=timezone.now())
    file = _file(recipient, number) if recipient else None
    if file is None:
        return _unknown(request)
    return _without_referrer(download(file))


def _file(recipient: Recipient, number: int) -> Any:
    if number == 0:
        return recipient.file
    own = recipient.dispatch.enclosed.filter(language=recipient.language)
    enclosed = own.select_related("file").filter(order=number).first()
    return enclosed.file if enclosed else None


@login_not_required
@require_safe
def acknowledge_answer_file(request: HttpRequest, token: str, pk: str) -> HttpResponseBase:
    """The file that the office gave with one of its answers, for the holder of the link."""
    recipient = links.recipient_of(token, at=timezone.now())
    answer = recipient and recipient.answers.select_related("file").filter(pk=pk).first()
    if not answer or not answer.file:
        return _unknown(request)
    return _without_referrer(download(answer.file))


def _unknown(request: HttpRequest) -> HttpResponse:
    """The same answer for a wrong, replaced, withdrawn and expired link."""
    return _without_referrer(render(request, "letters/acknowledge_unknown.html", status=404))


def _without_referrer(response: R) -> R:
    """The address is the key: no other site is told of it."""
    response["Referrer-Policy"] = "no-referrer"
    return response
