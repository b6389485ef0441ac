"""What changes assessments. Each verb checks the right of `by`, writes in one transaction and leaves its trace in the history."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies.access import agencies_of
from agencies.actions import owe, settle
from agencies.models import Agency, Obligation, ObligationKind
from assessments.access import VIEW
from assessments.models import (
    Assessment,
    Cell,
    CellState,
    Contribution,
    Flow,
    ForecastChange,
    months_late,
)
from assessments.questions import NUMBERS
from assessments.workflow import ASSESSMENT, CONTRIBUTION, OPEN
from core.access import grant, granted_to, require, revoke
from core.audit import signed
from core.dates import FuzzyDate, today
from core.files import store
from core.kept import sentence
from core.sensitivity import Sensitivity
from core.workflow import IllegalMove, move

if TYPE_CHECKING:
    from accounts.models import User
    from core.uploads import Upload

CONTRIBUTION_PAGE = "assessments:contribution"
CONTRIBUTE = sentence(gettext_noop("Contribution to “%(assessment)s”"))
CLASSIFIED = gettext_noop("Contribution to a classified assessment")
REVISABLE = ("title", "area", "region", "sensitivity", "tlp", "note", "source")


class ReasonNeeded(ValidationError):
    """A date moves to later and nobody said why."""


class Conflict(Exception):
    """Somebody else saved the same answer since it was opened; `cell` is the answer as it stands now."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(cell)
        self.cell = cell


@contextmanager
def _act(by: User, **trace: str) -> Iterator[None]:
    """One transaction whose changes the history puts down to `by`."""
    with transaction.atomic(), signed(user=str(by.pk), **trace):
        yield


# ---------------------------------------------------------------- the assessment


def plan(*, assessment: Assessment, by: User) -> Assessment:
    """Put a new assessment on the schedule; its first forecast is its plan. A strictly confidential one names its lead agency."""
    require(by, "assessments.change_schedule")
    assessment.forecast_day, assessment.forecast_precision = assessment.planned_day, assessment.planned_precision
    with _act(by):
        assessment.full_clean()
        assessment.save(force_insert=True)
        if assessment.sensitivity == Sensitivity.STRICTLY_CONFIDENTIAL:
            grant(assessment.lead.group, VIEW, assessment)
    return assessment


def revise(*, assessment: Assessment, by: User) -> Assessment:
    """Save changed facts of an assessment. Its sensitivity may be raised, never lowered: that takes a second person.

    Where it is raised, whoever still has to contribute is named, and nobody's task names the title any more.
    """
    require(by, "assessments.change_assessment", assessment)
    with _act(by):
        before = Assessment.objects.select_for_update().get(pk=assessment.pk)
        if before.is_over:
            raise IllegalMove(_("A published or cancelled assessment changes no more."))
        if assessment.sensitivity < before.sensitivity:
            raise ValidationError({"sensitivity": _("The sensitivity cannot be lowered here.")})
        assessment.full_clean()
        assessment.save(update_fields=REVISABLE)
        if assessment.sensitivity > before.sensitivity:
            _restrict(assessment)
    return assessment


def lower_marking(assessment: Assessment, to: int, by: User, note: str) -> Assessment:
    """Mark an assessment lower, once a second person has decided on it; its title comes back to the tasks of the agencies."""
    with _act(by, note=note):
        fresh = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
        fresh.sensitivity = to
        fresh.save(update_fields=["sensitivity"])
        for contribution in fresh.contributions.filter(status__in=OPEN).select_related("agency__group"):
            if contribution.is_owed:
                contribution.assessment = fresh
                announce(contribution)
    return fresh


def _restrict(assessment: Assessment) -> None:
    """Keep sight for the agencies that have work with the assessment, and take its title from their tasks."""
    if assessment.sensitivity == Sensitivity.STRICTLY_CONFIDENTIAL:
        grant(assessment.lead.group, VIEW, assessment)
    for contribution in assessment.contributions.filter(status__in=OPEN).select_related("agency__group"):
        if not sees(contribution.agency, assessment):
            grant(contribution.agency.group, VIEW, assessment)
        if contribution.is_owed:
            contribution.assessment = assessment
            announce(contribution)


def advance(*, assessment: Assessment, name: str, by: User, published: FuzzyDate | None = None) -> Assessment:
    """Make a move of the assessment's workflow; `publish` takes the date of publication. Raises IllegalMove."""
    changes: dict[str, Any] = {}
    if name == "publish":
        if published is None or published.day > today():
            raise IllegalMove(_("Give the date of publication; it cannot lie in the future."))
        changes = {"published_day": published.day, "published_precision": published.precision}
    return move(ASSESSMENT, assessment, name, by=by, **changes)


