"""The pages: they work, answer 404 for what one may not see and 403 for what one may not do."""

import errno
import re
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.models import Obligation
from assessments.access import VIEW
from assessments.actions import ask, change_forecast, revise
from assessments.models import Assessment, CellState, Estimate, Flow, Source
from assessments.workflow import Status
from core.access import grant
from core.dates import FuzzyDate
from core.sensitivity import Sensitivity
from tests.assessments.factories import AssessmentFactory, ContributionFactory, FlowFactory, answer
from tests.cast import signed_in
from tests.factories import AgencyFactory, MembershipFactory

PARTS = ("detail", "history", "revise", "forecast", "ask", "sight", "add_flow", "add_source", "add_estimate")


def page(name: str, *args) -> str:
    return reverse(f"assessments:{name}", args=args)


@pytest.fixture
def assessment(cast) -> Assessment:
    return AssessmentFactory(lead=cast.agency_a, title="Sea routes", mechanism=cast.task_force)


@pytest.fixture
def secret(cast) -> Assessment:
    return AssessmentFactory(
        lead=cast.agency_a, title="Hidden harbours", sensitivity=Sensitivity.CONFIDENTIAL, mechanism=cast.task_force
    )


# ---------------------------------------------------------------- sight


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


# ---------------------------------------------------------------- schedule


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
    few = counted(client, page("list"))
    AssessmentFactory.create_batch(8, mechanism=cast.task_force)
    assert counted(client, page("list")) == few


def test_an_assessment_of_many_parts_takes_as_many_queries_as_one_of_few(cast, assessment):
    client = signed_in(cast.alice)
    fill(assessment)
    few = counted(client, page("detail", assessment.pk))
    for _ in range(4):
        fill(assessment)
    assert counted(client, page("detail", assessment.pk)) == few


def fill(assessment: Assessment) -> None:
    """A flow, an estimate with its source, and a contribution more."""
    flow = FlowFactory(assessment=assessment)
    source = Source.objects.create(assessment=assessment, title="Survey")
    Estimate.objects.create(
        assessment=assessment, flow=flow, source=source, quantity="Value", unit="US dollars", method="Model"
    )
    ContributionFactory(assessment=assessment)


def counted(client: Client, url: str) -> int:
    """How many queries the second request of the page takes."""
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


# ---------------------------------------------------------------- forms


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


def revised(assessment: Assessment, **changes) -> dict[str, str]:
    """The form of the facts as it stands, with changes."""
    return {"title": assessment.title, "area": assessment.area, "sensitivity": "0", "tlp": "green"} | changes


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


# ---------------------------------------------------------------- answers


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


@pytest.mark.parametrize("question", [0, 7])
def test_there_are_six_questions(cast, assessment, question):
    flow = FlowFactory(assessment=assessment)
    assert signed_in(cast.alice).get(page("cell", assessment.pk, flow.pk, question)).status_code == 404


# ---------------------------------------------------------------- contributions


def request_by_page(cast, assessment):
    form = {"agencies": [cast.agency_b.pk], "what": "Seizures", "due_on_day": 1, "due_on_month": 6, "due_on_year": 2090}
    return signed_in(cast.alice).post(page("ask", assessment.pk), form)


def test_a_contribution_goes_from_question_to_acceptance(cast, assessment):
    assert request_by_page(cast, assessment).status_code == 302
    contribution = assessment.contributions.get()
    file = upload("cases.csv", b"year,cases\n2029,12\n")
    signed_in(cast.charlie).post(page("submit", contribution.pk), {"text": "See file.", "file": file})
    got = signed_in(cast.alice).get(page("contribution_file", contribution.pk))
    assert b"".join(got.streaming_content) == b"year,cases\n2029,12\n"
    signed_in(cast.alice).post(page("accept", contribution.pk), {"comment": ""})
    contribution.refresh_from_db()
    assert contribution.status == "accepted"


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="text/csv")


@pytest.mark.parametrize("part", ["contribution", "submit"])
def test_the_asked_agency_opens_its_pages_without_errors(cast, assessment, part):
    contribution = ContributionFactory(assessment=assessment, agency=cast.agency_b)
    answer = signed_in(cast.charlie).get(page(part, contribution.pk))
    assert answer.status_code == 200
    assert "Error:" not in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("program.exe", b"MZ\x90\x00"),
        ("page.html", b"<script>"),
        ("fake.pdf", b"no pdf"),
        ("binary.csv", b"a\x00b"),
        ("odd.zip", b"PK\x03\x04"),
    ],
)
def test_a_file_of_another_kind_is_refused(cast, assessment, name, data):
    contribution = ContributionFactory(assessment=assessment, agency=cast.agency_b)
    form = {"text": "See file.", "file": upload(name, data)}
    assert signed_in(cast.charlie).post(page("submit", contribution.pk), form).status_code == 422
    contribution.refresh_from_db()
    assert contribution.status == "asked"


