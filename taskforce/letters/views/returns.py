"""What people learn of a message after it left: it arrived, it is to be sent again, it came back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from accounts.current import person
from core import outbox
from core.forms import form_page, posted
from core.kept import sentence
from core.models import MessageState
from taskforce.letters.forms.dispatch import CameBackForm
from taskforce.letters.releasing import MAY_SEND
from taskforce.letters.views.recipients import get_recipient

NOTED = sentence(gettext_noop("%(reason)s (noted by %(person)s)"))


@require_POST
def recipient_resolve(request: HttpRequest, pk: str) -> HttpResponse:
    """Say of an uncertain message that it arrived, or let it be sent again; of one that came back, that it arrived after all."""
    recipient = get_recipient(request, pk, MAY_SEND)
    arrived = request.POST.get("arrived") == "yes"
    doubtful = {MessageState.UNCERTAIN, MessageState.BOUNCED} if arrived else {MessageState.UNCERTAIN}
    if recipient.message is None or recipient.message.state not in doubtful:
        messages.error(request, _("This message is no longer uncertain."))
    else:
        outbox.resolve(recipient.message, arrived=arrived, by=person(request))
        messages.success(request, _("Noted as arrived.") if arrived else _("It is sent again."))
    return redirect("letters:recipient", pk=recipient.pk)


@require_http_methods(["GET", "POST"])
def recipient_came_back(request: HttpRequest, pk: str) -> HttpResponse:
    """Note that a message came back, as somebody of the house learnt it."""
    recipient = get_recipient(request, pk, MAY_SEND)
    if recipient.message is None or recipient.message.state not in outbox.LEFT:
        messages.error(request, _("This message did not leave the house, or is known to have come back."))
        return redirect("letters:recipient", pk=recipient.pk)
    form = CameBackForm(posted(request))
    if request.method == "POST" and form.is_valid():
        words = {"reason": form.cleaned_data["reason"], "person": person(request)}
        outbox.came_back(recipient.message.pk, NOTED % words)
        messages.success(request, _("Noted. Correct the address in the register, then send the letter again."))
        return redirect("letters:recipient", pk=recipient.pk)
    context = {"recipient": recipient, "letter": recipient.dispatch.letter}
    return form_page(request, "letters/recipient_came_back.html", form, context)