def change_forecast(*, assessment: Assessment, to: FuzzyDate, reason: str, by: User) -> ForecastChange | None:
    """Move the forecast and keep the old one in the history; None when nothing changes. Raises ReasonNeeded, IllegalMove."""
    require(by, "assessments.change_assessment", assessment)
    with _act(by):
        fresh = Assessment.objects.select_for_update().get(pk=assessment.pk)
        if fresh.is_over:
            raise IllegalMove(_("A published or cancelled assessment has no forecast any more."))
        before = fresh.forecast
        if to == before:
            return None
        reason = reason.strip()
        if not reason and (to.day > before.day or months_late(before, to) > 0):
            raise ReasonNeeded({"reason": _("Say why the date moves to later.")})
        fresh.forecast_day, fresh.forecast_precision = to.day, to.precision
        fresh.save(update_fields=["forecast_day", "forecast_precision"])
        return ForecastChange.objects.create(
            assessment=fresh,
            from_day=before.day,
            from_precision=before.precision,
            to_day=to.day,
            to_precision=to.precision,
            reason=reason,
            by=by,
        )


def _hold_open(assessment_id: uuid.UUID) -> None:
    """Lock the assessment for a change of its content, so that nobody clears it meanwhile. Raises IllegalMove if it is fixed."""
    if Assessment.objects.select_for_update().get(pk=assessment_id).is_fixed:
        raise IllegalMove(
            _("A cleared, published or cancelled assessment changes no more. Open the review again first.")
        )


def add_flow(*, flow: Flow, by: User) -> Flow:
    """Let the assessment cover a flow: six questions, all of them unanswered."""
    require(by, "assessments.change_assessment", flow.assessment)
    with _act(by):
        _hold_open(flow.assessment_id)
        flow.place = Flow.objects.filter(assessment=flow.assessment_id).count() + 1
        flow.full_clean()
        flow.save(force_insert=True)
        Cell.objects.bulk_create(Cell(flow=flow, question=number) for number in NUMBERS)
    return flow


def save_cell(*, cell: Cell, text: str, state: str, confidence: str, version: int, by: User) -> Cell:
    """Answer a question. `version` is the one that was opened: raises Conflict when another has been saved since."""
    require(by, "assessments.change_cell", cell)
    with _act(by):
        _hold_open(cell.flow.assessment_id)
        Cell.objects.get_or_create(flow=cell.flow, question=cell.question)
        locked = Cell.objects.select_for_update(of=("self",)).select_related("flow__assessment")
        fresh = locked.get(flow=cell.flow, question=cell.question)
        if fresh.version != version:
            raise Conflict(fresh)
        blank = state == CellState.BLANK
        fresh.text, fresh.state = "" if blank else text.strip(), state
        fresh.confidence = "" if blank else confidence
        fresh.version, fresh.updated_by, fresh.updated_at = version + 1, by, timezone.now()
        fresh.full_clean()
        fresh.save()
    return fresh


def keep(*, part: Any, by: User) -> Any:
    """Save a source or an estimate of an assessment."""
    require(by, "assessments.change_assessment", part.assessment)
    with _act(by):
        _hold_open(part.assessment_id)
        part.full_clean()
        part.save()
    return part


# ---------------------------------------------------------------- contributions


def ask(
    *, assessment: Assessment, agencies: Iterable[Agency], flows: Iterable[Flow], what: str, due_on: dt.date, by: User
) -> list[Contribution]:
    """Ask agencies for their contribution by a day; each then owes it.

    An agency is asked only about what it may see. Raises ValidationError for one that may not, or that owes one already.
    """
    require(by, "assessments.change_assessment", assessment)
    flows = list(flows)
    with _act(by):
        if Assessment.objects.select_for_update().get(pk=assessment.pk).is_over:
            raise IllegalMove(_("A published or cancelled assessment takes no contributions."))
        return [_ask_one(assessment, agency, flows, what, due_on, by) for agency in agencies]


def _ask_one(
    assessment: Assessment, agency: Agency, flows: list[Flow], what: str, due_on: dt.date, by: User
) -> Contribution:
    who = {"agency": agency.name_on(today())}
    if not sees(agency, assessment):
        raise ValidationError(_("%(agency)s may not see this assessment. Give it sight of it first."), "unseen", who)
    if Contribution.objects.filter(assessment=assessment, agency=agency, status__in=OPEN).exists():
        raise ValidationError(_("%(agency)s has an open request already."), "open", who)
    contribution = Contribution.objects.create(
        assessment=assessment, agency=agency, what=what.strip(), due_on=due_on, asked_by=by
    )
    contribution.flows.set(flows)
    announce(contribution)
    return contribution


