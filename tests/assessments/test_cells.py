"""Answers: one text per flow and question, never overwritten unseen."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError

from assessments.actions import Conflict, add_flow, advance, keep, save_cell
from assessments.models import Assessment, Cell, CellState, Commodity, Confidence, Estimate, Flow, Source
from assessments.workflow import Status
from core.workflow import IllegalMove
from tests.assessments.factories import AssessmentFactory, FlowFactory


def save(cell: Cell, by, *, text="Seasonal.", state=CellState.DRAFT, confidence="", version=0) -> Cell:
    return save_cell(cell=cell, text=text, state=state, confidence=confidence, version=version, by=by)


@pytest.fixture
def cell(cast) -> Cell:
    """The first question of a flow that agency A answers."""
    return FlowFactory(assessment=AssessmentFactory(lead=cast.agency_a)).cells.get(question=1)


def test_an_answer_keeps_its_writer_and_its_state(cast, cell):
    saved = save(cell, cast.bob, state=CellState.AGREED, confidence=Confidence.LOW)
    assert (saved.text, saved.state, saved.confidence, saved.version) == ("Seasonal.", "agreed", "low", 1)
    assert saved.updated_by == cast.bob


def test_of_two_people_the_second_is_told(cast, cell):
    save(cell, cast.alice, text="First.")
    with pytest.raises(Conflict) as conflict:
        save(cell, cast.bob, text="Second.")
    assert conflict.value.cell.text == "First."
    cell.refresh_from_db()
    assert (cell.text, cell.version) == ("First.", 1)


def test_an_answer_can_be_taken_back_to_unanswered(cast, cell):
    save(cell, cast.alice, confidence=Confidence.HIGH)
    saved = save(cell, cast.alice, text="ignored", state=CellState.BLANK, confidence=Confidence.HIGH, version=1)
    assert (saved.text, saved.confidence, saved.state) == ("", "", CellState.BLANK)


def test_an_agreed_answer_has_a_text(cast, cell):
    with pytest.raises(ValidationError):
        save(cell, cast.alice, text=" ", state=CellState.AGREED)
    with pytest.raises(IntegrityError, match="cell_blank_without_text"):
        Cell.objects.filter(pk=cell.pk).update(state=CellState.AGREED)


def test_another_agency_cannot_answer(cast, cell):
    with pytest.raises(PermissionDenied):
        save(cell, cast.charlie)


@pytest.fixture(params=[Status.CLEARED, Status.PUBLISHED, Status.CANCELLED])
def fixed(cast, request) -> Assessment:
    """An assessment of agency A whose content stands."""
    published = dt.date(2030, 9, 3) if request.param == Status.PUBLISHED else None
    return AssessmentFactory(lead=cast.agency_a, status=request.param, published_day=published)


def test_an_answer_of_a_fixed_assessment_stays_as_it_is(cast, fixed):
    cell = FlowFactory(assessment=fixed).cells.get(question=1)
    with pytest.raises(IllegalMove, match="changes no more"):
        save(cell, cast.alice)


def test_a_fixed_assessment_gets_no_flow(cast, fixed):
    with pytest.raises(IllegalMove, match="changes no more"):
        add_flow(flow=Flow(assessment=fixed, commodity=Commodity.ARMS, name="Small arms"), by=cast.alice)


@pytest.mark.parametrize(
    "part", [Source(title="Survey"), Estimate(quantity="Value", unit="US dollars a year", method="Model")]
)
def test_a_fixed_assessment_gets_no_source_and_no_estimate(cast, fixed, part):
    part.assessment = fixed
    with pytest.raises(IllegalMove, match="changes no more"):
        keep(part=part, by=cast.alice)


def test_an_answer_can_be_changed_after_the_review_is_open_again(cast):
    assessment = AssessmentFactory(lead=cast.agency_a, status=Status.CLEARED)
    cell = FlowFactory(assessment=assessment).cells.get(question=1)
    advance(assessment=assessment, name="reopen", by=cast.lea)
    assert save(cell, cast.alice).text == "Seasonal."


def test_a_new_flow_begins_with_six_unanswered_questions(cast):
    assessment = AssessmentFactory(lead=cast.agency_a)
    flow = add_flow(flow=Flow(assessment=assessment, commodity=Commodity.ARMS, name="Small arms"), by=cast.alice)
    assert list(flow.cells.values_list("question", "state")) == [(number, "blank") for number in range(1, 7)]


def test_a_seventh_question_is_refused(db):
    with pytest.raises(IntegrityError, match="cell_of_six_questions"):
        Cell.objects.create(flow=FlowFactory(), question=7)
