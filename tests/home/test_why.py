"""Why can this person see this? The answer agrees with what decides, for everybody and everything, and shows nothing hidden."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, FocalPoint
from assessments.actions import give_sight
from assessments.models import Assessment, Contribution
from core.access import can, given
from core.dates import long_date, span, today
from core.sensitivity import Sensitivity
from taskforce.briefings.models import Pack
from taskforce.home.matrix.parts import build
from taskforce.home.matrix.world import World
from taskforce.home.sight import KINDS, explain
from taskforce.letters.models import Letter
from tests.assessments.factories import AssessmentFactory
from tests.cast import Cast, signed_in
from tests.factories import MembershipFactory, RoleAssignmentFactory, UserFactory

NAMED = {Assessment: "title", Contribution: "what", Letter: "subject", Pack: "title"}


@pytest.fixture
def world(db, settings) -> World:
    settings.TRIAL = True
    return build()


@pytest.fixture
def secret(cast: Cast) -> Assessment:
    """A confidential assessment that agency A leads."""
    return AssessmentFactory(
        title="Hidden title", lead=cast.agency_a, mechanism=cast.task_force, sensitivity=Sensitivity.CONFIDENTIAL
    )


def test_it_agrees_with_sight_and_rights_for_everybody_and_everything(world: World):
    people = [person for person in world.people.values() if person] + [
        UserFactory(is_superuser=True),
        UserFactory(is_active=False),
    ]
    asked = 0
    for key, kind in KINDS.items():
        for obj in kind.model._default_manager.all():
            for person in people:
                answer = explain(person, key, obj, today())
                seen = kind.model.objects.visible_to(person).filter(pk=obj.pk).exists()
                rights = {permission for permission in kind.permissions if can(person, permission, obj)}
                assert answer.sees is seen, (person, key, obj)
                assert {right.words for right in answer.rights} == rights, (person, key, obj)
                assert not seen or all(reason.origins for reason in answer.reasons), (person, key, obj)
                asked += 1
    assert asked > 200


def test_it_gives_nobody_a_reason_whom_the_world_forbids_by_hand(world: World):
    """The marks of the matrix are sets of names; nothing of the portal's own code stands behind them."""
    for key, kind in KINDS.items():
        if kind.model is Agency:
            continue
        for obj in kind.model._default_manager.all():
            readers = world.marks[getattr(obj, NAMED[kind.model])]
            people = {name: person for name, person in world.people.items() if person}
            told = {name for name, person in people.items() if explain(person, key, obj, today()).sees}
            assert told, (key, obj)
            assert told <= readers, (key, obj)


def test_a_seat_is_named_with_agency_mechanism_and_days(cast: Cast, secret: Assessment):
    page = signed_in(cast.alice).get(f"/access/assessment/{secret.pk}/").content.decode()

    assert "Hidden title" in page
    assert "It is confidential, and their agency leads it." in page
    assert f"Focal point of AAA in {cast.task_force}, since 1 January 2010; AAA sits there (Co-chair" in page


def test_a_role_is_named_with_its_first_day_and_who_gave_it(cast: Cast, secret: Assessment):
    lydia = RoleAssignmentFactory(user=UserFactory(name="Lydia"), role="secretariat", given_by=cast.ada).user

    page = _asked(cast, secret, lydia)

    assert "Secretariat, a role of the house, since 1 January 2010; given by Ada" in page


def test_a_grant_is_named_with_who_gave_it_and_when(cast: Cast, secret: Assessment):
    give_sight(assessment=secret, agency=cast.agency_b, by=cast.alice)

    page = _asked(cast, secret, cast.charlie)

    assert f"BBB was named by Alice on {long_date(today())}." in page


def test_whom_else_it_was_opened_to_is_told_only_to_those_who_explain_access(cast: Cast, secret: Assessment):
    other = MembershipFactory(agency__acronym="OTHR", mechanism=cast.task_force).agency
    for agency in (cast.agency_b, other):
        give_sight(assessment=secret, agency=agency, by=cast.alice)

    own = signed_in(cast.charlie).get(f"/access/assessment/{secret.pk}/").content.decode()

    assert "BBB was named by Alice" in own
    assert "OTHR" not in own
    assert "OTHR" in _asked(cast, secret, cast.charlie)


