"""The pages work, answer 404 for what one may not see and 403 for what one may not do; the schedule is one list."""

import re
import uuid

import pytest
from django.http import HttpResponse
from django.test import Client

from assessments.actions import change_forecast
from assessments.models import Assessment, Estimate, Source
from core.dates import FuzzyDate
from tests.assessments.factories import AssessmentFactory, ContributionFactory, FlowFactory
from tests.assessments.pages import page
from tests.cast import signed_in
from tests.queries import queries_of

PARTS = ("detail", "history", "revise", "forecast", "ask", "sight", "add_flow", "add_source", "add_estimate")


@pytest.mark.parametrize("part", PARTS)
def test_every_page_of_an_assessment_works_for_its_lead_agency(cast, secret, part):
    assert signed_in(cast.alice).get(page(part, secret.pk)).status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_what_one_may_not_see_answers_like_what_does_not_exist(cast, secret, part):
    client = signed_in(cast.charlie)
    hidden, missing = (client.get(page(part, pk)) for pk in (secret.pk, uuid.uuid4()))
    assert hidden.status_code == missing.status_code == 404
    assert same_for_all(hidden) == same_for_all(missing)
    assert hidden.headers == missing.headers


def same_for_all(answer: HttpResponse) -> str:
    """The page without its address and its form tokens, which differ each time."""
    text = answer.content.decode().replace(answer.wsgi_request.path, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


@pytest.mark.parametrize("part", ["revise", "forecast", "ask", "sight", "add_flow", "add_source", "add_estimate"])
def test_what_one_sees_but_may_not_change_answers_403(cast, assessment, part):
    assert signed_in(cast.charlie).get(page(part, assessment.pk)).status_code == 403
    assert signed_in(cast.charlie).post(page(part, assessment.pk)).status_code == 403


@pytest.mark.parametrize("part", ["list", "plan"])
def test_nobody_reads_without_signing_in(db, part):
    assert Client().get(page(part)).status_code == 302


def test_the_hidden_title_is_in_no_list_and_no_export(cast, assessment, secret):
    for kind in ("", "?format=csv", "?q=Hidden", "?sensitivity=1&format=csv"):
        assert b"Hidden harbours" not in signed_in(cast.charlie).get(page("list") + kind).content
        assert b"Hidden harbours" in signed_in(cast.alice).get(page("list") + kind).content


def test_a_named_agency_sees_a_confidential_assessment_until_the_name_is_taken_back(cast, secret):
    lead, other = signed_in(cast.alice), signed_in(cast.charlie)
    lead.post(page("sight", secret.pk), {"agency": cast.agency_b.pk})
    assert other.get(page("detail", secret.pk)).status_code == 200
    lead.post(page("end_sight", secret.pk, cast.agency_b.pk))
    assert other.get(page("detail", secret.pk)).status_code == 404


def test_reading_a_classified_assessment_is_noted(cast, assessment, secret):
    signed_in(cast.alice).get(page("detail", assessment.pk))
    signed_in(cast.alice).get(page("detail", secret.pk))
    assert b"<td>read</td>" not in signed_in(cast.alice).get(page("history", assessment.pk)).content
    assert b"<td>read</td>" in signed_in(cast.alice).get(page("history", secret.pk)).content


def test_reading_a_contribution_to_a_classified_assessment_is_noted_too(cast, secret):
    contribution = ContributionFactory(assessment=secret, agency=cast.agency_a)
    signed_in(cast.bob).get(page("contribution", contribution.pk))
    text = signed_in(cast.alice).get(page("history", secret.pk)).content.decode()
    assert "<td>read</td>" in text
    assert "<td>Bob</td>" in text


def test_the_schedule_says_plan_forecast_slip_and_reason(cast, assessment):
    change_forecast(assessment=assessment, to=FuzzyDate.of(2030, 11), reason="Late surveys.", by=cast.alice)
    text = signed_in(cast.charlie).get(page("list")).content.decode()
    for words in ("September 2030", "November 2030", "2 months later than planned. Late surveys.", "<svg"):
        assert words in text


def test_the_export_is_the_filter(cast, assessment):
    AssessmentFactory(title="Rivers")
    text = signed_in(cast.charlie).get(page("list"), {"q": "Sea", "format": "csv"}).content.decode("utf-8-sig")
    heads, row = text.splitlines()
    assert row.startswith("Sea routes,AAA,Planned,September 2030")
    assert "Months later than planned" in heads


def test_a_schedule_of_many_takes_as_many_queries_as_one_of_few(cast, assessment):
    client = signed_in(cast.charlie)
    few = queries_of(client, page("list"))
    AssessmentFactory.create_batch(8, mechanism=cast.task_force)
    assert queries_of(client, page("list")) == few


def test_an_assessment_of_many_parts_takes_as_many_queries_as_one_of_few(cast, assessment):
    client = signed_in(cast.alice)
    fill(assessment)
    few = queries_of(client, page("detail", assessment.pk))
    for _ in range(4):
        fill(assessment)
    assert queries_of(client, page("detail", assessment.pk)) == few


def fill(assessment: Assessment) -> None:
    """A flow, an estimate with its source, and a contribution more."""
    flow = FlowFactory(assessment=assessment)
    source = Source.objects.create(assessment=assessment, title="Survey")
    Estimate.objects.create(
        assessment=assessment, flow=flow, source=source, quantity="Value", unit="US dollars", method="Model"
    )
    ContributionFactory(assessment=assessment)


@pytest.mark.parametrize(
    ("part", "method"), [("list", "post"), ("detail", "post"), ("history", "post"), ("end_sight", "get")]
)
def test_other_methods_are_refused(cast, assessment, part, method):
    args = {"list": [], "end_sight": [assessment.pk, cast.agency_b.pk]}.get(part, [assessment.pk])
    assert getattr(signed_in(cast.alice), method)(page(part, *args)).status_code == 405


def test_the_year_of_the_plan_filters_the_schedule(cast, assessment):
    AssessmentFactory(title="Rivers", planned_day="2029-03-01")
    text = signed_in(cast.charlie).get(page("list"), {"year": "2029"}).content.decode()
    assert "Rivers" in text
    assert "Sea routes" not in text
