"""Who sees which assessment: every combination against the rule in plain words, and rights only on what is seen."""

import datetime as dt
from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.roles import ROLES
from agencies.models import Capacity
from assessments.access import VIEW
from assessments.models import Assessment
from core.access import can, grant
from core.sensitivity import Sensitivity
from tests.assessments.factories import AssessmentFactory, ContributionFactory, FlowFactory
from tests.cast import Cast
from tests.factories import FocalPointFactory, RoleAssignmentFactory, UserFactory

PERMISSIONS = sorted({right for role in ROLES.values() for right in role.everywhere | role.own})


def every_kind(cast: Cast) -> list[tuple[Assessment, str, str]]:
    """An assessment of each sensitivity, lead agency and grant, with the names of the two."""
    agencies = {"A": cast.agency_a, "B": cast.agency_b}
    made = []
    for level, lead, named in product(Sensitivity, "AB", ["", "A", "B"]):
        assessment = AssessmentFactory(sensitivity=level, lead=agencies[lead], mechanism=cast.task_force)
        if named:
            grant(agencies[named].group, VIEW, assessment)
        made.append((assessment, lead, named))
    return made


def ought_to_see(name: str, level: int, lead: str, named: str) -> bool:
    """The rule, in plain words."""
    seat = {"Alice": "A", "Bob": "A", "Charlie": "B"}.get(name, "")
    if name == "Nobody":
        return False
    if level == Sensitivity.UNCLASSIFIED:
        return True
    if seat and seat == named:
        return True
    if level == Sensitivity.CONFIDENTIAL:
        return name in {"Sam", "Lea"} or bool(seat and seat == lead)
    return name == "Lea"


def people(cast: Cast) -> list[User]:
    return [cast.alice, cast.bob, cast.charlie, cast.sam, cast.lea, cast.ada, cast.nobody]


def test_everyone_sees_exactly_what_the_rule_says(cast):
    kinds = every_kind(cast)
    for user in people(cast):
        seen = set(Assessment.objects.visible_to(user))
        ought = {row for row, lead, named in kinds if ought_to_see(user.name, row.sensitivity, lead, named)}
        assert seen == ought, user.name


def test_rights_are_held_only_on_what_is_seen(cast):
    kinds = every_kind(cast)
    for user in people(cast):
        seen = set(Assessment.objects.visible_to(user))
        for (assessment, _lead, _named), right in product(kinds, [VIEW, *PERMISSIONS]):
            if can(user, right, assessment):
                assert assessment in seen, (user.name, right)
        assert {row for row, _, _ in kinds if can(user, VIEW, row)} == seen, user.name


def test_answers_and_contributions_follow_their_assessment(cast):
    kinds = [row for row, _, _ in every_kind(cast)]
    cells = [FlowFactory(assessment=row).cells.first() for row in kinds]
    asked = [ContributionFactory(assessment=row, agency=cast.agency_b) for row in kinds]
    for user in people(cast):
        seen = set(Assessment.objects.visible_to(user))
        held = {row.assessment for row in asked if can(user, "assessments.change_contribution", row)}
        assert {cell.flow.assessment for cell in cells if can(user, VIEW, cell)} == seen
        assert held <= {row.assessment for row in type(asked[0]).objects.visible_to(user)} <= seen


def test_an_agency_does_not_read_what_another_contributed(cast):
    asked = ContributionFactory(assessment=AssessmentFactory(lead=cast.agency_a), agency=cast.agency_b)
    other = ContributionFactory(assessment=AssessmentFactory(), agency=cast.agency_a)
    assert list(type(asked).objects.visible_to(cast.charlie)) == [asked]
    assert set(type(asked).objects.visible_to(cast.alice)) == {asked, other}
    assert not type(asked).objects.visible_to(cast.ada).exists()


def test_anonymous_and_inactive_people_see_nothing(cast):
    AssessmentFactory()
    cast.alice.is_active = False
    assert not Assessment.objects.visible_to(AnonymousUser()).exists()
    assert not Assessment.objects.visible_to(cast.alice).exists()


def test_a_seat_that_ended_yesterday_sees_no_confidential_assessment(cast):
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    former = FocalPointFactory(agency=cast.agency_a, mechanism=cast.task_force, last=yesterday).person
    RoleAssignmentFactory(user=former, role="observer")
    AssessmentFactory(sensitivity=Sensitivity.CONFIDENTIAL, lead=cast.agency_a)
    assert not Assessment.objects.visible_to(former).exists()


@pytest.mark.parametrize("capacity", [Capacity.HEADQUARTERS_CONTACT, Capacity.FIELD_CONTACT])
def test_a_mere_contact_of_the_lead_agency_sees_no_confidential_assessment(cast, capacity):
    contact = FocalPointFactory(
        person=UserFactory(), agency=cast.agency_a, mechanism=cast.task_force, capacity=capacity
    ).person
    RoleAssignmentFactory(user=contact, role="observer")
    AssessmentFactory(sensitivity=Sensitivity.CONFIDENTIAL, lead=cast.agency_a)
    assert not Assessment.objects.visible_to(contact).exists()
