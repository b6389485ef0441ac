"""The pages of the mail that leaves the house: every message with its honest state, and what a person decides about it.

The text of a message is not shown: it may hold a link that is meant for the recipient alone.
"""

from __future__ import annotations

import uuid

import django_filters
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.current import person
from accounts.decorators import fresh_sign_in_required
from core import outbox
from core.access import can, get_or_404, require
from core.forms import form_page, posted
from core.history import history_of
from core.lists import Column, Empty, list_page
from core.models import MessageQuerySet, MessageState, OutgoingMessage, SendHold


class MailFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of the list of messages."""

    state = django_filters.ChoiceFilter(choices=MessageState.choices, label=_("State"))
    to = django_filters.CharFilter(lookup_expr="icontains", label=_("Address contains"))
    subject = django_filters.CharFilter(lookup_expr="icontains", label=_("Subject contains"))

    class Meta:
        model = OutgoingMessage
        fields: list[str] = []


class ResolveForm(forms.Form):
    """What became of an uncertain message, as found out by a person."""

    arrived = forms.TypedChoiceField(
        label=_("What did you find out?"),
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        choices=[
            ("yes", _("It arrived: the recipient has it, or the relay's log shows it. Do not send it again.")),
            ("no", _("It did not arrive: send it again. If it did arrive after all, the recipient gets it twice.")),
        ],
        error_messages={"required": _("Choose what you found out.")},
    )


class HoldForm(forms.Form):
    """Why mail is stopped."""

    reason = forms.CharField(
        label=_("Why is mail stopped?"),
        max_length=300,
        help_text=_("Everybody who looks after mail reads it."),
        error_messages={"required": _("Say why mail is stopped.")},
    )


def _address(message: OutgoingMessage) -> str:
    return reverse("home:message", args=[message.pk])


COLUMNS = [
    Column("subject", _("Subject"), "subject", link=_address, sort="subject", sub="reason"),
    Column("to", _("To"), "to", sort="to", code=True),
    Column("queued", _("Queued"), "created_at", sort="created_at"),
    Column("attempts", _("Attempts"), "attempts", sort="attempts", numeric=True),
    Column("settled", _("Settled"), "settled_at", sort="settled_at", on_page=False),
    Column("state", _("State"), "state", tag="message", sort="state"),
]


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """All messages, the newest first."""
    require(request.user, "core.view_mail")
    return list_page(
        request,
        title=_("Mail"),
        queryset=OutgoingMessage.objects.visible_to(request.user).defer("text", "html"),
        columns=COLUMNS,
        filterset=MailFilter,
        default_sort="-queued",
        template="home/mail_list.html",
        context={
            "hold": SendHold.objects.open().of_all().first(),
            "held": _held().exists(),
            "may_hold": can(request.user, "core.release_mail"),
        },
        empty=Empty(
            _("No mail yet"), _("Letters, reminders and invitations stand here from the moment they are queued.")
        ),
    )


@require_safe
def mail_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One message: its state, why, its enclosures and its history; never its text."""
    message = get_or_404(request.user, "core.view_mail", OutgoingMessage.objects.defer("text", "html"), pk=pk)
    return render(
        request,
        "home/mail_detail.html",
        {
            "message": message,
            "enclosures": message.enclosures.select_related("file"),
            "changes": history_of(request, message),
            "may_resolve": message.state == MessageState.UNCERTAIN and can(request.user, "core.resolve_mail"),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def mail_resolve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A person says what became of an uncertain message."""
    message = get_or_404(request.user, "core.resolve_mail", OutgoingMessage.objects.all(), pk=pk)
    if message.state != MessageState.UNCERTAIN:
        messages.info(request, now("It is not uncertain any more; nothing was changed."))
        return redirect(_address(message))
    form = ResolveForm(posted(request))
    if form.is_valid():
        outbox.resolve(message, arrived=form.cleaned_data["arrived"], by=person(request))
        return redirect(_address(message))
    return form_page(request, "home/mail_resolve.html", form, {"message": message})


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in_required
def mail_hold(request: HttpRequest) -> HttpResponse:
    """Stop all mail with a reason, or let it leave again."""
    require(request.user, "core.release_mail")
    holds = list(SendHold.objects.open().of_all().order_by("since"))
    return _release(request, holds) if holds or _held().exists() else _pause(request)


def _held() -> MessageQuerySet:
    """What waits for a person: because mail is on hold, or because it is not what was approved."""
    return OutgoingMessage.objects.filter(state=MessageState.HELD)


def _pause(request: HttpRequest) -> HttpResponse:
    form = HoldForm(posted(request))
    if form.is_valid():
        held = outbox.pause(form.cleaned_data["reason"])
        said = ngettext("Mail is on hold: %(n)d message waits.", "Mail is on hold: %(n)d messages wait.", held)
        messages.warning(request, said % {"n": held})
        return redirect("home:mail")
    return form_page(request, "home/mail_hold.html", form)


def _release(request: HttpRequest, holds: list[SendHold]) -> HttpResponse:
    if request.method == "POST" and request.POST.get("release"):
        queued = outbox.release(by=person(request))
        said = ngettext("Mail leaves again: %(n)d message.", "Mail leaves again: %(n)d messages.", queued)
        messages.success(request, said % {"n": queued})
        return redirect("home:mail")
    counts = {
        "held": _held().count(),
        "uncertain": OutgoingMessage.objects.filter(state=MessageState.UNCERTAIN).count(),
    }
    return render(request, "home/mail_release.html", {"holds": holds, **counts})
