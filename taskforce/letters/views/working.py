"""Pages of the work that comes of answers: what is to follow a yes, and each assignment."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.current import person
from core.access import can, get_or_404, require
from core.audit import note_reading
from core.forms import form_page, posted
from core.history import history_of
from core.workflow import IllegalMove
from taskforce.letters import working
from taskforce.letters.forms.working import ActForm, ReassignForm, SequelsForm
from taskforce.letters.models import Assignment, Choice, WorkState
from taskforce.letters.views.shared import get_letter

MOVES = {"take_up": WorkState.TAKEN_UP, "done": WorkState.DONE}


@require_http_methods(["GET", "POST"])
def sequels(request: HttpRequest, pk: str) -> HttpResponse:
    """Say what is to follow a yes to each invitation."""
    letter = get_letter(request, pk, "letters.record_answer")
    form = SequelsForm(posted(request), letter=letter)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            for invitation, kind, agency, days in form.plans():
                by = person(request)
                working.plan_sequel(invitation=invitation, kind=kind, agency=agency, days=days, by=by)
        messages.success(request, _("Noted. It holds for the answers that are there and for those to come."))
        return redirect("letters:follow_up", pk=letter.pk)
    return form_page(request, "letters/working_sequels.html", form, {"letter": letter})


@require_http_methods(["GET", "POST"])
def assignment(request: HttpRequest, pk: str) -> HttpResponse:
    """What an agency is to do because an office said yes."""
    found: Assignment = get_or_404(request.user, "letters.view_letter", Assignment.objects.for_list(), pk=pk)
    letter = found.answer.recipient.dispatch.letter
    note_reading(request, letter)
    open_still = found.state != WorkState.DONE
    may_act = open_still and can(request.user, "agencies.do_obligation", found)
    may_give = open_still and can(request.user, "letters.record_answer")
    do = request.POST.get("do", "")
    act = ActForm(posted(request) if do != "give" else None, initial={"note": found.note})
    give = ReassignForm(posted(request) if do == "give" else None, assignment=found)
    if request.method == "POST":
        require(request.user, "letters.record_answer" if do == "give" else "agencies.do_obligation", found)
        if do in MOVES and act.is_valid():
            return _acted(request, found, lambda by: _act(found, MOVES[do], act, by))
        if do == "give" and give.is_valid():
            return _acted(request, found, lambda by: working.reassign(assignment=found, by=by, **give.cleaned_data))
        if act.is_bound and do not in MOVES:
            act.add_error(None, _("Say whether it is taken up or done."))
    context = {
        "assignment": found,
        "answer": found.answer,
        "recipient": found.answer.recipient,
        "letter": letter,
        "act": act if may_act else None,
        "give": give if may_give else None,
        "changed_mind": found.answer.choice in {Choice.NONE, Choice.DECLINED},
        "changes": history_of(request, found),
    }
    return form_page(request, "letters/working_assignment.html", give if do == "give" else act, context)


def _act(found: Assignment, state: WorkState, form: ActForm, by: Any) -> Assignment:
    return working.act(assignment=found, state=state, note=form.cleaned_data["note"], by=by)


def _acted(request: HttpRequest, found: Assignment, action: Any) -> HttpResponse:
    try:
        action(person(request))
    except IllegalMove as why:
        messages.error(request, str(why))
        return redirect("letters:recipient", pk=found.answer.recipient_id)
    messages.success(request, _("Noted."))
    return redirect(found)
