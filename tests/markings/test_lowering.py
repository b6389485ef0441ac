"""A marking is raised by one and lowered by two."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from assessments.models import Assessment
from core.history import changes_of
from core.sensitivity import Sensitivity
from core.workflow import IllegalMove
from taskforce.markings import actions
from taskforce.markings.kinds import KINDS
from taskforce.markings.models import Lowering
from tests.assessments.factories import AssessmentFactory
from tests.cast import Cast, signed_in
from tests.factories import RoleAssignmentFactory, UserFactory
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
WHY = "It was published elsewhere."


@pytest.fixture
def secret(cast: Cast) -> Assessment:
    """A confidential assessment of agency A."""
    return AssessmentFactory(
        title="Lake basin", sensitivity=Sensitivity.CONFIDENTIAL, lead=cast.agency_a, mechanism=cast.task_force
    )


@pytest.fixture
def asked(cast: Cast, secret: Assessment) -> Lowering:
    """Alice, whose agency leads it, asks."""
    return actions.ask(kind=KINDS["assessment"], subject=secret, to=0, reason=WHY, by=cast.alice)


def test_one_asks_and_another_lowers_and_the_history_names_both(cast: Cast, secret: Assessment) -> None:
    alice, sam = signed_in(cast.alice), signed_in(cast.sam)
    url = reverse("markings:ask", args=["assessment", secret.pk])
    assert f'href="{url}"' in alice.get(secret.get_absolute_url()).text
    page = alice.post(url, {"to": "0", "reason": WHY})
    assert Assessment.objects.get().sensitivity == Sensitivity.CONFIDENTIAL
    assert WHY in sam.get(page.url).text
    assert sam.post(page.url, {"decision": "lower"}).status_code == 302
    assert Assessment.objects.get().sensitivity == Sensitivity.UNCLASSIFIED
    change = next(one for one in changes_of(secret) if one.what)
    assert (change.by, change.note) == ("Sam", "Marking lowered: asked for by Alice")
    assert change.what == {"Information sensitivity": ("Confidential", "Unclassified")}


def test_nobody_decides_what_they_asked_for_themselves(cast: Cast, secret: Assessment) -> None:
    asked = actions.ask(kind=KINDS["assessment"], subject=secret, to=0, reason=WHY, by=cast.sam)
    for act in (actions.lower, actions.decline):
        with pytest.raises(PermissionDenied):
            act(asked=asked, answer="Yes", by=cast.sam)
    assert signed_in(cast.sam).post(asked.get_absolute_url(), {"decision": "lower"}).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        Lowering.objects.update(outcome="lowered", decided_by=cast.sam)


@pytest.mark.parametrize("person", ["bob", "charlie", "ada", "nobody"])
def test_whoever_may_not_decide_finds_nothing(cast: Cast, asked: Lowering, person: str) -> None:
    client = signed_in(getattr(cast, person))
    assert client.get(asked.get_absolute_url()).status_code == 404
    assert WHY not in client.get(reverse("markings:list")).text


def test_what_is_hidden_by_now_takes_its_requests_with_it(cast: Cast, secret: Assessment, asked: Lowering) -> None:
    Assessment.objects.update(sensitivity=Sensitivity.STRICTLY_CONFIDENTIAL)
    assert signed_in(cast.sam).get(asked.get_absolute_url()).status_code == 404
    with pytest.raises(PermissionDenied):
        actions.lower(asked=asked, answer="", by=cast.sam)
    with pytest.raises(IllegalMove, match="marked otherwise"):
        actions.lower(asked=asked, answer="", by=cast.lea)


def test_it_is_asked_for_once_at_a_time(cast: Cast, secret: Assessment, asked: Lowering) -> None:
    url = reverse("markings:ask", args=["assessment", secret.pk])
    page = signed_in(cast.sam).post(url, {"to": "0", "reason": WHY})
    assert (page.status_code, Lowering.objects.count()) == (422, 1)
    assert "asked for already" in page.text


def test_a_request_names_a_lower_marking_and_a_reason(cast: Cast, secret: Assessment) -> None:
    client, url = signed_in(cast.alice), reverse("markings:ask", args=["assessment", secret.pk])
    page = client.post(url, {"to": "1", "reason": " "})
    assert set(page.context["form"].errors) == {"to", "reason"}
    with pytest.raises(ValidationError):
        actions.ask(kind=KINDS["assessment"], subject=secret, to=1, reason=WHY, by=cast.alice)


def test_it_is_declined_with_a_reason_and_taken_back_by_whoever_asked(cast: Cast, asked: Lowering) -> None:
    client = signed_in(cast.sam)
    page = client.post(asked.get_absolute_url(), {"decision": "decline"})
    assert page.context["form"].errors == {"answer": ["Say why."]}
    assert client.post(reverse("markings:take_back", args=[asked.pk])).status_code == 403
    signed_in(cast.alice).post(reverse("markings:take_back", args=[asked.pk]))
    with pytest.raises(IllegalMove, match="decided"):
        actions.decline(asked=asked, answer="No", by=cast.sam)
    asked.refresh_from_db()
    assert (asked.outcome, asked.decided_by) == ("taken_back", cast.alice)
    assert Assessment.objects.get().sensitivity == Sensitivity.CONFIDENTIAL


def test_it_waits_on_the_desk_of_the_second_person_alone(cast: Cast, asked: Lowering) -> None:
    found = {
        person.name: asked.get_absolute_url() in signed_in(person).get("/").text for person in (cast.alice, cast.sam)
    }
    assert found == {"Alice": False, "Sam": True}


def test_the_list_takes_a_constant_number_of_queries(cast: Cast, asked: Lowering) -> None:
    client, url = signed_in(cast.sam), reverse("markings:list")
    few = queries_of(client, url)
    for number in range(10):
        more = AssessmentFactory(title=f"Basin {number}", sensitivity=1, lead=cast.agency_a, mechanism=cast.task_force)
        actions.ask(kind=KINDS["assessment"], subject=more, to=0, reason=WHY, by=cast.alice)
    assert queries_of(client, url) == few


def test_auditors_find_it(cast: Cast, asked: Lowering) -> None:
    """Its column `before` is called as the audit calls the row before."""
    actions.decline(asked=asked, answer="No", by=cast.sam)
    audrey = RoleAssignmentFactory(user=UserFactory(name="Audrey", is_sample=True), role="auditor").user
    assert signed_in(audrey).get(reverse("home:audit")).status_code == 200