def submit(*, contribution: Contribution, text: str, by: User, file: Upload | None = None) -> Contribution:
    """Hand in what was asked for; the obligation is settled. Text and file are kept both or not at all. Raises StorageFull."""
    changes: dict[str, Any] = {"text": text.strip(), "submitted_by": by, "submitted_at": timezone.now()}
    with _act(by):
        done = move(CONTRIBUTION, contribution, "submit", by=by, **changes)
        if file is not None:
            done.file = store(name=file.name, content_type=file.content_type, data=file.data, by=by)
            done.save(update_fields=["file"])
        _settle(done, "submitted")
    return done


def accept(*, contribution: Contribution, by: User, comment: str = "") -> Contribution:
    """Take the contribution as it is."""
    return move(CONTRIBUTION, contribution, "accept", by=by, comment=comment.strip(), closed_by=by)


def give_back(*, contribution: Contribution, comment: str, due_on: dt.date, by: User) -> Contribution:
    """Return the contribution with what is still missing; the agency owes it again, by a new day."""
    if not comment.strip():
        raise ValidationError(_("Say what is still missing."), code="comment")
    with transaction.atomic():
        again = move(CONTRIBUTION, contribution, "return", by=by, comment=comment.strip(), due_on=due_on)
        announce(again)
    return again


def withdraw(*, contribution: Contribution, by: User, comment: str = "") -> Contribution:
    """Ask no longer; nothing is owed."""
    with transaction.atomic():
        gone = move(CONTRIBUTION, contribution, "withdraw", by=by, comment=comment.strip(), closed_by=by)
        _settle(gone, "withdrawn")
    return gone


def announce(contribution: Contribution) -> Obligation:
    """Note the obligation, in the working language. Its words go into lists and e-mails: a classified title stays out."""
    assessment, agency = contribution.assessment, contribution.agency
    named = assessment.sensitivity == Sensitivity.UNCLASSIFIED
    what = CONTRIBUTE % {"assessment": assessment.title} if named else CLASSIFIED
    return owe(
        kind=ObligationKind.CONTRIBUTION,
        what=what[:300],
        page=CONTRIBUTION_PAGE,
        subject_id=contribution.pk,
        due_on=contribution.due_on,
        agency=agency,
        mechanism=assessment.mechanism,
        time_zone=agency.time_zone,
    )


def _settle(contribution: Contribution, outcome: str) -> None:
    settle(contribution.pk, kind=ObligationKind.CONTRIBUTION, agency=contribution.agency, outcome=outcome)


# ---------------------------------------------------------------- sight


def sees(agency: Agency, assessment: Assessment) -> bool:
    """Whether the seats of an agency may see the assessment: unclassified, its own confidential one, or by a grant."""
    if assessment.sensitivity == Sensitivity.UNCLASSIFIED:
        return True
    if assessment.sensitivity == Sensitivity.CONFIDENTIAL and assessment.lead_id == agency.pk:
        return True
    group = type(agency.group)._default_manager.filter(pk=agency.group_id)
    return granted_to(group, VIEW, Assessment).filter(content_object=assessment).exists()


def give_sight(*, assessment: Assessment, agency: Agency, by: User, until: dt.date | None = None) -> None:
    """Let an agency see a classified assessment, up to a day or for good. Nobody gives sight to an agency of their own."""
    require(by, "assessments.grant_sight", assessment)
    if assessment.sensitivity == Sensitivity.UNCLASSIFIED:
        raise IllegalMove(_("Every reader sees this assessment: nobody need be named."))
    if agencies_of(by, today()).filter(agency=agency).exists():
        raise PermissionDenied
    with _act(by):
        grant(agency.group, VIEW, assessment, until)


def take_sight(*, assessment: Assessment, agency: Agency, by: User) -> None:
    """Take the sight back. Raises IllegalMove while the agency has an open contribution, which it could not finish then."""
    require(by, "assessments.grant_sight", assessment)
    with _act(by):
        if assessment.contributions.filter(agency=agency, status__in=OPEN).exists():
            raise IllegalMove(_("This agency has an open contribution. Withdraw or accept it first."))
        revoke(agency.group, VIEW, assessment)
