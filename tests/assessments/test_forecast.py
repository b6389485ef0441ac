"""The forecast: a slip needs its reason, and no earlier forecast is forgotten."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from assessments.actions import ReasonNeeded, change_forecast
from assessments.models import ForecastChange, months_late
from assessments.workflow import Status
from core.dates import FuzzyDate
from core.workflow import IllegalMove
from tests.assessments.factories import AssessmentFactory

NOVEMBER = FuzzyDate.of(2030, 11)
AUGUST = FuzzyDate.of(2030, 8)


def test_a_slip_needs_a_reason(cast):
    assessment = AssessmentFactory(lead=cast.agency_a)
    with pytest.raises(ReasonNeeded):
        change_forecast(assessment=assessment, to=NOVEMBER, reason="  ", by=cast.alice)
    assessment.refresh_from_db()
    assert str(assessment.forecast) == "September 2030"
    assert not assessment.forecast_changes.exists()


def test_less_precision_that_may_mean_later_is_a_slip(cast):
    assessment = AssessmentFactory(lead=cast.agency_a)
    with pytest.raises(ReasonNeeded):
        change_forecast(assessment=assessment, to=FuzzyDate.of(2030), reason="", by=cast.alice)


def test_the_database_refuses_a_slip_without_reason(cast):
    assessment = AssessmentFactory()
    with pytest.raises(IntegrityError, match="forecast_slip_has_reason"):
        ForecastChange.objects.create(assessment=assessment, from_day=assessment.planned_day, to_day=NOVEMBER.day)


def test_an_earlier_date_needs_no_reason(cast):
    assessment = AssessmentFactory(lead=cast.agency_a)
    change_forecast(assessment=assessment, to=AUGUST, reason="", by=cast.alice)
    assessment.refresh_from_db()
    assert (str(assessment.forecast), assessment.slip) == ("August 2030", -1)


def test_every_forecast_is_kept_with_reason_and_person(cast):
    assessment = AssessmentFactory(lead=cast.agency_a)
    change_forecast(assessment=assessment, to=NOVEMBER, reason="Two surveys came late.", by=cast.alice)
    change_forecast(assessment=assessment, to=AUGUST, reason="They came after all.", by=cast.sam)
    kept = [(str(row.before), str(row.after), row.months, row.by.name) for row in assessment.forecast_changes.all()]
    assert kept == [
        ("November 2030", "August 2030", -3, "Sam"),
        ("September 2030", "November 2030", 2, "Alice"),
    ]
    assert str(assessment.planned) == "September 2030"


def test_the_same_forecast_again_leaves_no_trace(cast):
    assessment = AssessmentFactory(lead=cast.agency_a)
    assert change_forecast(assessment=assessment, to=assessment.forecast, reason="", by=cast.alice) is None
    assert not assessment.forecast_changes.exists()


def test_another_agency_cannot_move_the_forecast(cast):
    assessment = AssessmentFactory(lead=cast.agency_a)
    with pytest.raises(PermissionDenied):
        change_forecast(assessment=assessment, to=AUGUST, reason="", by=cast.charlie)


def test_a_published_assessment_has_no_forecast_to_move(cast):
    assessment = AssessmentFactory(lead=cast.agency_a, status=Status.PUBLISHED, published_day=dt.date(2030, 9, 3))
    with pytest.raises(IllegalMove):
        change_forecast(assessment=assessment, to=AUGUST, reason="", by=cast.alice)


@pytest.mark.parametrize(
    ("planned", "now", "months"),
    [
        (FuzzyDate.of(2012, 9), FuzzyDate.of(2012, 9, 3), 0),
        (FuzzyDate.of(2012, 12), FuzzyDate.of(2013, 4), 4),
        (FuzzyDate.of(2012), FuzzyDate.of(2012, 12, 31), 0),
        (FuzzyDate.of(2012, 7), FuzzyDate.of(2012), 5),
        (FuzzyDate.of(2012, 7), FuzzyDate.of(2011, 7), -12),
    ],
)
def test_slips_are_counted_from_last_day_to_last_day(planned, now, months):
    assert months_late(planned, now) == months
