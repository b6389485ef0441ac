"""Planning, changing facts, dates, status and sight by page: what may be done is done, anything else says why."""

import pytest
from django.core.exceptions import ValidationError

from agencies.models import Obligation
from assessments.access import VIEW
from assessments.actions import revise
from assessments.models import Assessment, Flow, Source
from assessments.workflow import Status
from core.access import grant
from core.sensitivity import Sensitivity
from tests.assessments.factories import FlowFactory, answer
from tests.assessments.pages import page, request_by_page, revised
from tests.cast import signed_in


def test_the_secretariat_plans_an_assessment(cast):
    form = {
        "title": "Air routes",
        "area": "The south",
        "lead": cast.agency_b.pk,
        "mechanism": cast.task_force.pk,
        "planned_month": "5",
        "planned_year": "2031",
        "sensitivity": "0",
        "tlp": "green",
    }
    answer = signed_in(cast.sam).post(page("plan"), form)
    assert answer.status_code == 302
    made = Assessment.objects.get()
    assert (str(made.planned), made.forecast, made.status) == ("May 2031", made.planned, Status.PLANNED)
    assert signed_in(cast.alice).get(page("plan")).status_code == 403


def test_the_lead_agency_changes_the_facts(cast, assessment):
    form = revised(assessment, title="Sea and river routes", tlp="amber")
    assert signed_in(cast.alice).post(page("revise", assessment.pk), form).status_code == 302
    assessment.refresh_from_db()
    assert (assessment.title, assessment.tlp) == ("Sea and river routes", "amber")


def test_raising_the_sensitivity_keeps_those_at_work_and_hides_the_title_from_their_tasks(cast, assessment):
    request_by_page(cast, assessment)
    signed_in(cast.alice).post(page("revise", assessment.pk), revised(assessment, sensitivity="1"))
    contribution = assessment.contributions.get()
    assert signed_in(cast.charlie).get(page("contribution", contribution.pk)).status_code == 200
    assert Obligation.objects.get().what == "Contribution to a classified assessment"
    assert signed_in(cast.ada).get(page("detail", assessment.pk)).status_code == 404


def test_the_sensitivity_is_not_lowered_by_one_person(cast, secret):
    assert signed_in(cast.alice).post(page("revise", secret.pk), revised(secret)).status_code == 422
    secret.refresh_from_db()
    assert secret.sensitivity == Sensitivity.CONFIDENTIAL
    secret.sensitivity = Sensitivity.UNCLASSIFIED
    with pytest.raises(ValidationError, match="cannot be lowered"):
        revise(assessment=secret, by=cast.alice)


def test_nobody_is_named_for_what_everybody_sees(cast, assessment):
    answer = signed_in(cast.alice).post(page("sight", assessment.pk), {"agency": cast.agency_b.pk})
    assert answer.status_code == 422
    assert not assessment.named_agencies().exists()


def test_a_slip_without_reason_comes_back_with_its_error(cast, assessment):
    form = {"to_month": "11", "to_year": "2030", "reason": ""}
    answer = signed_in(cast.alice).post(page("forecast", assessment.pk), form)
    assert answer.status_code == 422
    assert "Say why the date moves to later." in answer.content.decode()
    answer = signed_in(cast.alice).post(page("forecast", assessment.pk), form | {"reason": "Late surveys."})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("parts", "ok"),
    [
        (("", "", "2031"), True),
        (("", "4", "2031"), True),
        (("31", "4", "2031"), False),
        (("3", "", "2031"), False),
        (("", "4", ""), False),
        (("x", "y", "z"), False),
    ],
)
def test_a_date_is_taken_as_far_as_it_is_known(cast, assessment, parts, ok):
    form = dict(zip(("to_day", "to_month", "to_year"), parts, strict=True), reason="Because.")
    answer = signed_in(cast.alice).post(page("forecast", assessment.pk), form)
    assert answer.status_code == (302 if ok else 422)


def test_an_unchanged_forecast_is_not_said_to_be_changed(cast, assessment):
    form = {"to_month": "9", "to_year": "2030", "reason": ""}
    answer = signed_in(cast.alice).post(page("forecast", assessment.pk), form, follow=True).content.decode()
    assert "The forecast is changed" not in answer
    assert "The forecast is what it was before" in answer
    assert not assessment.forecast_changes.exists()