def test_a_returned_contribution_says_what_is_missing(cast, assessment):
    request_by_page(cast, assessment)
    contribution = assessment.contributions.get()
    signed_in(cast.charlie).post(page("submit", contribution.pk), {"text": "Some."})
    form = {"comment": "Which year?", "due_on_day": 1, "due_on_month": 7, "due_on_year": 2090}
    assert signed_in(cast.alice).post(page("return", contribution.pk), form | {"due_on_year": 2000}).status_code == 422
    assert signed_in(cast.alice).post(page("return", contribution.pk), form).status_code == 302
    assert "Which year?" in signed_in(cast.charlie).get(page("submit", contribution.pk)).content.decode()


def test_the_same_agency_is_not_asked_twice_by_page(cast, assessment):
    request_by_page(cast, assessment)
    answer = request_by_page(cast, assessment)
    assert answer.status_code == 422
    assert "BBB has an open request already." in answer.content.decode()


@pytest.mark.parametrize("move", ["accept", "return", "withdraw"])
def test_the_contributing_agency_judges_nothing(cast, assessment, move):
    contribution = ContributionFactory(assessment=assessment, agency=cast.agency_b)
    assert signed_in(cast.charlie).get(page(move, contribution.pk)).status_code == 403


@pytest.mark.parametrize("part", ["contribution", "submit", "accept", "contribution_file"])
def test_the_contribution_of_another_agency_does_not_exist(cast, part):
    other = AgencyFactory(acronym="CCC")
    MembershipFactory(agency=other, mechanism=cast.task_force)
    contribution = ContributionFactory(assessment=AssessmentFactory(lead=cast.agency_a), agency=other)
    assert signed_in(cast.charlie).get(page(part, contribution.pk)).status_code == 404


def test_a_contribution_to_a_secret_assessment_is_asked_only_of_those_who_see_it(cast, secret):
    assert request_by_page(cast, secret).status_code == 422
    grant(cast.agency_b.group, VIEW, secret)
    assert request_by_page(cast, secret).status_code == 302


def test_a_withdrawn_request_cannot_be_answered_by_page(cast, assessment):
    (contribution,) = ask(
        assessment=assessment,
        agencies=[cast.agency_b],
        flows=[],
        what="Seizures",
        due_on=assessment.planned_day,
        by=cast.alice,
    )
    signed_in(cast.alice).post(page("withdraw", contribution.pk), {"comment": "No longer needed."})
    assert signed_in(cast.charlie).post(page("submit", contribution.pk), {"text": "Late."}).status_code == 422


@pytest.mark.parametrize(
    ("part", "method"), [("list", "post"), ("detail", "post"), ("history", "post"), ("end_sight", "get")]
)
def test_other_methods_are_refused(cast, assessment, part, method):
    args = {"list": [], "end_sight": [assessment.pk, cast.agency_b.pk]}.get(part, [assessment.pk])
    assert getattr(signed_in(cast.alice), method)(page(part, *args)).status_code == 405


# ---------------------------------------------------------------- what goes wrong


def test_a_full_disk_loses_nothing_and_says_so(cast, assessment, monkeypatch):
    contribution = ContributionFactory(assessment=assessment, agency=cast.agency_b)

    def full(*args, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    form = {"text": "See file.", "file": upload("cases.csv", b"12\n")}
    answer = signed_in(cast.charlie).post(page("submit", contribution.pk), form)
    contribution.refresh_from_db()
    assert (answer.status_code, contribution.status) == (422, "asked")
    assert "disk of the portal is full" in answer.content.decode()


def test_sight_that_is_still_needed_stays_and_the_page_says_why(cast, secret):
    grant(cast.agency_b.group, VIEW, secret)
    request_by_page(cast, secret)
    answer = signed_in(cast.alice).post(page("end_sight", secret.pk, cast.agency_b.pk), follow=True)
    assert "This agency has an open contribution." in answer.content.decode()
    assert signed_in(cast.charlie).get(page("detail", secret.pk)).status_code == 200


def test_an_agency_that_is_not_named_cannot_lose_its_sight(cast, secret):
    assert signed_in(cast.alice).post(page("end_sight", secret.pk, cast.agency_b.pk)).status_code == 404


def test_a_contribution_without_file_has_none_to_download(cast, assessment):
    contribution = ContributionFactory(assessment=assessment, agency=cast.agency_b)
    assert signed_in(cast.charlie).get(page("contribution_file", contribution.pk)).status_code == 404


def test_the_year_of_the_plan_filters_the_schedule(cast, assessment):
    AssessmentFactory(title="Rivers", planned_day="2029-03-01")
    text = signed_in(cast.charlie).get(page("list"), {"year": "2029"}).content.decode()
    assert "Rivers" in text
    assert "Sea routes" not in text


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
