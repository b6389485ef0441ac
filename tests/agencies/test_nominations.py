"""From nomination to seat: who may do what, that a nomination gives nothing, and that the steps are kept."""

import datetime as dt

import pytest
from django.db import InternalError, ProgrammingError, transaction
from django.urls import reverse

from agencies import access
from agencies.documents import composition
from agencies.models import Capacity, Membership, Nomination, Obligation
from agencies.workflow import NominationStatus
from assessments.forms import members
from core.access import can
from core.dates import today
from taskforce.letters.models import Letter
from tests.agencies.checking import checked, confirmed
from tests.assessments.factories import AssessmentFactory
from tests.cast import BEFORE, signed_in
from tests.factories import AgencyFactory, FocalPointFactory, MechanismFactory, MembershipFactory

pytestmark = pytest.mark.django_db
SOON = dt.timedelta(days=14)


def sitting(**seat):
    """Somebody with this seat who signs in without a second step."""
    return FocalPointFactory(person__is_sample=True, person__last_login=BEFORE, **seat).person


@pytest.fixture
def chief(cast):
    """The principal of agency A, a co-chair of the Task Force."""
    return sitting(agency=cast.agency_a, capacity=Capacity.PRINCIPAL)


@pytest.fixture
def newcomer():
    """An agency that sits in another mechanism only."""
    agency = AgencyFactory(acronym="NEW", name="New Agency")
    MembershipFactory(agency=agency, mechanism=MechanismFactory(slug="other"))
    return agency


@pytest.fixture
def nina(newcomer):
    """The principal of the new agency, by its seat in the other mechanism."""
    return sitting(
        agency=newcomer, mechanism=MechanismFactory(slug="other"), capacity=Capacity.PRINCIPAL, person__name="Nina"
    )


def typed(agency, **changes):
    first, by = today(), today() + SOON
    answers = {"agency": agency.pk, "role": "member", "source": "Note of the co-chairs"}
    answers |= {"first_day": first.day, "first_month": first.month, "first_year": first.year}
    answers |= {"answer_by_day": by.day, "answer_by_month": by.month, "answer_by_year": by.year}
    return answers | changes


def nominated(person, agency, slug="task-force"):
    confirmed(signed_in(person), reverse("agencies:nominate", args=[slug]), **typed(agency))
    return Nomination.objects.get(agency=agency)


def answered(person, nomination, answer="accept", remark=""):
    url = reverse("agencies:answer_nomination", args=[nomination.pk])
    return signed_in(person).post(url, {"step": "confirm", "answer": answer, "remark": remark})


def begun(person, nomination):
    url = reverse("agencies:begin_membership", args=[nomination.pk])
    first = nomination.first
    parts = {"first_day": first.day, "first_month": first.month, "first_year": first.year}
    return signed_in(person).post(url, {"step": "confirm", "role": nomination.role, "source": "Minutes", **parts})


def test_from_nomination_to_seat_with_who_and_when(cast, chief, newcomer, nina):
    one = nominated(chief, newcomer)
    assert answered(nina, one).status_code == 302
    assert begun(cast.ada, one).status_code == 302
    one.refresh_from_db()
    assert (one.status, one.nominated_by, one.answered_by, one.seated_by) == ("active", chief, nina, cast.ada)
    assert one.membership.first_day == today()
    page = signed_in(cast.ada).get(one.membership.get_absolute_url()).text
    for name in (chief.name, nina.name, cast.ada.name):
        assert name in page


def test_the_nominated_agency_finds_it_among_its_tasks_until_it_answers(cast, chief, newcomer, nina):
    one = nominated(chief, newcomer)
    assert one.get_absolute_url() in signed_in(nina).get("/").text
    answered(nina, one)
    assert one.get_absolute_url() not in signed_in(nina).get("/").text
    assert Obligation.objects.get(subject_id=one.pk).outcome == "Accepted"


@pytest.mark.parametrize("accepted", [False, True])
def test_a_nomination_gives_no_seat_and_no_sight(cast, chief, newcomer, accepted):
    guest = sitting(agency=newcomer, mechanism=cast.task_force, person__name="Guest")
    one = nominated(chief, newcomer)
    if accepted:
        answered(cast.ada, one, remark="Letter of the agency")
    day = today()
    assert newcomer.pk not in {one.membership.agency_id for one in composition(cast.task_force, day).seats}
    assert not Membership.objects.filter(agency=newcomer, mechanism=cast.task_force).exists()
    assert not access.seats_of(guest, day).exists()
    assert not can(guest, "agencies.view_register")
    assert newcomer not in members(AssessmentFactory(mechanism=cast.task_force), day)
    assert newcomer not in Letter(mechanism=cast.task_force).co_chairs(day)
    page = signed_in(cast.charlie).get(cast.task_force.get_absolute_url())
    assert "New Agency" not in page.text


def test_whoever_has_nothing_to_do_with_it_learns_nothing(cast, chief, newcomer):
    one = nominated(chief, newcomer)
    assert signed_in(cast.charlie).get(one.get_absolute_url()).status_code == 404
    assert signed_in(cast.alice).get(one.get_absolute_url()).status_code == 200  # of the chair
    assert signed_in(cast.sam).get(one.get_absolute_url()).status_code == 200


