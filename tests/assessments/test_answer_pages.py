"""Answers to the six questions, by page."""

import pytest

from assessments.models import CellState
from assessments.workflow import Status
from tests.assessments.factories import AssessmentFactory, FlowFactory
from tests.assessments.pages import page
from tests.cast import signed_in


def test_an_answer_is_read_by_all_and_written_by_the_lead_agency(cast, assessment):
    flow = FlowFactory(assessment=assessment)
    address = page("cell", assessment.pk, flow.pk, 3)
    form = {"text": "Families.", "state": "agreed", "confidence": "moderate", "version": "0"}
    assert "Nobody has answered" in signed_in(cast.charlie).get(address).content.decode()
    assert signed_in(cast.charlie).post(address, form).status_code == 403
    assert signed_in(cast.bob).post(address, form).status_code == 302
    assert "Families." in signed_in(cast.charlie).get(address).content.decode()


def test_blanks_are_visible_on_the_page(cast, assessment):
    FlowFactory(assessment=assessment)
    text = signed_in(cast.charlie).get(page("detail", assessment.pk)).content.decode()
    assert text.count('<td class="heat-blank">') == 6


def test_two_writers_meet_on_the_conflict_page_and_nothing_is_lost(cast, assessment):
    flow = FlowFactory(assessment=assessment)
    address = page("cell", assessment.pk, flow.pk, 1)
    first = {"text": "Written first.", "state": "draft", "confidence": "", "version": "0"}
    signed_in(cast.alice).post(address, first)
    meeting = signed_in(cast.bob).post(address, first | {"text": "Written second."})
    text = meeting.content.decode()
    assert meeting.status_code == 409
    assert "Written first." in text
    assert "Written second." in text
    assert 'name="version" value="1"' in text
    signed_in(cast.bob).post(address, first | {"text": "Both.", "version": "1"})
    assert flow.cells.get(question=1).text == "Both."


def test_an_answer_without_text_is_no_answer(cast, assessment):
    flow = FlowFactory(assessment=assessment)
    form = {"text": "", "state": CellState.AGREED, "confidence": "", "version": "0"}
    assert signed_in(cast.alice).post(page("cell", assessment.pk, flow.pk, 1), form).status_code == 422


def test_a_cleared_assessment_offers_its_forecast_and_no_change_of_content(cast):
    assessment = AssessmentFactory(lead=cast.agency_a, status=Status.CLEARED)
    flow, client = FlowFactory(assessment=assessment), signed_in(cast.alice)
    text = client.get(page("detail", assessment.pk)).content.decode()
    assert page("forecast", assessment.pk) in text
    assert page("add_flow", assessment.pk) not in text
    assert page("add_source", assessment.pk) not in text
    assert "Save the answer" not in client.get(page("cell", assessment.pk, flow.pk, 1)).content.decode()


@pytest.mark.parametrize("question", [0, 7])
def test_there_are_six_questions(cast, assessment, question):
    flow = FlowFactory(assessment=assessment)
    assert signed_in(cast.alice).get(page("cell", assessment.pk, flow.pk, question)).status_code == 404
