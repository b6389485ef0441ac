"""Replies by e-mail: those that nobody could file, and what is done with one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.current import person
from core.access import get_or_404, require
from core.audit import note_reading
from core.files import download
from core.forms import form_page, posted
from core.lists import Column, Empty, list_page
from taskforce.letters import replies
from taskforce.letters.forms.answers import FileReplyForm
from taskforce.letters.models import MailedReply

COLUMNS = [
    Column(
        "from",
        gettext_lazy("From"),
        str,
        link=lambda row: reverse("letters:reply", args=[row.pk]),
        sort="sender_name",
        sub="sender",
    ),
    Column("subject", gettext_lazy("Subject"), "subject", sort="subject"),
    Column("at", gettext_lazy("Came in"), "received_at", sort="received_at"),
    Column("automatic", gettext_lazy("Answered by a machine"), "automatic", sort="automatic"),
]


@require_GET
def reply_list(request: HttpRequest) -> HttpResponse:
    """The replies by e-mail that name no office of ours."""
    require(request.user, "letters.record_answer")
    return list_page(
        request,
        title=_("Replies to be filed"),
        queryset=MailedReply.objects.visible_to(request.user).unfiled().for_list(),
        columns=COLUMNS,
        template="letters/reply_list.html",
        empty=Empty(title=_("Nothing to file"), text=_("Mail stands here whose address named no office.")),
    )


def _reply(request: HttpRequest, pk: str) -> MailedReply:
    reply: MailedReply = get_or_404(request.user, "letters.record_answer", MailedReply.objects.for_list(), pk=pk)
    if reply.recipient:
        note_reading(request, reply.recipient.dispatch.letter)
    return reply


@require_http_methods(["GET", "POST"])
def reply_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One reply that is to be filed; one that is filed is read on the page of its office."""
    reply = _reply(request, pk)
    if reply.recipient_id:
        return redirect("letters:recipient", pk=reply.recipient_id)
    form = FileReplyForm(posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        recipient = form.cleaned_data["recipient"]
        replies.file_by_hand(reply=reply, recipient=recipient, by=person(request))
        messages.success(request, _("Filed."))
        return redirect("letters:recipient", pk=recipient.pk)
    return form_page(request, "letters/reply_detail.html", form, {"reply": reply})


@require_POST
def reply_settle(request: HttpRequest, pk: str) -> HttpResponse:
    """Nothing to record in it."""
    reply = _reply(request, pk)
    replies.settle_reply(reply=reply, by=person(request), at=timezone.now())
    messages.success(request, _("Noted: there is nothing to record in it."))
    return redirect("letters:recipient", pk=reply.recipient_id) if reply.recipient_id else redirect("letters:replies")


@require_GET
def reply_file(request: HttpRequest, pk: str, number: int) -> HttpResponseBase:
    """A file that came with a reply."""
    enclosed = next((one for one in _reply(request, pk).enclosed.all() if one.order == number), None)
    if enclosed is None:
        raise Http404
    return download(enclosed.file)
