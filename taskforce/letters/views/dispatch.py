"""Checking a dispatch, starting it, watching it, stopping it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.decorators import fresh_sign_in_required
from core.dates import today
from core.pdf import PdfFailed, PdfUnavailable
from core.sensitivity import Sensitivity
from core.workflow import IllegalMove
from taskforce.letters import dispatching
from taskforce.letters.documents import PersonalLetter, fingerprint, text_of
from taskforce.letters.forms import DispatchForm
from taskforce.letters.models import Dispatch, Letter
from taskforce.letters.reading import letter_of
from taskforce.letters.views.letters import get_letter, progress_of, signed_in_user
from taskforce.letters.workflow import LETTER, Status

MAY_SEND = "letters.dispatch_letter"


@require_http_methods(["GET", "POST"])
@fresh_sign_in_required
def letter_dispatch(request: HttpRequest, pk: str) -> HttpResponse:
    """Check the answers, then dispatch to exactly what was shown."""
    letter = get_letter(request, pk, MAY_SEND)
    form = DispatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _start(request, letter, form.cleaned_data["approved"])
    return _check_page(request, letter)


def _start(request: HttpRequest, letter: Letter, approved: str) -> HttpResponse:
    try:
        dispatch = dispatching.dispatch_letter(
            letter=letter, approved=approved, by=signed_in_user(request), on=today(), at=timezone.now()
        )
    except dispatching.ChangedSinceChecked:
        messages.error(request, _("The text or the recipients changed since you looked. Check again, then dispatch."))
        return _check_page(request, letter, status=409)
    except IllegalMove as error:
        messages.error(request, str(error))
        return redirect("letters:detail", pk=letter.pk)
    number = dispatch.recipients.exclude(email="").count()
    said = ngettext("It is on its way to %(n)s office.", "It is on its way to %(n)s offices.", number)
    messages.success(request, said % {"n": number})
    return redirect("letters:detail", pk=letter.pk)


def _check_page(request: HttpRequest, letter: Letter, *, status: int = 200) -> HttpResponse:
    """Everything a person wants to know before it goes out, with the fingerprint of what they see."""
    text, roll = text_of(letter), dispatching.roll_of(letter, today())
    context = {
        "letter": letter,
        "text": text,
        "roll": roll,
        "samples": roll.samples(),
        "approved": fingerprint(text, today(), roll.addressees),
        "day": today(),
        "why_not": _why_not(letter),
        "cleared_by_me": letter.clearances.current().filter(decided_by=signed_in_user(request)).exists(),
        "restricted": text.sensitivity > Sensitivity.UNCLASSIFIED,
        "already": letter.dispatches.exists(),
        "clearances": letter.clearances.current().for_list(today()),
    }
    return render(request, "letters/letter_check.html", context, status=status)


def _why_not(letter: Letter) -> str:
    move = LETTER.moves["dispatch"]
    if letter.status not in move.sources:
        return _("A letter is dispatched when it is cleared; this one is not.")
    return move.blocked(letter)


@require_GET
def letter_sample(request: HttpRequest, pk: str, office: str) -> HttpResponse:
    """The PDF as one office got it, or would get it today."""
    letter = get_letter(request, pk)
    document = letter_of(letter, str(office))
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
        "Content-Disposition": f'attachment; filename="{document.file_name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


@require_GET
def dispatch_progress(request: HttpRequest, pk: str) -> HttpResponse:
    """How far the dispatch is: the part of the page that renews itself."""
    letter = get_letter(request, pk)
    dispatch = letter.dispatches.select_related("started_by").first()
    if dispatch is None:
        raise Http404
    return render(request, "letters/_progress.html", {"letter": letter, **progress_of(request.user, dispatch)})


@require_POST
def dispatch_stop(request: HttpRequest, pk: str) -> HttpResponse:
    """Stop what has not left."""
    letter, dispatch = _running(request, pk)
    try:
        dispatching.cancel_dispatch(dispatch=dispatch, by=signed_in_user(request), at=timezone.now())
    except IllegalMove as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Stopped. The offices that lack the letter can be sent it in another dispatch."))
    return redirect("letters:detail", pk=letter.pk)


@require_POST
@fresh_sign_in_required
def dispatch_resume(request: HttpRequest, pk: str) -> HttpResponse:
    """Let the preparation go on after it stopped or failed."""
    letter, dispatch = _running(request, pk)
    dispatching.resume(dispatch=dispatch, by=signed_in_user(request))
    messages.success(request, _("It goes on with the offices that are still to be prepared."))
    return redirect("letters:detail", pk=letter.pk)


def _running(request: HttpRequest, pk: str) -> tuple[Letter, Dispatch]:
    letter = get_letter(request, pk, MAY_SEND)
    dispatch = letter.dispatches.first()
    if dispatch is None or not dispatch.is_running or letter.status != Status.DISPATCHING:
        raise Http404
    return letter, dispatch