def test_only_chairs_principals_and_the_house_nominate(cast, chief, newcomer):
    url = reverse("agencies:nominate", args=["task-force"])
    plain = sitting(agency=cast.agency_b, capacity=Capacity.PRINCIPAL)
    answers = {person: signed_in(person).get(url).status_code for person in (chief, cast.sam, cast.ada)}
    assert set(answers.values()) == {200}
    answers = {person: signed_in(person).post(url, typed(newcomer)).status_code for person in (cast.alice, plain)}
    assert set(answers.values()) == {403}


def test_the_chair_of_a_mechanism_changes_nothing_of_others_in_it(cast, chief):
    seat = cast.agency_b.focal_points.get()
    for name, argument in {"add_focal_point": "task-force", "seat": "task-force", "end_focal_point": seat.pk}.items():
        url = reverse(f"agencies:{name}", args=[argument])
        assert signed_in(chief).post(url, {"step": "confirm"}).status_code == 403, name


def test_only_the_agencys_principal_or_an_administrator_answers(cast, chief, newcomer, nina):
    helper = sitting(agency=newcomer, mechanism=MechanismFactory(slug="other"))
    one = nominated(chief, newcomer)
    assert {answered(person, one).status_code for person in (chief, helper, cast.sam)} == {403}
    one.refresh_from_db()
    assert one.status == NominationStatus.NOMINATED


def test_only_an_administrator_lets_the_membership_begin(cast, chief, newcomer, nina):
    one = nominated(chief, newcomer)
    answered(nina, one)
    assert {begun(person, one).status_code for person in (chief, nina, cast.sam)} == {403}
    assert not Membership.objects.filter(agency=newcomer, mechanism=cast.task_force).exists()


def test_a_membership_does_not_begin_before_the_agency_accepted(cast, chief, newcomer):
    one = nominated(chief, newcomer)
    assert begun(cast.ada, one).status_code == 422
    assert not Membership.objects.filter(agency=newcomer, mechanism=cast.task_force).exists()


def test_a_no_needs_a_reason_and_ends_the_nomination(cast, chief, newcomer, nina):
    one = nominated(chief, newcomer)
    refused = answered(nina, one, "decline")
    assert refused.context["form"].errors["remark"] == ["Say why the agency declines."]
    answered(nina, one, "decline", "No mandate")
    one.refresh_from_db()
    assert (one.status, one.remark) == ("declined", "No mandate")


def test_who_nominated_withdraws(cast, chief, newcomer, nina):
    one = nominated(chief, newcomer)
    url = reverse("agencies:withdraw_nomination", args=[one.pk])
    assert signed_in(nina).post(url, {"step": "confirm", "remark": "x"}).status_code == 403
    signed_in(chief).post(url, {"step": "confirm", "remark": "An error"})
    one.refresh_from_db()
    assert one.status == "withdrawn"
    assert not Obligation.objects.open().exists()


def test_what_sits_already_or_is_nominated_already_is_refused_at_the_field(cast, chief, newcomer):
    url, client = reverse("agencies:nominate", args=["task-force"]), signed_in(chief)
    page, _answers = checked(client, url, **typed(cast.agency_b))
    assert "sits in this mechanism on" in page.context["form"].errors["agency"][0]
    nominated(chief, newcomer)
    page, _answers = checked(client, url, **typed(newcomer))
    assert page.context["form"].errors["agency"] == ["This agency is nominated already."]


def test_an_answer_by_a_day_that_has_passed_is_refused(cast, chief, newcomer):
    page, _answers = checked(
        signed_in(chief), reverse("agencies:nominate", args=["task-force"]), **typed(newcomer, answer_by_year=2020)
    )
    assert set(page.context["form"].errors) == {"answer_by"}


def test_a_membership_taken_in_between_is_explained_when_it_shall_begin(cast, chief, newcomer, nina):
    one = nominated(chief, newcomer)
    answered(nina, one)
    MembershipFactory(agency=newcomer, mechanism=cast.task_force, role="observer", first=today())
    answer = begun(cast.ada, one)
    assert answer.context["form"].errors["first"] == ["This agency sits in this mechanism already in that time."]


def test_the_database_refuses_a_leap(cast, chief, newcomer):
    one = nominated(chief, newcomer)
    row = MembershipFactory(agency=AgencyFactory())
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        Nomination.objects.filter(pk=one.pk).update(status="active", membership=row)


def test_a_membership_outside_the_life_of_its_agency_is_refused(cast):
    young = AgencyFactory(first=dt.date(2020, 1, 1))
    answers = {"agency": young.pk, "role": "member", "first_day": 1, "first_month": 1, "first_year": 2019}
    page, _typed = checked(signed_in(cast.ada), reverse("agencies:seat", args=["task-force"]), **answers)
    assert page.context["form"].errors["first"] == ["The agency does not exist on 1 January 2019."]


def test_the_past_shows_no_nomination(cast, chief, newcomer):
    one = nominated(chief, newcomer)
    client, address = signed_in(chief), cast.task_force.get_absolute_url()
    assert one.get_absolute_url() in client.get(address).text
    assert one.get_absolute_url() not in client.get(address, {"as_of": "2020-01-01"}).text


def test_ending_deletes_nothing(cast):
    row = Membership.objects.get(agency=cast.agency_b)
    url = reverse("agencies:end_membership", args=[row.pk])
    signed_in(cast.ada).post(url, {"step": "confirm", "last_day": 31, "last_month": 12, "last_year": 2025})
    row.refresh_from_db()
    assert row.last_day == dt.date(2025, 12, 31)
    page = signed_in(cast.alice).get(row.get_absolute_url()).text
    assert "Ended on" in page
    assert cast.ada.name in page
