"""Following a letter up: who has not answered, chasing them, and of whom no reply is expected."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.current import person
from agencies.models import Obligation
from agencies.views.edits import Effects, answered
from core.access import can
from core.forms import form_page, posted
from taskforce.letters import following
from taskforce.letters.forms.answers import ChaseForm, ExemptForm
from taskforce.letters.models import Assignment, Exemption, Letter
from taskforce.letters.views.recipients import get_recipient
from taskforce.letters.views.shared import get_letter
from taskforce.letters.workflow import Status


@require_GET
def follow_up(request: HttpRequest, pk: str) -> HttpResponse:
    """Who has not answered, who is excused, and when they were chased."""
    letter = get_letter(request, pk)
    excused = Exemption.objects.filter(recipient__dispatch__letter=letter, recipient__acknowledged_at=None)
    context = {
        "letter": letter,
        "waiting": following.waiting(letter, timezone.now()),
        "excused": excused.select_related("recipient", "by").order_by("recipient__office_name"),
        "chases": letter.chases.select_related("by").prefetch_related("recipients"),
        "assignments": Assignment.objects.filter(answer__recipient__dispatch__letter=letter).for_list(),
        "may_plan": can(request.user, "letters.record_answer"),
        "may_chase": can(request.user, "letters.dispatch_letter") and letter.status != Status.CLOSED,
        "has_rules": can(request.user, "reminders.view_reminder")
        and Obligation.objects.filter(topic=letter.pk).exists(),
    }
    return render(request, "letters/following.html", context)


@require_http_methods(["GET", "POST"])
def chase(request: HttpRequest, pk: str) -> HttpResponse:
    """Write to all who have not answered, after a look at who they are and what they will read."""
    letter = get_letter(request, pk, "letters.dispatch_letter")
    now = timezone.now()
    form = ChaseForm(posted(request))

    def effects() -> Effects:
        return _effects(letter, form.cleaned_data["note"])

    found = following.waiting(letter, now)
    if not found.now or letter.status == Status.CLOSED:
        messages.error(request, _("There is nobody to chase."))
        return redirect("letters:follow_up", pk=letter.pk)
    return answered(
        request,
        form,
        lambda by: following.chase(letter=letter, note=form.cleaned_data["note"], by=by, at=now),
        title=_("Chase those who have not answered %(reference)s") % {"reference": letter.reference},
        back=reverse("letters:follow_up", args=[letter.pk]),
        done=_("They are being written to."),
        lead=_("One e-mail goes to each office that has the letter and has not answered."),
        effects=effects,
        edit="letters/following_chase.html",
        more={"letter": letter, "overtaken": len(found.overtaken)},
    )


def _effects(letter: Letter, note: str) -> Effects:
    """Who is written to, what they read, and who is left out."""
    found = following.waiting(letter, timezone.now())
    heading = ngettext("%(number)d e-mail goes out", "%(number)d e-mails go out", len(found.now))
    shown: Effects = [(heading % {"number": len(found.now)}, [f"{row}, {row.email}" for row in found.now])]
    if found.now:
        sample = following.chase_email(found.now[0], letter, note)
        lines = [sample.subject, *(line for line in sample.text.splitlines() if line.strip())]
        shown.append((_("What %(office)s reads") % {"office": found.now[0]}, lines))
    if found.lately:
        shown.append((_("Left out: written to less than a day ago"), [str(row) for row in found.lately]))
    if found.unsure:
        shown.append((_("Left out: the letter may not have arrived"), [str(row) for row in found.unsure]))
    if found.overtaken:
        new = _("Left out: somebody new is in the post and has not had the letter")
        shown.append((new, [str(row) for row in found.overtaken]))
    return shown


@require_http_methods(["GET", "POST"])
def exempt(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that no reply is expected of an office, and why."""
    recipient = get_recipient(request, pk, "letters.record_answer")
    form = ExemptForm(posted(request))
    if request.method == "POST" and form.is_valid():
        by, at = person(request), timezone.now()
        following.exempt(recipient=recipient, why=form.cleaned_data["why"], by=by, at=at)
        messages.success(request, _("No reply is expected of this office any more."))
        return redirect("letters:recipient", pk=recipient.pk)
    context = {"recipient": recipient, "letter": recipient.dispatch.letter}
    return form_page(request, "letters/following_exempt.html", form, context)


@require_POST
def expect_again(request: HttpRequest, pk: str) -> HttpResponse:
    """Take that back."""
    recipient = get_recipient(request, pk, "letters.record_answer")
    following.expect_again(recipient=recipient, by=person(request))
    messages.success(request, _("A reply is expected again."))
    return redirect("letters:recipient", pk=recipient.pk)
