"""What pages and packs show: the schedule as it is, and every blank."""

import datetime as dt
from decimal import Decimal

import pytest

from assessments import documents
from assessments.actions import change_forecast
from assessments.models import Assessment, CellState, Commodity, Confidence, Estimate
from assessments.workflow import Status
from core.dates import FuzzyDate
from core.sensitivity import TLP, Sensitivity
from tests.assessments.factories import AssessmentFactory, FlowFactory, answer

ON = dt.date(2030, 6, 15)


def drawn(**fields) -> documents.Line:
    AssessmentFactory(**fields)
    (line,) = documents.schedule(Assessment.objects.for_schedule(), ON).lines
    return line


def test_a_slip_stands_with_its_months_and_its_reason(cast):
    assessment = AssessmentFactory(lead=cast.agency_a)
    change_forecast(assessment=assessment, to=FuzzyDate.of(2030, 11), reason="Late surveys.", by=cast.alice)
    (line,) = documents.schedule(Assessment.objects.for_schedule(), ON).lines
    assert (line.lead, line.slip, line.reason) == ("AAA", 2, "Late surveys.")
    assert line.note == "2 months later than planned. Late surveys."


def test_the_picture_shows_plan_and_forecast_side_by_side(db):
    AssessmentFactory(area="Here", forecast_day=dt.date(2030, 11, 1))
    (chart,) = documents.schedule(Assessment.objects.for_schedule(), ON).gantts()
    (row,) = chart.rows
    assert (row.planned_text, row.current_text, row.current.kind) == ("September 2030", "November 2030", "late")
    assert (chart.first, chart.last) == (dt.date(2030, 9, 1), dt.date(2030, 12, 1))


def test_a_published_assessment_is_measured_by_its_publication(db):
    line = drawn(status=Status.PUBLISHED, published_day=dt.date(2030, 8, 20), forecast_day=dt.date(2031, 1, 1))
    assert (line.slip, line.note) == (-1, "Published. 1 month earlier than planned")


def test_a_cancelled_assessment_keeps_its_plan_and_has_no_forecast(db):
    AssessmentFactory(status=Status.CANCELLED)
    (chart,) = documents.schedule(Assessment.objects.for_schedule(), ON).gantts()
    assert (chart.rows[0].current, chart.rows[0].note) == (None, "Cancelled")


def test_each_round_of_plans_has_its_own_picture(db):
    for year, month in ((2012, 3), (2030, 1), (2012, 12), (2031, 6), (2032, 12), (2033, 2)):
        AssessmentFactory(planned_day=dt.date(year, month, 1))
    charts = documents.schedule(Assessment.objects.for_schedule(), ON).gantts()
    assert [(len(chart.rows), chart.caption.rpartition(" ")[2]) for chart in charts] == [
        (2, "2012"),
        (3, "2030–2032"),
        (1, "2033"),
    ]


def test_the_whole_carries_the_narrowest_marking(db):
    AssessmentFactory(tlp=TLP.CLEAR)
    AssessmentFactory(sensitivity=Sensitivity.CONFIDENTIAL, tlp=TLP.AMBER)
    whole = documents.schedule(Assessment.objects.for_schedule(), ON)
    assert (whole.sensitivity, whole.tlp) == (Sensitivity.CONFIDENTIAL, TLP.AMBER)


def test_blanks_are_shown_and_counted(db):
    flow = FlowFactory()
    flow.cells.filter(question=6).delete()
    answer(flow, 1)
    answer(flow, 2, state=CellState.AGREED, confidence=Confidence.HIGH)
    answers = documents.heat_map(flow.assessment)
    assert [cell.level for cell in answers.chart().rows[0].cells] == [0, 4, None, None, None, None]
    assert answers.summary == "Of 6 questions 1 are agreed, 1 in draft and 4 unanswered."


def test_flows_stand_by_their_group(db):
    assessment = AssessmentFactory()
    for place, commodity in enumerate((Commodity.GOODS, Commodity.PEOPLE, Commodity.GOODS)):
        FlowFactory(assessment=assessment, commodity=commodity, place=place)
    groups = documents.heat_map(assessment).chart().groups()
    assert [(name, len(rows)) for name, rows in groups] == [("People", 1), ("Goods", 2)]


def test_answers_take_two_queries_however_many_flows(db, django_assert_num_queries):
    assessment = AssessmentFactory()
    FlowFactory.create_batch(5, assessment=assessment)
    with django_assert_num_queries(2):
        documents.heat_map(assessment).chart()


def estimate(assessment: Assessment, **fields) -> Estimate:
    given = {"quantity": "Value", "unit": "US dollars a year", "method": "Model", "year": 2029} | fields
    return Estimate.objects.create(assessment=assessment, **given)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, None, "Not estimated"),
        (Decimal(0), Decimal(0), "0 US dollars a year"),
        (Decimal(1200), Decimal(3400), "1,200 – 3,400 US dollars a year"),
    ],
)
def test_not_estimated_is_not_zero(db, low, high, words):
    estimate(AssessmentFactory(), low=low, high=high)
    (row,) = documents.estimates(Assessment.objects.get()).rows
    assert row.range.replace("\N{NO-BREAK SPACE}", " ") == words


def test_estimates_of_another_year_are_not_comparable(db):
    assessment = AssessmentFactory()
    estimate(assessment, low=1, high=2)
    estimate(assessment, year=2020)
    assert documents.estimates(assessment).comparable
    estimate(assessment, low=1, high=2, year=2020)
    assert not documents.estimates(assessment).comparable
