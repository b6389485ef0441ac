"""Answers that the secretariat records or follows up, and their files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.current import person
from core.access import get_or_404
from core.audit import note_reading
from core.dates import long_date
from core.files import StorageFull, download
from core.forms import CONFLICT, form_page, posted
from taskforce.letters import answering
from taskforce.letters.forms.answers import ProgressForm, RecordedAnswerForm, WatchedForm
from taskforce.letters.meanwhile import ChangedMeanwhile, mark_of
from taskforce.letters.models import Answer, Invitation, MailedReply, Recipient
from taskforce.letters.replies import settle_reply
from taskforce.letters.views.recipients import get_recipient


@require_http_methods(["GET", "POST"])
def recipient_answer(request: HttpRequest, pk: str) -> HttpResponse:
    """Write down an answer that came another way than by the link."""
    recipient = get_recipient(request, pk, "letters.record_answer")
    letter = recipient.dispatch.letter
    reply = _mail(request, recipient)
    form = RecordedAnswerForm(
        posted(request),
        request.FILES or None,
        invitations=list(letter.invitations.all()),
        answers=list(recipient.answers.all()),
        initial={"name": recipient.acknowledged_by, "seen": mark_of(recipient), **_from(reply)},
    )
    if request.method == "POST" and form.is_valid() and _kept(form, lambda: _record(request, recipient, form, reply)):
        return redirect("letters:recipient", pk=recipient.pk)
    context = {"recipient": recipient, "letter": letter, "reply": reply, "stands": _stands(recipient, form)}
    return form_page(request, "letters/recipient_answer.html", form, context, refused=form.refused)


def _stands(recipient: Recipient, form: WatchedForm) -> list[tuple[Invitation, Answer | None]]:
    """What somebody answered while the form was being filled in; nothing otherwise."""
    if form.refused != CONFLICT:
        return []
    given = {answer.invitation_id: answer for answer in recipient.answers.with_work().select_related("file")}
    return [(invitation, given.get(invitation.pk)) for invitation in recipient.dispatch.letter.invitations.all()]


def _mail(request: HttpRequest, recipient: Recipient) -> MailedReply | None:
    """The e-mail from which the answers are recorded: `?reply=`, one of this office."""
    wanted = request.GET.get("reply")
    return (
        get_or_404(request.user, "", MailedReply.objects.for_list(), pk=wanted, recipient=recipient) if wanted else None
    )


def _from(reply: MailedReply | None) -> dict[str, str]:
    """What is known of an answer by mail."""
    if reply is None:
        return {}
    how = _("by e-mail of %(day)s") % {"day": long_date(reply.sent_at or reply.received_at)}
    return {"name": str(reply)[:200], "received_by": how}


def _record(request: HttpRequest, recipient: Recipient, form: RecordedAnswerForm, reply: MailedReply | None) -> None:
    try:
        answering.record_answer(
            recipient=recipient,
            name=form.cleaned_data["name"],
            replies=form.replies(),
            received_by=form.cleaned_data["received_by"],
            document=form.cleaned_data["document"],
            by=person(request),
            at=timezone.now(),
            seen=form.cleaned_data["seen"],
        )
    except answering.AnswersClosed:
        messages.error(
            request,
            _("The letter is closed, or it was issued again to a successor: no more answers are recorded here."),
        )
    else:
        if reply:
            settle_reply(reply=reply, by=person(request), at=timezone.now())
        messages.success(request, _("The answer is recorded."))


def _kept(form: WatchedForm, act: Callable[[], Any]) -> bool:
    """Do it; where somebody was faster or the disk is full, the form says so."""
    try:
        act()
    except ChangedMeanwhile as conflict:
        form.show_again(conflict)
        return False
    except StorageFull as full:
        form.add_error(None, str(full))
        return False
    return True


@require_http_methods(["GET", "POST"])
def answer_follow(request: HttpRequest, pk: str, invitation: str) -> HttpResponse:
    """Say how far an office is with one invitation."""
    recipient = get_recipient(request, pk, "letters.record_answer")
    if recipient.acknowledged_at is None:
        return redirect("letters:answer", pk=pk)
    letter = recipient.dispatch.letter
    asked = get_object_or_404(letter.invitations.all(), pk=invitation)
    answer = recipient.answers.filter(invitation=asked).first()
    form = ProgressForm(posted(request), request.FILES or None, answer=answer)

    def act() -> None:
        by, at = person(request), timezone.now()
        seen = form.cleaned_data["seen"]
        answering.follow_up(recipient=recipient, invitation=asked, said=form.said(), by=by, at=at, seen=seen)
        messages.success(request, _("Noted."))

    if request.method == "POST" and form.is_valid() and _kept(form, act):
        return redirect("letters:recipient", pk=recipient.pk)
    stands = recipient.answers.with_work().select_related("file").filter(invitation=asked).first()
    context = {"recipient": recipient, "letter": letter, "invitation": asked, "answer": stands}
    return form_page(request, "letters/answers_follow.html", form, context, refused=form.refused)


@require_GET
def answer_file(request: HttpRequest, pk: str) -> HttpResponseBase:
    """The file that came with an answer, for whoever may see the letter."""
    files = Answer.objects.exclude(file=None).select_related("file", "recipient__dispatch__letter")
    answer = get_or_404(request.user, "letters.view_letter", files, pk=pk)
    note_reading(request, answer.recipient.dispatch.letter)
    return download(answer.file)


@require_GET
def recipient_document(request: HttpRequest, pk: str) -> HttpResponseBase:
    """The note or scan from which an answer was recorded, for whoever may see the letter."""
    files = Recipient.objects.exclude(document=None).select_related("document", "dispatch__letter")
    recipient = get_or_404(request.user, "letters.view_letter", files, pk=pk)
    note_reading(request, recipient.dispatch.letter)
    return download(recipient.document)
