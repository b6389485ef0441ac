"""Pages of people: who sees them, and what an administrator changes there."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from accounts import actions
from accounts.models import RoleAssignment
from core import jobs
from core.dates import span, today
from core.models import Job
from tests.accounts.signing_in import member, set_up_app, sign_in
from tests.cast import Cast, signed_in
from tests.factories import FocalPointFactory, RoleAssignmentFactory, UserFactory
from tests.queries import queries_of

LAST_OF_2030 = {"last_day_day": "31", "last_day_month": "12", "last_day_year": "2030"}


def test_an_administrator_finds_a_person_by_part_of_the_address(cast: Cast):
    page = signed_in(cast.ada).get("/people/?q=ALI").content.decode()

    assert "alice@example.org" in page
    assert "charlie@example.org" not in page
    assert "Focal point, AAA" in page


@pytest.mark.parametrize("name", ["alice", "sam", "lea", "nobody"])
def test_others_see_no_list_and_no_person(cast: Cast, name):
    browser = signed_in(getattr(cast, name))

    assert browser.get("/people/").status_code == 403
    assert browser.get(f"/people/{cast.charlie.pk}/").status_code == 404
    assert browser.post(f"/people/{cast.charlie.pk}/deactivate/").status_code == 404


def test_an_auditor_sees_people_and_changes_nobody(cast: Cast):
    otto = RoleAssignmentFactory(user=UserFactory(name="Otto", is_sample=True), role="auditor").user
    browser = signed_in(otto)

    assert browser.get(f"/people/{cast.alice.pk}/").status_code == 200
    assert b"Deactivate" not in browser.get(f"/people/{cast.alice.pk}/").content
    assert browser.post(f"/people/{cast.alice.pk}/deactivate/").status_code == 403
    cast.alice.refresh_from_db()
    assert cast.alice.is_active


def test_the_page_of_a_person_shows_seats_roles_and_history(cast: Cast):
    page = signed_in(cast.ada).get(f"/people/{cast.alice.pk}/").content.decode()

    for words in ("alice@example.org", "AAA", "Focal point", "None yet", "created"):
        assert words in page


def test_the_list_of_people_needs_as_many_queries_for_sixty_as_for_ten(cast: Cast):
    browser, counts = signed_in(cast.ada), []
    for _round in range(2):
        counts.append(queries_of(browser, "/people/"))
        for _person in range(30):
            RoleAssignmentFactory(user=FocalPointFactory(agency=cast.agency_a).person)

    assert counts[0] == counts[1]


def test_deactivating_and_reactivating_go_by_post_and_are_in_the_history(cast: Cast):
    browser = signed_in(cast.ada)

    assert browser.get(f"/people/{cast.alice.pk}/deactivate/").status_code == 405
    browser.post(f"/people/{cast.alice.pk}/deactivate/")
    cast.alice.refresh_from_db()
    assert not cast.alice.is_active

    browser.post(f"/people/{cast.alice.pk}/reactivate/")
    cast.alice.refresh_from_db()
    assert cast.alice.is_active
    ended = cast.alice.events.get(pgh_label="sessions_ended")
    assert ended.pgh_context["user"] == str(cast.ada.pk)


def test_nobody_changes_their_own_access(cast: Cast):
    browser = signed_in(cast.ada)

    assert browser.post(f"/people/{cast.ada.pk}/deactivate/").status_code == 403
    assert browser.get(f"/people/{cast.ada.pk}/roles/new/").status_code == 403
    with pytest.raises(PermissionDenied):
        actions.assign_role(person=cast.ada, role="auditor", valid=span(today()), by=cast.ada)


def test_who_lost_everything_gets_a_new_second_factor(cast: Cast):
    maria = member(UserFactory(name="Maria", email="maria@example.org"))
    browser = Client()
    sign_in(browser, maria)
    set_up_app(browser)

    signed_in(cast.ada).post(f"/people/{maria.pk}/reset-factors/")

    assert browser.get("/accounts/profile/").status_code == 302
    again = Client()
    sign_in(again, maria)
    assert again.get("/accounts/profile/").url == "/accounts/second-factor/"


def test_an_administrator_gives_a_role_for_some_days(cast: Cast):
    form = {"role": "observer", "first_day_day": "1", "first_day_month": "3", "first_day_year": "2030"}

    signed_in(cast.ada).post(f"/people/{cast.nobody.pk}/roles/new/", form)

    given = RoleAssignment.objects.get(user=cast.nobody)
    assert (given.role, given.first_day, given.last_day, given.given_by) == (
        "observer",
        dt.date(2030, 3, 1),
        None,
        cast.ada,
    )
    assert cast.nobody.house_roles(today()) == []


def test_a_role_twice_in_the_same_time_is_refused_at_the_field(cast: Cast):
    form = {"role": "secretariat", "first_day_day": "1", "first_day_month": "3", "first_day_year": "2030"}

    answer = signed_in(cast.ada).post(f"/people/{cast.sam.pk}/roles/new/", form)

    assert answer.status_code == 422
    assert "holds this role already" in answer.context["form"].errors["role"][0]


def test_a_role_that_is_over_ends_rights_and_sessions_at_once(cast: Cast):
    sam = member(cast.sam)
    sam.is_sample = True
    sam.save()
    browser = Client()
    sign_in(browser, sam)
    assignment = sam.role_assignments.get()
    yesterday = today() - dt.timedelta(days=1)

    actions.end_role(assignment=assignment, last_day=yesterday, on=today(), by=cast.ada)

    assert browser.get("/accounts/profile/").status_code == 302
    assert sam.house_roles(today()) == []


def test_whoever_is_deactivated_has_their_work_cancelled(cast: Cast):
    job = jobs.start("test.pack", subject=None, by=cast.sam, label="Pack")

    actions.deactivate(person=cast.sam, by=cast.ada)

    assert Job.objects.get(pk=job.pk).state == "cancelled"


def test_a_role_that_is_over_has_the_work_cancelled(cast: Cast):
    job = jobs.start("test.pack", subject=None, by=cast.sam, label="Pack")

    role = cast.sam.role_assignments.get()
    actions.end_role(assignment=role, last_day=today() - dt.timedelta(days=1), on=today(), by=cast.ada)

    assert Job.objects.get(pk=job.pk).state == "cancelled"


def test_a_role_ends_by_its_page(cast: Cast):
    role = cast.sam.role_assignments.get()

    signed_in(cast.ada).post(f"/people/{cast.sam.pk}/roles/{role.pk}/end/", LAST_OF_2030)

    role.refresh_from_db()
    assert role.last_day == dt.date(2030, 12, 31)


def test_ending_a_role_makes_it_no_longer(cast: Cast):
    role = RoleAssignmentFactory(user=cast.nobody, role="observer", last=dt.date(2030, 6, 30))

    answer = signed_in(cast.ada).post(f"/people/{cast.nobody.pk}/roles/{role.pk}/end/", LAST_OF_2030)

    assert answer.status_code == 422
    assert "ends before that day" in answer.context["form"].errors["last_day"][0]
    role.refresh_from_db()
    assert role.last_day == dt.date(2030, 6, 30)


@pytest.mark.parametrize("last_day", [dt.date(2020, 6, 29), dt.date(2020, 6, 30), dt.date(2030, 12, 31)])
def test_a_role_that_is_over_stays_as_it_was(cast: Cast, last_day):
    role = RoleAssignmentFactory(user=cast.nobody, role="observer", last=dt.date(2020, 6, 30))

    with pytest.raises(ValidationError, match="over already"):
        actions.end_role(assignment=role, last_day=last_day, on=today(), by=cast.ada)

    role.refresh_from_db()
    assert role.last_day == dt.date(2020, 6, 30)


def test_a_role_of_another_person_is_not_ended_by_this_persons_page(cast: Cast):
    role = cast.lea.role_assignments.get()

    assert signed_in(cast.ada).get(f"/people/{cast.sam.pk}/roles/{role.pk}/end/").status_code == 404
