"""From an answer to work: a yes opens an assignment of the responsible agency, once, and a no before anybody acted takes it back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies.actions import owe, settle
from agencies.models import Agency, ObligationKind
from core.access import require
from core.audit import signed
from core.dates import today
from core.kept import kept, sentence
from core.workflow import IllegalMove
from taskforce.letters.models import Answer, Assignment, Choice, Invitation, Letter, Sequel, WorkKind, WorkState

if TYPE_CHECKING:
    from accounts.models import User

PAGE = "letters:assignment"
DAYS = 30
WORDS = {
    WorkKind.BRIEFING: sentence(gettext_noop("Arrange a briefing for %(office)s: letter %(letter)s")),
    WorkKind.EXPERTISE: sentence(gettext_noop("Offer expertise to %(office)s: letter %(letter)s")),
    WorkKind.COMMITMENT: sentence(gettext_noop("Accompany a commitment of %(office)s: letter %(letter)s")),
}
YES = frozenset({Choice.ACCEPTED, Choice.UNDER_WAY})  # what is done already asks nobody for anything


def match(answer: Answer, on: dt.date) -> None:
    """Open what follows this answer, or take it back where the answer is no yes any more and nobody has acted. Within its change."""
    if answer.choice in YES:
        _open(answer, on)
        return
    assignment = Assignment.objects.select_for_update(of=("self",)).filter(answer=answer).first()
    if assignment and assignment.is_untouched:
        settle(assignment.pk, kind=ObligationKind.ACTION, outcome=gettext_noop("Taken back: the answer was changed"))
        assignment.delete()


def _open(answer: Answer, on: dt.date) -> None:
    sequel = Sequel.objects.select_related("agency").filter(invitation=answer.invitation_id).first()
    if sequel is None:
        return
    facts = {"kind": sequel.kind, "agency": sequel.agency, "due_on": on + dt.timedelta(days=sequel.days)}
    assignment, new = Assignment.objects.get_or_create(answer=answer, defaults=facts)
    if new:
        _owe(assignment)


def _owe(assignment: Assignment) -> None:
    letter = assignment.answer.recipient.dispatch.letter
    owe(
        kind=ObligationKind.ACTION,
        what=(
            WORDS[WorkKind(assignment.kind)]
            % {"office": assignment.answer.recipient.office_name, "letter": letter.reference}
        )[:300],
        page=PAGE,
        subject_id=assignment.pk,
        due_on=assignment.due_on,
        agency=assignment.agency,
        mechanism=letter.mechanism,
        time_zone=assignment.agency.time_zone,
    )


# ---------------------------------------------------------------- the agency acts


@transaction.atomic
def act(*, assignment: Assignment, state: WorkState, note: str, by: User) -> Assignment:
    """The agency takes it up or has done it. Raises IllegalMove where it is done already."""
    require(by, "agencies.do_obligation", assignment)
    current = _locked(assignment)
    current.state, current.note, current.by = state, note, by
    with signed(user=str(by.pk)):
        current.save()
    if state == WorkState.DONE:
        settle(current.pk, kind=ObligationKind.ACTION, outcome=(note or kept(state.label))[:200])
    return current


@transaction.atomic
def reassign(*, assignment: Assignment, agency: Agency, due_on: dt.date, by: User) -> Assignment:
    """The secretariat gives it to another agency, or another day."""
    require(by, "letters.record_answer")
    current = _locked(assignment)
    settle(current.pk, kind=ObligationKind.ACTION, outcome=gettext_noop("Given to another agency, or another day"))
    current.agency, current.due_on, current.by = agency, due_on, by
    with signed(user=str(by.pk)):
        current.save()
    _owe(current)
    return current


def _locked(assignment: Assignment) -> Assignment:
    rows = Assignment.objects.select_for_update(of=("self",)).for_list()
    current = rows.filter(pk=assignment.pk).first()
    if current is None:
        raise IllegalMove(_("The office has changed its answer: nothing is asked for any more."))
    if current.state == WorkState.DONE:
        raise IllegalMove(_("This is done already."))
    return current


# ---------------------------------------------------------------- what is to follow


def usual_agency(letter: Letter) -> Agency | None:
    """Who is responsible unless another agency is chosen: the first chair of the mechanism."""
    return next(iter(letter.co_chairs(today())), None)


@transaction.atomic
def plan_sequel(*, invitation: Invitation, kind: str, agency: Agency | None, days: int, by: User) -> None:
    """Say what is to follow a yes, also to what was answered so; an empty kind: nothing. What is open already stays."""
    require(by, "letters.record_answer")
    with signed(user=str(by.pk)):
        if not kind or agency is None:
            Sequel.objects.filter(invitation=invitation).delete()
            return
        facts = {"kind": kind, "agency": agency, "days": days}
        Sequel.objects.update_or_create(invitation=invitation, defaults=facts)
        for answer in invitation.answers.filter(choice__in=YES).select_related(
            "recipient__dispatch__letter__mechanism"
        ):
            match(answer, today())
