"""The way of an assessment: legal moves, illegal moves, and the database that refuses what the table does not know."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, transaction

from assessments.actions import advance
from assessments.models import Assessment, CellState
from assessments.workflow import ASSESSMENT, Status
from core.dates import FuzzyDate
from core.workflow import IllegalMove
from tests.assessments.factories import AssessmentFactory, ContributionFactory, FlowFactory, answer

LEGAL = {(source, move.target) for move in ASSESSMENT.moves.values() for source in move.sources}
PAIRS = [(one, other) for one in Status for other in Status if one != other]


def made(status: str, **fields) -> Assessment:
    return AssessmentFactory(
        status=status, published_day=dt.date(2030, 9, 3) if status == Status.PUBLISHED else None, **fields
    )


def test_the_whole_way_from_plan_to_publication(cast):
    assessment = AssessmentFactory(lead=cast.agency_a)
    for name in ("start_collection", "start_drafting", "send_for_review", "send_back", "send_for_review"):
        assessment = advance(assessment=assessment, name=name, by=cast.alice)
    assessment = advance(assessment=assessment, name="clear", by=cast.lea)
    assessment = advance(assessment=assessment, name="publish", by=cast.lea, published=FuzzyDate.of(2025, 4))
    assert (assessment.status, str(assessment.published)) == (Status.PUBLISHED, "April 2025")


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_the_database_knows_the_same_table(db, source, target):
    assessment = made(source)
    day = dt.date(2030, 9, 3) if target == Status.PUBLISHED else None
    row = Assessment.objects.filter(pk=assessment.pk)
    if (source, target) in LEGAL:
        assert row.update(status=target, published_day=day) == 1
    else:
        with pytest.raises(InternalError, match="Invalid transition"), transaction.atomic():
            row.update(status=target, published_day=day)
        assert row.get().status == source


@pytest.mark.parametrize("status", [status for status in Status if status != Status.CLEARED])
def test_only_a_cleared_assessment_is_published(cast, status):
    with pytest.raises(IllegalMove):
        advance(assessment=made(status), name="publish", by=cast.lea, published=FuzzyDate.of(2025, 4))


def test_a_focal_point_cannot_clear_what_they_wrote(cast):
    with pytest.raises(PermissionDenied):
        advance(assessment=made(Status.REVIEW, lead=cast.agency_a), name="clear", by=cast.alice)


def test_a_draft_answer_stops_the_clearance_and_a_blank_one_does_not(cast):
    assessment = made(Status.REVIEW)
    flow = FlowFactory(assessment=assessment)
    answer(flow, 1, state=CellState.DRAFT)
    with pytest.raises(IllegalMove, match="1 answer is still a draft"):
        advance(assessment=assessment, name="clear", by=cast.lea)
    answer(flow, 1, state=CellState.AGREED)
    assert advance(assessment=assessment, name="clear", by=cast.lea).status == Status.CLEARED


def test_a_cleared_assessment_is_opened_again_by_whoever_clears(cast):
    assessment = made(Status.CLEARED, lead=cast.agency_a)
    with pytest.raises(PermissionDenied):
        advance(assessment=assessment, name="reopen", by=cast.alice)
    assert advance(assessment=assessment, name="reopen", by=cast.lea).status == Status.REVIEW


def test_a_draft_answer_stops_the_publication(cast):
    assessment = made(Status.CLEARED)
    answer(FlowFactory(assessment=assessment), 1, state=CellState.DRAFT)
    with pytest.raises(IllegalMove, match="1 answer is still a draft"):
        advance(assessment=assessment, name="publish", by=cast.lea, published=FuzzyDate.of(2025, 4))


@pytest.mark.parametrize("published", [None, FuzzyDate.of(2999, 1)])
def test_a_publication_has_a_date_that_has_come(cast, published):
    with pytest.raises(IllegalMove, match="date of publication"):
        advance(assessment=made(Status.CLEARED), name="publish", by=cast.lea, published=published)


@pytest.mark.parametrize(("name", "status"), [("publish", Status.CLEARED), ("cancel", Status.DRAFTING)])
def test_nothing_ends_while_a_contribution_is_open(cast, name, status):
    assessment = ContributionFactory(assessment=made(status)).assessment
    with pytest.raises(IllegalMove, match="contribution is still open"):
        advance(assessment=assessment, name=name, by=cast.lea, published=FuzzyDate.of(2025, 4))


def test_why_nothing_may_end_is_said_before_the_button(cast):
    assessment = ContributionFactory(assessment=made(Status.CLEARED)).assessment
    reasons = {offer.move.name: offer.why_not for offer in ASSESSMENT.offers(assessment, cast.lea)}
    assert "contribution is still open" in reasons["cancel"]
    assert "contribution is still open" in reasons["publish"]
    assert reasons["reopen"] == ""


def test_the_database_ties_the_date_to_the_status(db):
    with pytest.raises(IntegrityError, match="assessment_published_with_date"):
        AssessmentFactory(status=Status.PUBLISHED)
