"""The sample: the facts of 2012, work for today, and nothing twice."""

import datetime as dt

import pytest
import time_machine

from accounts.models import User
from agencies import sample as register
from agencies.models import Obligation
from assessments import sample
from assessments.documents import heat_map
from assessments.models import Assessment, Cell, Contribution, Flow, ForecastChange
from core.dates import today

ALL = (Assessment, Flow, Cell, ForecastChange, Contribution, Obligation)


@pytest.fixture
def _loaded(db) -> None:
    register.load()
    sample.load()


def counts() -> list[int]:
    return [model.objects.count() for model in ALL]


@pytest.mark.usefixtures("_loaded")
def test_the_five_of_2012_are_planned_as_the_presentation_said():
    planned = {row.area: str(row.planned) for row in Assessment.objects.filter(planned_day__year=2012)}
    assert planned == {
        "Eastern Africa": "July 2012",
        "Central America and the Caribbean": "August 2012",
        "West Africa": "August 2012",
        "East Asia and the Pacific": "September 2012",
        "Middle East and North Africa": "December 2012",
    }


@pytest.mark.usefixtures("_loaded")
def test_the_scope_of_east_asia_and_the_pacific_is_whole_and_most_of_it_blank():
    answers = heat_map(Assessment.objects.get(title="East Asia and the Pacific TOCTA"))
    assert [flow.name for flow in answers.flows[:4]] == [
        "Migrant smuggling, intra-regional",
        "Migrant smuggling, trans-regional",
        "Trafficking in persons, intra-regional",
        "Trafficking in persons, trans-regional",
    ]
    assert (len(answers.flows), answers.total) == (12, 72)
    assert answers.count("blank") > answers.total / 2 > answers.count("agreed") > 0


@pytest.mark.usefixtures("_loaded")
def test_every_slip_has_a_reason_that_calls_itself_sample():
    slipped = [row for row in Assessment.objects.for_schedule() if row.slip > 0]
    assert slipped
    assert all(row.last_reason.startswith("Sample:") for row in slipped)


@pytest.mark.usefixtures("_loaded")
def test_the_focal_points_have_work_today():
    owed = {row.agency_id: (row.due_on - today()).days for row in Obligation.objects.open().order_by("-due_on")}
    assert owed[register.agency("unodc").pk] == 3
    assert owed[register.agency("dppa").pk] == -4
    assert owed[register.agency("undp").pk] == 14


@pytest.mark.usefixtures("_loaded")
def test_the_confidential_study_is_seen_by_its_agency_of_the_sample_and_no_other():
    seen = {
        email: Assessment.objects.visible_to(User.objects.get(email=f"{email}@example.org"))
        .filter(sensitivity=1)
        .count()
        for email in ("focal-point.unodc", "focal-point.dppa", "focal-point.undp", "administrator")
    }
    assert seen == {"focal-point.unodc": 1, "focal-point.dppa": 1, "focal-point.undp": 0, "administrator": 0}


@pytest.mark.usefixtures("_loaded")
def test_loading_again_later_adds_nothing():
    before = counts()
    with time_machine.travel(dt.datetime(2031, 1, 1, tzinfo=dt.UTC), tick=False):
        sample.load()
    assert counts() == before


@pytest.mark.usefixtures("_loaded")
def test_a_larger_scale_adds_as_much_each_time():
    before = counts()
    sample.load(2)
    one = [after - then for after, then in zip(counts(), before, strict=True)]
    sample.load(3)
    assert one[:4] == [4, 48, 288, 4]
    assert [after - then for after, then in zip(counts(), before, strict=True)] == [2 * more for more in one]
