"""Changes of the register through its forms: check page first, clashes explained at the field, rights asked."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from agencies import actions
from agencies.models import (
    Agency,
    AgencyName,
    FocalPoint,
    Membership,
    Office,
    OfficeCountry,
    ResidentCoordinator,
)
from core import jobs
from core.access import can
from core.dates import today
from core.models import Job
from tests.accounts.signing_in import sign_in, with_password
from tests.agencies.checking import confirmed
from tests.cast import signed_in
from tests.factories import (
    AgencyFactory,
    CountryFactory,
    FocalPointFactory,
    OfficeCountryFactory,
    OfficeFactory,
    RegionFactory,
    ResidentCoordinatorFactory,
)

pytestmark = pytest.mark.django_db


def parts(name, day):
    """A day as the three boxes of the form send it."""
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def day(year, month=1, number=1):
    return dt.date(year, month, number)


def post(client, name, arguments, /, **answers):
    """The answer to a form that was checked and confirmed."""
    return client.post(reverse(f"agencies:{name}", args=arguments), {"step": "confirm", **answers})


@pytest.fixture
def office():
    return OfficeFactory(name="Kenya")


@pytest.fixture
def places(cast, office):
    """Every address of a form, with the object it changes."""
    country = OfficeCountryFactory(office=office)
    holder = ResidentCoordinatorFactory(office=office)
    membership = Membership.objects.get(agency=cast.agency_b)
    seat = FocalPoint.objects.get(person=cast.charlie)
    by_name = {
        "add": [],
        "change": [cast.agency_a.pk],
        "rename": [cast.agency_a.pk],
        "seat": [cast.task_force.slug],
        "change_membership": [membership.pk],
        "end_membership": [membership.pk],
        "add_focal_point": [cast.task_force.slug],
        "end_focal_point": [seat.pk],
        "add_office": [],
        "change_office": [office.pk],
        "serve": [office.pk],
        "appoint": [office.pk],
        "end_coverage": [country.pk],
        "change_coordinator": [holder.pk],
        "end_coordinator": [holder.pk],
    }
    return [reverse(f"agencies:{name}", args=arguments) for name, arguments in by_name.items()]


def test_an_administrator_opens_every_form(cast, places):
    client = signed_in(cast.ada)
    assert {address: client.get(address).status_code for address in places} == dict.fromkeys(places, 200)


@pytest.mark.parametrize("person", ["alice", "charlie", "sam", "lea"])
def test_nobody_else_opens_or_sends_one(cast, places, person):
    client = signed_in(getattr(cast, person))
    assert {client.get(address).status_code for address in places} == {403}
    assert {client.post(address, {"step": "confirm"}).status_code for address in places} == {403}


def test_a_stranger_learns_of_none(cast, places):
    client = signed_in(cast.nobody)
    assert {client.get(address).status_code for address in places} <= {403, 404}


def test_whoever_is_not_signed_in_is_asked_to(client, places):
    assert {client.post(address).status_code for address in places} == {302}
    assert client.post(places[0])["Location"].startswith(reverse("account_login"))


def test_an_empty_form_says_at_each_field_what_is_missing(cast):
    answer = signed_in(cast.ada).post(reverse("agencies:seat", args=["task-force"]), {"step": ""})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"agency", "role", "first"}
    assert "Error:" in answer.text


def test_a_membership_is_checked_before_it_is_added(cast):
    body, client = AgencyFactory(acronym="NEW"), signed_in(cast.ada)
    typed = {"agency": body.pk, "role": "member", **parts("first", day(2020))}
    checked = client.post(reverse("agencies:seat", args=["task-force"]), typed)
    assert "1 January 2020" in checked.text
    assert not body.memberships.exists()
    answer = post(client, "seat", ["task-force"], **typed)
    assert answer["Location"] == cast.task_force.get_absolute_url()
    assert body.memberships.get().first_day == day(2020)


def test_the_answers_can_be_changed_from_the_check_page(cast):
    body = AgencyFactory()
    typed = {"agency": body.pk, "role": "observer", **parts("first", day(2020)), "step": "edit"}
    again = signed_in(cast.ada).post(reverse("agencies:seat", args=["task-force"]), typed)
    assert again.context["form"]["role"].value() == "observer"
    assert not body.memberships.exists()


def test_a_second_membership_in_the_same_time_is_refused_at_the_field(cast):
    typed = {"agency": cast.agency_b.pk, "role": "observer", **parts("first", day(2020))}
    answer = post(signed_in(cast.ada), "seat", ["task-force"], **typed)
    assert answer.status_code == 422
    assert answer.context["form"].errors["first"] == ["This agency sits in this mechanism already in that time."]
    assert cast.agency_b.memberships.count() == 1


def test_an_end_before_the_start_is_refused_at_the_field(cast):
    typed = {"agency": AgencyFactory().pk, "role": "member", **parts("first", day(2020)), **parts("last", day(2019))}
    answer = post(signed_in(cast.ada), "seat", ["task-force"], **typed)
    assert answer.context["form"].errors["last"] == ["The last day is before the first day."]


def test_a_day_that_does_not_exist_is_refused_and_kept(cast):
    typed = {"agency": AgencyFactory().pk, "role": "member", "first_day": 31, "first_month": 2, "first_year": 2020}
    answer = post(signed_in(cast.ada), "seat", ["task-force"], **typed)
    assert answer.context["form"].errors["first"] == ["There is no such date."]
    assert 'value="31"' in answer.text


def test_a_membership_keeps_its_days_when_its_role_changes(cast):
    membership = Membership.objects.get(agency=cast.agency_b)
    typed = {"role": "observer", **parts("first", membership.first_day)}
    post(signed_in(cast.ada), "change_membership", [membership.pk], **typed)
    membership.refresh_from_db()
    assert (membership.role, membership.first_day, membership.last_day) == ("observer", day(2010), None)


def test_ending_a_membership_ends_its_peoples_seats_and_rights(cast):
    membership = Membership.objects.get(agency=cast.agency_b)
    client, last = signed_in(cast.ada), day(2020, 6, 30)
    warned = client.post(reverse("agencies:end_membership", args=[membership.pk]), parts("last", last))
    assert "1 person’s seat ends on the same day" in warned.text
    assert can(User.objects.get(pk=cast.charlie.pk), "agencies.view_register")
    post(client, "end_membership", [membership.pk], **parts("last", last))
    assert FocalPoint.objects.get(person=cast.charlie).last_day == last
    assert not can(User.objects.get(pk=cast.charlie.pk), "agencies.view_register")
    assert Membership.objects.get(pk=membership.pk).last_day == last


def test_a_membership_cannot_end_before_it_began(cast):
    membership = Membership.objects.get(agency=cast.agency_b)
    answer = post(signed_in(cast.ada), "end_membership", [membership.pk], **parts("last", day(2009)))
    assert answer.context["form"].errors["last"] == ["It began on 1 January 2010: the last day cannot be earlier."]
    assert Membership.objects.get(pk=membership.pk).last_day is None


def test_the_history_names_who_ended_it(cast):
    membership = Membership.objects.get(agency=cast.agency_b)
    post(signed_in(cast.ada), "end_membership", [membership.pk], **parts("last", day(2020)))
    page = signed_in(cast.alice).get(reverse("agencies:history", args=[cast.agency_b.pk]))
    by_ada = [line.kind for line in page.context["changes"].lines if line.by == "Ada"]
    assert any(kind.startswith("membership") and kind.endswith("changed") for kind in by_ada)
    assert "since 1 January 2010" in page.text
    assert "1 January 2010 – 1 January 2020" in page.text


def _seat(cast, **changes):
    person = {"email": "dora@example.org", "name": "Dora", "title": "Officer", "capacity": "principal"}
    return {"agency": cast.agency_b.pk, **person, **parts("first", day(2021)), **changes}


def test_a_seat_goes_to_a_person_who_is_new(cast):
    post(signed_in(cast.ada), "add_focal_point", ["task-force"], **_seat(cast))
    dora = User.objects.get(email="dora@example.org")
    assert not dora.has_usable_password()
    assert dora.seats.get().agency == cast.agency_b


def test_a_seat_goes_to_a_person_who_is_known_whatever_the_case_of_the_address(cast):
    post(signed_in(cast.ada), "add_focal_point", ["task-force"], **_seat(cast, email="ALICE@example.org"))
    assert cast.alice.seats.count() == 2
    assert cast.alice.name == "Alice"


def test_nobody_gives_a_seat_to_themselves(cast):
    answer = post(signed_in(cast.ada), "add_focal_point", ["task-force"], **_seat(cast, email="ADA@example.org"))
    assert "Nobody gives a seat to themselves" in answer.context["form"].errors["email"][0]
    assert not cast.ada.seats.exists()


def test_a_second_seat_of_the_same_person_is_refused_at_the_field(cast):
    answer = post(signed_in(cast.ada), "add_focal_point", ["task-force"], **_seat(cast, email=cast.charlie.email))
    assert answer.context["form"].errors["email"] == ["This person has a seat there already in that time."]


def test_an_agency_that_does_not_sit_there_gets_no_seat(cast):
    answer = post(signed_in(cast.ada), "add_focal_point", ["task-force"], **_seat(cast, agency=AgencyFactory().pk))
    assert list(answer.context["form"].errors) == ["agency"]


def test_a_seat_ends(cast):
    seat = FocalPointFactory(agency=cast.agency_b)
    post(signed_in(cast.ada), "end_focal_point", [seat.pk], **parts("last", day(2021)))
    seat.refresh_from_db()
    assert seat.last_day == day(2021)


def test_whoever_loses_a_seat_is_out_at_once_and_the_work_is_cancelled(cast):
    seat, browser = FocalPoint.objects.get(person=cast.charlie), Client()
    sign_in(browser, with_password(cast.charlie))
    pack = jobs.start("test.pack", subject=None, by=cast.charlie, label="Pack")
    other = jobs.start("test.pack", subject=seat.pk, by=cast.alice, label="Pack")
    actions.end(row=seat, last=today() - dt.timedelta(days=1), by=cast.ada)
    assert browser.get("/accounts/profile/").url.startswith("/accounts/login/")
    assert [Job.objects.get(pk=job.pk).state for job in (pack, other)] == ["cancelled", "queued"]


def test_a_seat_that_ends_today_holds_until_midnight(cast):
    seat, browser = FocalPoint.objects.get(person=cast.charlie), Client()
    sign_in(browser, with_password(cast.charlie))
    actions.end(row=seat, last=today(), by=cast.ada)
    assert browser.get("/agencies/").status_code == 200
    with time_machine.travel(dt.datetime.combine(today() + dt.timedelta(days=1), dt.time(), dt.UTC)):
        sign_in(browser, cast.charlie)
        assert browser.get("/agencies/").status_code == 403


def test_a_new_name_ends_the_one_before_it(cast):
    typed = {"name": "Agency of Today", "acronym": "AOT", "language": "en", **parts("first", day(2022))}
    client, url = signed_in(cast.ada), reverse("agencies:rename", args=[cast.agency_a.pk])
    assert "The name “Agency AAA” ends on 31 December 2021." in client.post(url, typed).text
    confirmed(client, url, **typed)
    assert cast.agency_a.name_on(day(2021, 12, 31)).acronym == "AAA"
    assert cast.agency_a.name_on(day(2022)).acronym == "AOT"


def test_a_name_may_not_lie_across_a_later_one(cast):
    AgencyName.objects.filter(agency=cast.agency_a).update(valid="[2015-01-01,)")
    typed = {"name": "Earlier", "acronym": "E", "language": "en", **parts("first", day(2012))}
    answer = post(signed_in(cast.ada), "rename", [cast.agency_a.pk], **typed)
    assert answer.context["form"].errors["first"] == ["AAA holds from 1 January 2015 on."]
    assert cast.agency_a.names.count() == 1


def test_an_agency_is_added_with_its_name_and_its_group(cast):
    typed = {"name": "Brand New Office", "acronym": "BNO", "kind": "secretariat", "time_zone": "Europe/Vienna"}
    post(signed_in(cast.ada), "add", [], **typed, **parts("first", day(2024)))
    added = Agency.objects.get(names__acronym="BNO")
    assert (added.first_day, added.group.name) == (day(2024), f"agency {added.pk}")


def test_an_unknown_time_zone_is_refused(cast):
    typed = {"kind": "fund", "time_zone": "Mars/Olympus"}
    answer = post(signed_in(cast.ada), "change", [cast.agency_a.pk], **typed)
    assert "There is no such time zone" in answer.context["form"].errors["time_zone"][0]


def test_an_agency_is_changed(cast):
    typed = {"kind": "fund", "time_zone": "Asia/Bangkok", "duty_station": "Bangkok", "website": "example.org"}
    post(signed_in(cast.ada), "change", [cast.agency_a.pk], **typed)
    cast.agency_a.refresh_from_db()
    assert (cast.agency_a.kind, cast.agency_a.website) == ("fund", "https://example.org")


COORDINATOR = {"name": "Resident Coordinator", "title": "RC", "email": "rc@example.org", "status": "in_office"}


def test_the_post_is_filled_and_whoever_was_there_leaves_the_day_before(cast, office):
    before, client = ResidentCoordinatorFactory(office=office, name="Before"), signed_in(cast.ada)
    typed = {**COORDINATOR, **parts("first", day(2023, 3, 1))}
    warned = client.post(reverse("agencies:appoint", args=[office.pk]), typed)
    assert "Before leaves the post the day before." in warned.text
    post(client, "appoint", [office.pk], **typed)
    before.refresh_from_db()
    assert before.last_day == day(2023, 2, 28)
    assert office.coordinators.on(day(2023, 3, 1)).get().email == "rc@example.org"


def test_a_term_may_not_reach_into_a_later_one(cast, office):
    ResidentCoordinatorFactory(office=office, name="Later", first=day(2024))
    answer = post(signed_in(cast.ada), "appoint", [office.pk], **COORDINATOR, **parts("first", day(2023)))
    assert answer.context["form"].errors["first"] == ["Later holds from 1 January 2024 on."]


def test_a_post_becomes_vacant(cast, office):
    holder = ResidentCoordinatorFactory(office=office)
    post(signed_in(cast.ada), "end_coordinator", [holder.pk], **parts("last", day(2025)))
    assert not ResidentCoordinator.objects.on(day(2025, 1, 2)).exists()


def test_an_entry_about_a_coordinator_is_corrected(cast, office):
    holder = ResidentCoordinatorFactory(office=office)
    typed = {**COORDINATOR, "status": "ad_interim", **parts("first", holder.first_day)}
    post(signed_in(cast.ada), "change_coordinator", [holder.pk], **typed)
    holder.refresh_from_db()
    assert (holder.status, holder.email) == ("ad_interim", "rc@example.org")


def test_a_country_moves_to_another_office_on_a_day(cast, office):
    fiji = OfficeFactory(name="Fiji")
    palau = OfficeCountryFactory(office=fiji, country=CountryFactory(name="Palau"))
    client, typed = signed_in(cast.ada), {"country": palau.country.pk, **parts("first", day(2021, 10, 1))}
    warned = client.post(reverse("agencies:serve", args=[office.pk]), typed)
    assert "The office Fiji serves it until the day before." in warned.text
    post(client, "serve", [office.pk], **typed)
    serves = OfficeCountry.objects.filter(country=palau.country)
    assert [serves.on(one).get().office for one in (day(2021, 9, 30), day(2021, 10, 1))] == [fiji, office]


def test_an_office_serves_a_country_no_longer(cast, office):
    row = OfficeCountryFactory(office=office)
    post(signed_in(cast.ada), "end_coverage", [row.pk], **parts("last", day(2025)))
    row.refresh_from_db()
    assert row.last_day == day(2025)


OFFICE = {"name": "Atlantis", "duty_station": "Poseidonis", "time_zone": "UTC", "language": "en"}


def test_an_office_is_added_and_changed(cast):
    client, region = signed_in(cast.ada), RegionFactory()
    post(client, "add_office", [], **OFFICE, region=region.pk)
    made = Office.objects.get(name="Atlantis")
    post(client, "change_office", [made.pk], **{**OFFICE, "duty_station": "Harbour"}, region=region.pk)
    made.refresh_from_db()
    assert (made.duty_station, made.first_day) == ("Harbour", None)


def test_of_two_administrators_the_slower_one_is_told(cast, monkeypatch):
    body, client = AgencyFactory(), signed_in(cast.ada)
    typed = {"agency": body.pk, "role": "member", **parts("first", day(2020))}
    rival = Membership(agency=body, mechanism=cast.task_force, role="observer", valid="[2019-01-01,)")
    keep = actions.keep

    def keep_what_comes_too_late(**given):
        rival.save()
        return keep(**given)

    monkeypatch.setattr(actions, "keep", keep_what_comes_too_late)
    answer = post(client, "seat", ["task-force"], **typed)
    assert answer.status_code == 422
    assert "Somebody else has just changed this" in answer.text
    assert [row.role for row in body.memberships.all()] == ["observer"]
