"""Whoever reads what is Confidential or above is noted: who, when, at which address; once for each look."""

import datetime as dt

import pghistory.models
import pytest
from django.apps import apps
from django.urls import reverse

from assessments.models import Assessment
from core.files import store
from core.sensitivity import Sensitivity
from taskforce.letters.models import Attachment, Clearance, Letter
from tests.assessments.factories import AssessmentFactory, ContributionFactory, FlowFactory
from tests.cast import signed_in

DAY = dt.date(2030, 1, 31)


@pytest.fixture
def assessment(cast) -> Assessment:
    return AssessmentFactory(
        lead=cast.agency_a, title="Harbours", sensitivity=Sensitivity.CONFIDENTIAL, mechanism=cast.task_force
    )


@pytest.fixture
def letter(cast) -> Letter:
    return Letter.objects.create(
        mechanism=cast.task_force, reference="TF/7", subject="Ports", body="Text", sensitivity=Sensitivity.CONFIDENTIAL
    )


def readings(subject) -> list[tuple[str, str]]:
    """Who read it at which address, by time."""
    events = subject.events.filter(pgh_label="read").order_by("pgh_id")
    return [(event.pgh_context["user"], event.pgh_context["page"]) for event in events]


def pages_of_assessment(assessment: Assessment, agency) -> list[str]:
    file = store(name="x.txt", content_type="text/plain", data=b"x")
    contribution = ContributionFactory(assessment=assessment, agency=agency, file=file)
    flow = FlowFactory(assessment=assessment)
    return [
        reverse("assessments:detail", args=[assessment.pk]),
        reverse("assessments:history", args=[assessment.pk]),
        reverse("assessments:cell", args=[assessment.pk, flow.pk, 1]),
        reverse("assessments:contribution", args=[contribution.pk]),
        reverse("assessments:contribution_file", args=[contribution.pk]),
        f"{reverse('assessments:list')}?format=csv",
        f"{reverse('assessments:list')}?format=xlsx",
    ]


def pages_of_letter(letter: Letter, agency) -> list[str]:
    file = store(name="x.txt", content_type="text/plain", data=b"x")
    attachment = Attachment.objects.create(letter=letter, title="Map", file=file)
    clearance = Clearance.objects.create(letter=letter, agency=agency, text_version=1, due_on=DAY)
    return [
        reverse("letters:detail", args=[letter.pk]),
        reverse("letters:history", args=[letter.pk]),
        reverse("letters:edit", args=[letter.pk]),
        reverse("letters:recipients", args=[letter.pk]),
        reverse("letters:clearance", args=[clearance.pk]),
        reverse("letters:attachment", args=[attachment.pk]),
        f"{reverse('letters:list')}?format=csv",
    ]


def look(person, url: str) -> None:
    answer = signed_in(person).get(url)
    assert answer.status_code == 200
    b"".join(answer)


@pytest.mark.parametrize("kind", ["assessment", "letter"])
def test_each_look_at_a_restricted_thing_is_noted_once(cast, request, kind):
    subject = request.getfixturevalue(kind)
    pages = {"assessment": pages_of_assessment, "letter": pages_of_letter}[kind](subject, cast.agency_a)
    for url in pages:
        look(cast.sam, url)
    assert readings(subject) == [(str(cast.sam.pk), url.partition("?")[0]) for url in pages]


@pytest.mark.parametrize("kind", ["assessment", "letter"])
def test_the_history_says_who_read_it(cast, request, kind):
    subject = request.getfixturevalue(kind)
    look(cast.lea, subject.get_absolute_url())
    history = reverse(f"{subject._meta.app_label}:history", args=[subject.pk])
    page = signed_in(cast.sam).get(history).content.decode()
    assert "read" in page
    assert cast.lea.name in page


@pytest.mark.parametrize("kind", ["assessment", "letter"])
def test_reading_what_is_open_leaves_no_trace(cast, request, kind):
    subject = request.getfixturevalue(kind)
    type(subject).objects.filter(pk=subject.pk).update(sensitivity=Sensitivity.UNCLASSIFIED)
    look(cast.sam, subject.get_absolute_url())
    assert readings(subject) == []


def test_a_refused_look_is_no_reading(cast, letter, assessment):
    for subject in (letter, assessment):
        assert signed_in(cast.charlie).get(subject.get_absolute_url()).status_code == 404
        assert readings(subject) == []


def test_a_look_is_noted_beside_the_letter_as_it_was(cast, letter: Letter) -> None:
    signed_in(cast.sam).get(reverse("letters:detail", args=[letter.pk]))
    assert letter.events.get(pgh_label="read").created_at == letter.created_at


def test_no_date_in_the_history_sets_itself_to_the_moment_of_a_look() -> None:
    histories = [model for model in apps.get_models() if issubclass(model, pghistory.models.Event)]
    dates = [field for model in histories for field in model._meta.fields if not field.name.startswith("pgh_")]
    assert [
        field for field in dates if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    ] == []
    assert dates