def test_why_not_says_what_is_restricted_and_what_has_ended(cast: Cast, secret: Assessment):
    FocalPoint.objects.filter(person=cast.alice).update(valid=span(dt.date(2010, 1, 1), dt.date(2020, 12, 31)))

    page = _asked(cast, secret, cast.alice)

    assert "Not seen" in page
    assert "It is Confidential." in page
    assert "ended on 31 December 2020" in page


def test_who_may_not_read_it_sees_only_its_reference(cast: Cast, secret: Assessment):
    page = _asked(cast, secret, cast.charlie)

    assert "Hidden title" not in page
    assert str(secret.pk) in page
    assert "You may not read it" in page


@pytest.mark.parametrize("name", ["charlie", "nobody"])
def test_what_one_does_not_see_does_not_exist_for_oneself(cast: Cast, secret: Assessment, name: str):
    browser = signed_in(getattr(cast, name))

    assert browser.get(f"/access/assessment/{secret.pk}/").status_code == 404
    assert browser.get("/access/").status_code == 403
    assert browser.get(f"/access/nothing/{secret.pk}/").status_code == 404


def test_nobody_asks_about_another_without_the_right(cast: Cast, secret: Assessment):
    answer = signed_in(cast.alice).get(f"/access/assessment/{secret.pk}/?person=bob@example.org")

    assert answer.status_code == 403


def test_an_auditor_asks_from_the_first_page_by_link_and_address(cast: Cast, secret: Assessment):
    otto = RoleAssignmentFactory(user=UserFactory(name="Otto", is_sample=True), role="auditor").user
    asked = {"object": f"http://testserver/assessments/{secret.pk}/", "person": "CHARLIE@example.org"}

    answer = signed_in(otto).get("/access/", asked, follow=True)

    assert "Not seen" in answer.content.decode()
    assert answer.redirect_chain[0][0] == f"/access/assessment/{secret.pk}/?person=charlie%40example.org"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("person", "stranger@example.org", "Nobody here has this address."),
        ("object", "/letters/nonsense/", "This names no object of these kinds."),
        ("object", "01234567-89ab-4def-8123-0123456789ab", "This names no object of these kinds."),
    ],
)
def test_what_is_not_there_is_said_at_the_field(cast: Cast, secret: Assessment, field: str, value: str, said: str):
    asked = {"object": str(secret.pk), "person": "charlie@example.org"} | {field: value}

    answer = signed_in(cast.ada).get("/access/", asked)

    assert answer.status_code == 422
    assert answer.context["form"].errors[field] == [said]


def test_every_object_page_leads_to_the_answer(cast: Cast, secret: Assessment):
    assert f"/access/assessment/{secret.pk}/" in signed_in(cast.alice).get(secret.get_absolute_url()).content.decode()
    assert (
        f"/access/agency/{cast.agency_a.pk}/"
        in signed_in(cast.alice).get(f"/agencies/{cast.agency_a.pk}/").content.decode()
    )


def test_many_grants_cost_no_more_queries_than_one(cast: Cast, secret: Assessment):
    counts = []
    for agency in (cast.agency_b, MembershipFactory(agency__acronym="OTHR", mechanism=cast.task_force).agency):
        give_sight(assessment=secret, agency=agency, by=cast.alice)
        with CaptureQueriesContext(connection) as queries:
            told = given("assessments.view_assessment", secret)
        counts.append((len(told), len(queries)))

    assert counts == [(1, 2), (2, 2)]


def test_it_asks_a_fixed_number_of_queries(cast: Cast, secret: Assessment):
    browser, counts = signed_in(cast.ada), []
    for held in (2, 20):
        for day in range(cast.alice.role_assignments.count(), held):
            once = dt.date(2011, 1, 1) + dt.timedelta(days=day)
            RoleAssignmentFactory(user=cast.alice, role="observer", first=once, last=once)
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"/access/assessment/{secret.pk}/?person=alice@example.org")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def _asked(cast: Cast, obj: Assessment, about) -> str:
    answer = signed_in(cast.ada).get(f"/access/assessment/{obj.pk}/?person={about.email}")
    assert answer.status_code == 200
    return answer.content.decode()