def test_a_move_is_made_by_a_button_and_never_by_looking(cast, assessment):
    client = signed_in(cast.alice)
    client.get(page("move", assessment.pk, "start_collection"))
    assessment.refresh_from_db()
    assert assessment.status == Status.PLANNED
    client.post(page("move", assessment.pk, "start_collection"))
    assessment.refresh_from_db()
    assert assessment.status == Status.COLLECTION


def test_a_move_that_must_wait_says_why(cast, assessment):
    answer(FlowFactory(assessment=assessment), 1)
    Assessment.objects.filter(pk=assessment.pk).update(status=Status.COLLECTION)
    Assessment.objects.filter(pk=assessment.pk).update(status=Status.DRAFTING)
    Assessment.objects.filter(pk=assessment.pk).update(status=Status.REVIEW)
    client = signed_in(cast.lea)
    assert "1 answer is still a draft" in client.get(page("move", assessment.pk, "clear")).content.decode()
    assert client.post(page("move", assessment.pk, "clear")).status_code == 422
    assert client.get(page("move", assessment.pk, "nonsense")).status_code == 404


def test_a_flow_is_added_once(cast, assessment):
    form = {"commodity": "arms", "name": "Small arms", "scope": "both"}
    assert signed_in(cast.alice).post(page("add_flow", assessment.pk), form).status_code == 302
    assert signed_in(cast.alice).post(page("add_flow", assessment.pk), form).status_code == 422
    assert Flow.objects.count() == 1


def test_a_source_and_an_estimate_are_kept_and_changed(cast, assessment):
    client = signed_in(cast.alice)
    source = {"title": "Survey", "reliability": "B", "credibility": "2"}
    client.post(page("add_source", assessment.pk), source)
    kept = Source.objects.get()
    client.post(page("source", assessment.pk, kept.pk), source | {"title": "Second survey"})
    estimate = {"quantity": "Value", "low": "5", "high": "3", "unit": "US dollars a year", "method": "Model"}
    assert client.post(page("add_estimate", assessment.pk), estimate).status_code == 422
    assert client.post(page("add_estimate", assessment.pk), estimate | {"high": "9"}).status_code == 302
    text = client.get(page("detail", assessment.pk)).content.decode()
    assert "Second survey" in text
    assert "B: usually reliable" in text


def test_a_part_of_another_assessment_does_not_exist_here(cast, assessment, secret):
    foreign = Source.objects.create(assessment=secret, title="Secret survey")
    hidden = FlowFactory(assessment=secret)
    assert signed_in(cast.alice).get(page("source", assessment.pk, foreign.pk)).status_code == 404
    assert signed_in(cast.alice).get(page("cell", assessment.pk, hidden.pk, 1)).status_code == 404


def test_sight_that_is_still_needed_stays_and_the_page_says_why(cast, secret):
    grant(cast.agency_b.group, VIEW, secret)
    request_by_page(cast, secret)
    answer = signed_in(cast.alice).post(page("end_sight", secret.pk, cast.agency_b.pk), follow=True)
    assert "This agency has an open contribution." in answer.content.decode()
    assert signed_in(cast.charlie).get(page("detail", secret.pk)).status_code == 200


def test_an_agency_that_is_not_named_cannot_lose_its_sight(cast, secret):
    assert signed_in(cast.alice).post(page("end_sight", secret.pk, cast.agency_b.pk)).status_code == 404


def test_a_strictly_confidential_assessment_names_its_lead_agency_when_planned(cast):
    form = {"title": "Deep", "area": "South", "lead": cast.agency_a.pk, "mechanism": cast.task_force.pk}
    form |= {"planned_year": "2031", "sensitivity": "2", "tlp": "red"}
    answer = signed_in(cast.sam).post(page("plan"), form)
    assert answer.url == page("list")  # whoever planned it may not read it
    assert [row.title for row in Assessment.objects.visible_to(cast.alice)] == ["Deep"]
    assert not Assessment.objects.visible_to(cast.sam).exists()


def test_raising_to_strictly_confidential_keeps_the_lead_agency(cast, secret):
    form = revised(secret, sensitivity="2", tlp="red")
    assert signed_in(cast.alice).post(page("revise", secret.pk), form).url == secret.get_absolute_url()
    assert signed_in(cast.sam).get(page("detail", secret.pk)).status_code == 404


def test_whoever_hides_an_assessment_from_themselves_says_that_they_know(cast, secret):
    form = revised(secret, sensitivity="2", tlp="red")
    client, url = signed_in(cast.sam), page("revise", secret.pk)
    answer = client.post(url, form)
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"lose_sight"})
    assert client.post(url, form | {"lose_sight": "on"}).url == page("list")
