"""What changed since the last visit, as far as the reader may see it."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.moments import SIGNED_IN
from assessments.models import Assessment, Contribution, ForecastChange
from assessments.workflow import ContributionStatus
from core.audit import note
from core.sensitivity import Sensitivity
from taskforce.home import news
from tests.assessments.factories import AssessmentFactory
from tests.cast import Cast

LONG_AGO = dt.datetime(2012, 1, 1, tzinfo=dt.UTC)


def told(user) -> list[str]:
    return [one.what for one in news.since(user, LONG_AGO)]


@pytest.fixture
def assessment(cast: Cast) -> Assessment:
    return AssessmentFactory(title="West Africa", lead=cast.agency_a)


def test_a_forecast_that_moved_is_told_with_its_reason(cast: Cast, assessment: Assessment) -> None:
    ForecastChange.objects.create(
        assessment=assessment, from_day=dt.date(2012, 8, 1), to_day=dt.date(2012, 10, 1), reason="Figures came late"
    )
    [one] = news.since(cast.charlie, LONG_AGO)
    assert (one.what, one.about) == ("West Africa is now expected in October 2012", "Figures came late")


def test_a_contribution_is_told_to_those_who_may_see_it(cast: Cast, assessment: Assessment) -> None:
    Contribution.objects.create(
        assessment=assessment,
        agency=cast.agency_b,
        what="Figures",
        due_on=dt.date(2030, 1, 1),
        status=ContributionStatus.RECEIVED,
        submitted_at=timezone.now(),
    )
    assert told(cast.alice) == ["BBB handed in its contribution"]
    assert told(cast.nobody) == []


def test_what_one_may_not_see_is_no_news(cast: Cast, assessment: Assessment) -> None:
    ForecastChange.objects.create(assessment=assessment, from_day=dt.date(2012, 8, 1), to_day=dt.date(2012, 7, 1))
    Assessment.objects.update(sensitivity=Sensitivity.STRICTLY_CONFIDENTIAL)
    assert told(cast.charlie) == []


def test_it_begins_with_the_visit_before_this_one(cast: Cast) -> None:
    assert news.last_visit(cast.alice)[1], "the first visit"
    note(cast.alice, SIGNED_IN)
    assert news.last_visit(cast.alice)[1], "this is still the first visit"
    note(cast.alice, SIGNED_IN)
    assert not news.last_visit(cast.alice)[1]
