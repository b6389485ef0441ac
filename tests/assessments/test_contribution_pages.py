"""Contributions by page, from the request to acceptance."""

import datetime as dt
import errno

import pytest
import time_machine
from django.core.files.storage import FileSystemStorage

from agencies.models import Agency
from assessments.access import VIEW
from assessments.actions import ask
from core.access import grant
from tests.assessments.factories import AssessmentFactory, ContributionFactory
from tests.assessments.pages import page, request_by_page, upload
from tests.cast import signed_in
from tests.factories import AgencyFactory, MembershipFactory


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


@pytest.mark.parametrize("part", ["contribution", "submit"])
def test_the_asked_agency_opens_its_pages_without_errors(cast, assessment, part):
    contribution = ContributionFactory(assessment=assessment, agency=cast.agency_b)
    answer = signed_in(cast.charlie).get(page(part, contribution.pk))
    assert answer.status_code == 200
    assert "Error:" not in answer.content.decode()


def test_the_deadline_of_a_contribution_is_counted_at_the_duty_station(cast, assessment):
    Agency.objects.filter(pk=cast.agency_b.pk).update(time_zone="Asia/Bangkok")
    contribution = ContributionFactory(assessment=assessment, agency=cast.agency_b, due_on=dt.date(2030, 6, 1))
    with time_machine.travel("2030-06-01T18:00Z", tick=False):
        text = signed_in(cast.charlie).get(page("contribution", contribution.pk)).content.decode()
    assert "1 day late" in text
    assert "(UTC+07:00, Bangkok)" in text


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


def test_a_contribution_without_file_has_none_to_download(cast, assessment):
    contribution = ContributionFactory(assessment=assessment, agency=cast.agency_b)
    assert signed_in(cast.charlie).get(page("contribution_file", contribution.pk)).status_code == 404
