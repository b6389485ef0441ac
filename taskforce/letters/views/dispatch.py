"""Checking a dispatch, asking for it, releasing it, watching it, stopping it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.current import person
from accounts.decorators import fresh_sign_in_required
from core import outbox, pacing
from core.access import can
from core.dates import today
from core.export import disposition
from core.forms import UNPROCESSABLE, posted
from core.models import OutgoingMessage
from core.pdf import PdfFailed, PdfUnavailable
from core.sensitivity import Sensitivity
from core.workflow import IllegalMove
from taskforce.letters import dispatching, rehearsing, reissuing, releasing
from taskforce.letters.documents import PersonalLetter
from taskforce.letters.forms.dispatch import DispatchForm
from taskforce.letters.groups import shares
from taskforce.letters.models import Dispatch, Letter, Release
from taskforce.letters.reading import letter_of
from taskforce.letters.views.shared import get_letter, tried
from taskforce.letters.workflow import Status

MAY_SEND = releasing.MAY_SEND


@require_http_methods(["GET", "POST"])
@fresh_sign_in_required
def letter_dispatch(request: HttpRequest, pk: str, *, reissue: bool = False) -> HttpResponse:
    """Check the answers, then ask that exactly what was shown be sent; a `reissue` goes to successors alone."""
    letter = get_letter(request, pk, MAY_SEND)
    form = DispatchForm(posted(request))
    if form.is_valid():
        return _ask(request, letter, form.cleaned_data["approved"], reissue=reissue)
    return _check_page(request, letter, status=UNPROCESSABLE if form.is_bound else 200, reissue=reissue)


def _ask(request: HttpRequest, letter: Letter, approved: str, *, reissue: bool) -> HttpResponse:
    by = person(request)
    try:
        releasing.ask(letter=letter, approved=approved, by=by, on=today(), at=timezone.now(), reissue=reissue)
    except releasing.ChangedSinceChecked:
        messages.error(request, _("The text or the recipients changed since you looked. Check again, then ask."))
        return _check_page(request, letter, status=409, reissue=reissue)
    except IllegalMove as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You asked for the dispatch. It begins when a second person releases it."))
    return redirect("letters:detail", pk=letter.pk)


@require_POST
@fresh_sign_in_required
def dispatch_release(request: HttpRequest, pk: str) -> HttpResponse:
    """The second person lets go what was asked for and shown to them."""
    letter = get_letter(request, pk, MAY_SEND)
    asked = letter.releases.open().first()
    form = DispatchForm(request.POST)
    if asked is None or not form.is_valid():
        messages.error(request, _("It was taken back, or released, meanwhile."))
        return redirect("letters:detail", pk=letter.pk)
    return _release(request, asked, form.cleaned_data["approved"])


def _release(request: HttpRequest, asked: Release, approved: str) -> HttpResponse:
    letter, by = asked.letter, person(request)
    try:
        dispatch = releasing.release(asked=asked, approved=approved, by=by, on=today(), at=timezone.now())
    except releasing.ChangedSinceChecked:
        messages.error(request, _("What would be sent is no longer what was asked for. Nothing was sent."))
        return _check_page(request, letter, status=409, reissue=asked.reissue)
    except IllegalMove as error:
        messages.error(request, str(error))
        return redirect("letters:detail", pk=letter.pk)
    number = dispatch.recipients.exclude(email="").count()
    said = ngettext("It is on its way to %(n)s office.", "It is on its way to %(n)s offices.", number)
    messages.success(request, said % {"n": number})
    return redirect("letters:detail", pk=letter.pk)


@require_POST
def dispatch_take_back(request: HttpRequest, pk: str) -> HttpResponse:
    """What was asked for is not sent."""
    letter = get_letter(request, pk, MAY_SEND)
    return tried(request, letter, partial(releasing.take_back, letter=letter), _("Taken back. Nothing was sent."))


def _check_page(request: HttpRequest, letter: Letter, *, status: int = 200, reissue: bool = False) -> HttpResponse:
    """Everything a person wants to know before it goes out, with the fingerprint of what they see."""
    waits = letter.releases.open().select_related("asked_by").first()
    asked = waits if waits and waits.reissue == reissue else None
    plan = dispatching.plan_of(letter, asked.day if asked else today(), today(), reissue=reissue)
    unchanged = asked is not None and asked.sha256 == plan.sha256
    fresh = plan if unchanged else replace(plan, day=today())
    context = {
        "letter": letter,
        "plan": fresh,
        "samples": fresh.roll.samples(),
        "why_not": releasing.why_not(letter, fresh),
        "asked": asked,
        "other": waits if waits != asked else None,
        "successions": reissuing.successions(letter, today()) if reissue else [],
        "rehearsed": rehearsing.last_of(letter),
        "unchanged": unchanged,
        "changes": releasing.changes_since(asked, fresh) if asked and not unchanged else None,
        "why_not_me": releasing.why_not_by(asked, person(request)) if asked else "",
        "restricted": fresh.text.sensitivity > Sensitivity.UNCLASSIFIED,
        "already": letter.dispatches.exists(),
        "again": sorted(set(dispatching.sent_before(letter, fresh.roll).values_list("office_name", flat=True))),
        "clearances": letter.clearances.current().for_list(today()),
        "shares": shares(fresh.text.groups, today()),
        "minutes": pacing.minutes(OutgoingMessage.objects.waiting().count() + len(fresh.roll.reached)),
        "per_minute": settings.MAIL_PER_MINUTE,
    }
    return render(request, "letters/letter_check.html", context, status=status)


@require_GET
def letter_sample(request: HttpRequest, pk: str, office: str) -> HttpResponse:
    """The PDF as one office got it, or would get it today; with `?reissue=1` as a successor would."""
    letter = get_letter(request, pk)
    document = letter_of(letter, str(office), reissue="reissue" in request.GET)
    if document is None:
        raise Http404
    return pdf_response(request, letter, document)


def pdf_response(request: HttpRequest, letter: Letter, document: PersonalLetter) -> HttpResponse:
    """A letter set now; where it cannot be, the reason on the letter's page."""
    try:
        pdf = dispatching.set_letter(document)
    except (PdfUnavailable, PdfFailed) as error:
        messages.error(request, str(error))
        return redirect("letters:detail", pk=letter.pk)
    headers = {
        "Content-Disposition": disposition(document.file_name),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


@require_GET
def dispatch_progress(request: HttpRequest, pk: str) -> HttpResponse:
    """How far the dispatch is: the part of the page that renews itself."""
    letter = get_letter(request, pk)
    dispatch = letter.dispatches.select_related("started_by", "release__asked_by").first()
    if dispatch is None:
        raise Http404
    return render(request, "letters/_progress.html", {"letter": letter, **progress_of(request.user, dispatch)})


@require_POST
def dispatch_stop(request: HttpRequest, pk: str) -> HttpResponse:
    """Stop what has not left."""
    letter, dispatch = _running(request, pk)
    said = _("Stopped. The offices that lack the letter can be sent it in another dispatch.")
    stop = partial(dispatching.cancel_dispatch, dispatch=dispatch, at=timezone.now())
    return tried(request, letter, stop, said)


@require_POST
def dispatch_pause(request: HttpRequest, pk: str) -> HttpResponse:
    """Prepare and send no more for now."""
    letter, dispatch = _running(request, pk)
    said = _("Paused. What waits stays where it is until somebody lets it go on.")
    return tried(request, letter, partial(dispatching.pause, dispatch=dispatch), said)


@require_POST
@fresh_sign_in_required
def dispatch_resume(request: HttpRequest, pk: str) -> HttpResponse:
    """Let it go on after it was paused, or after the preparation failed."""
    letter, dispatch = _running(request, pk)
    said = _("It goes on with the offices that still lack the letter.")
    return tried(request, letter, partial(dispatching.resume, dispatch=dispatch), said)


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


def _running(request: HttpRequest, pk: str) -> tuple[Letter, Dispatch]:
    letter = get_letter(request, pk, MAY_SEND)
    dispatch = letter.dispatches.first()
    if dispatch is None or not dispatch.is_running or letter.status != Status.DISPATCHING:
        raise Http404
    return letter, dispatch
