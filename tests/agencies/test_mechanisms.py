"""Mechanisms in the browser: facts, mandate in versions, milestones, Terms of Reference by day and sensitivity."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from agencies.models import Mandate, Mechanism, Membership, Milestone, Terms
from core.dates import span
from core.files import store
from core.history import changes_of
from tests.agencies.checking import checked, confirmed
from tests.cast import signed_in
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def parts(name, year, month="", day=""):
    return {f"{name}_day": day, f"{name}_month": month, f"{name}_year": year}


def address(name, *arguments):
    return reverse(f"agencies:{name}", args=arguments)


def test_a_mechanism_is_added_and_changed(cast):
    typed = {"name": "Border Forum", "acronym": "BF", "slug": "border-forum", "authority": "Policy Committee"}
    client = signed_in(cast.ada)
    confirmed(client, address("add_mechanism"), **typed, **parts("first", 2020, 1, 1), **parts("when", 2019))
    forum = Mechanism.objects.get(slug="border-forum")
    assert (str(forum.set_up), forum.first_day) == ("2019", dt.date(2020, 1, 1))
    typed = {"name": "Border and Customs Forum", "acronym": "BF"}
    confirmed(client, address("change_mechanism", forum.slug), **typed, **parts("first", 2020, 1, 1))
    forum.refresh_from_db()
    assert (forum.name, forum.set_up, forum.slug) == ("Border and Customs Forum", None, "border-forum")


def test_an_address_that_is_taken_is_refused_at_its_field(cast):
    client, first = signed_in(cast.ada), parts("first", 2020, 1, 1)
    for slug in ("task-force", "add", "Task Force"):
        page, _typed = checked(client, address("add_mechanism"), name="New", slug=slug, **first)
        assert set(page.context["form"].errors) == {"slug"}, slug


def test_the_mandate_has_versions_and_each_day_shows_its_own(cast):
    client, url = signed_in(cast.sam), address("add_mandate", "task-force")
    confirmed(client, url, text="First text", language="en", source="Decision 1", **parts("first", 2011, 3, 1))
    page, _typed = checked(client, url, text="Second text", language="en", **parts("first", 2020, 1, 1))
    assert "The text before it ends the day before." in page.text
    confirmed(client, url, text="Second text", language="en", **parts("first", 2020, 1, 1))
    reader, mechanism = signed_in(cast.alice), cast.task_force.get_absolute_url()
    assert cast.task_force.mandate_on(dt.date(2019, 12, 31)).text == "First text"
    past = reader.get(mechanism, {"as_of": "2015-01-01"}).text
    assert "First text" in past
    assert "Second text" not in past


def test_the_mandate_is_english_where_the_language_has_none(cast):
    Mandate.objects.create(mechanism=cast.task_force, text="English", valid=span(dt.date(2011, 1, 1)))
    assert cast.task_force.mandate_on(dt.date(2015, 1, 1), "fr").text == "English"


def test_milestones_are_dated_as_precisely_as_is_known(cast):
    client = signed_in(cast.sam)
    confirmed(client, address("add_milestone", "task-force"), what="Panel", **parts("when", 2004))
    step = Milestone.objects.get()
    assert str(step.date) == "2004"
    confirmed(client, address("change_milestone", step.pk), what="High-level Panel", **parts("when", 2004, 12))
    step.refresh_from_db()
    assert (step.what, str(step.date)) == ("High-level Panel", "December 2004")
    client.post(address("remove_milestone", step.pk), {"step": "confirm"})
    assert not Milestone.objects.exists()


def test_a_day_without_its_month_is_refused(cast):
    page, _typed = checked(
        signed_in(cast.sam), address("add_milestone", "task-force"), what="Panel", **parts("when", 2004, "", 3)
    )
    assert set(page.context["form"].errors) == {"when"}


def test_nobody_else_changes_a_mechanism(cast):
    step = Milestone.objects.create(mechanism=cast.task_force, what="Panel")
    addresses = [address("add_mechanism"), address("change_milestone", step.pk), address("remove_milestone", step.pk)]
    addresses += [
        address(name, "task-force") for name in ("change_mechanism", "add_mandate", "add_milestone", "add_terms")
    ]
    for person in (cast.alice, cast.charlie):
        assert {signed_in(person).post(url, {"step": "confirm"}).status_code for url in addresses} == {403}


def terms(cast, number, first, last=None, level=0):
    file = store(name=f"{number}.txt", content_type="text/plain", data=f"Text of {number}".encode())
    return Terms.objects.create(
        mechanism=cast.task_force,
        number=number,
        adopted_by="Principals",
        file=file,
        sensitivity=level,
        valid=span(first, last),
    )


def test_terms_are_added_with_their_file_and_end_the_version_before(cast):
    before = terms(cast, "TOR-1", dt.date(2011, 3, 1))
    typed = {"number": "TOR-2", "adopted_by": "Principals", "sensitivity": 0, "tlp": "green"}
    file = SimpleUploadedFile("tor.txt", b"Terms of Reference")
    client = signed_in(cast.sam)
    confirmed(client, address("add_terms", "task-force"), upload=file, **typed, **parts("first", 2020, 1, 1))
    before.refresh_from_db()
    assert before.last_day == dt.date(2019, 12, 31)
    answer = signed_in(cast.alice).get(Terms.objects.get(number="TOR-2").get_absolute_url())
    assert b"".join(answer) == b"Terms of Reference"


def test_terms_without_a_file_are_refused(cast):
    typed = {"number": "TOR-2", "adopted_by": "Principals", "sensitivity": 0, "tlp": "green"}
    page, _typed = checked(
        signed_in(cast.sam), address("add_terms", "task-force"), **typed, **parts("first", 2020, 1, 1)
    )
    assert page.context["form"].errors == {"upload": ["Choose a file."]}


def test_confidential_terms_are_read_by_members_and_the_reading_is_noted(cast):
    secret = terms(cast, "TOR-C", dt.date(2011, 3, 1), level=1)
    assert signed_in(cast.ada).get(secret.get_absolute_url()).status_code == 404
    assert "TOR-C" not in signed_in(cast.ada).get(cast.task_force.get_absolute_url()).text
    answer = signed_in(cast.charlie).get(secret.get_absolute_url())
    assert b"".join(answer) == b"Text of TOR-C"
    assert (changes_of(secret)[0].kind, changes_of(secret)[0].by) == ("read", cast.charlie.name)


def test_strictly_confidential_terms_are_read_by_holders_of_the_right_only(cast):
    secret = terms(cast, "TOR-S", dt.date(2011, 3, 1), level=2)
    statuses = {
        person.name: signed_in(person).get(secret.get_absolute_url()) for person in (cast.alice, cast.sam, cast.lea)
    }
    assert [answer.status_code for answer in statuses.values()] == [404, 404, 200]
    b"".join(statuses["Lea"])


def test_many_members_stand_on_several_pages_chairs_first(cast):
    for number in range(30):
        MembershipFactory(agency__name=f"Member {number:02}", mechanism=cast.task_force)
    client, url = signed_in(cast.alice), cast.task_force.get_absolute_url()
    first = client.get(url, {"as_of": "2020-01-01"})
    assert [seat.membership.role for seat in first.context["speakers"]][:2] == ["co_chair", "member"]
    assert len(first.context["speakers"]) == 25
    assert f'href="{url}?as_of=2020-01-01&amp;page=2#page"' in first.text
    second = client.get(url, {"page": "2"})
    assert len(second.context["speakers"]) == 7
    assert "32 bodies sit in it" in second.text
    assert "62 seats are vacant" in second.text


def test_the_picture_stands_on_pages_of_its_own_with_one_axis(cast):
    for number in range(30):
        row = MembershipFactory(agency__name=f"Member {number:02}", mechanism=cast.task_force)
    Membership.objects.filter(pk=row.pk).update(valid=span(dt.date(1999, 5, 1), dt.date(2001, 1, 31)))
    client, url = signed_in(cast.alice), cast.task_force.get_absolute_url()
    first, second = (client.get(url, {"page": "2", "years": number}) for number in ("1", "2"))
    assert (first.text.count('class="gantt__picture"'), second.text.count('class="gantt__picture"')) == (25, 7)
    assert second.context["timeline"].rows[-1].current_text == "1 May 1999 – 31 January 2001"
    assert [page.context["timeline"].first for page in (first, second)] == [dt.date(1999, 1, 1)] * 2
    assert f'href="{url}?page=2&amp;years=2#years"' in first.text


def test_a_hidden_version_in_the_way_is_not_named(cast):
    terms(cast, "TOR-S", dt.date(2022, 1, 1), level=2)
    file = SimpleUploadedFile("tor.txt", b"Terms of Reference")
    typed = {"number": "TOR-1", "adopted_by": "Principals", "sensitivity": 0, "tlp": "clear"}
    page, _typed = checked(
        signed_in(cast.ada), address("add_terms", "task-force"), upload=file, **typed, **parts("first", 2020, 1, 1)
    )
    assert page.context["form"].errors == {"first": ["Another version is in force in that time."]}


def test_whoever_may_changes_and_ends_a_membership_on_its_page(cast):
    row = cast.agency_b.memberships.get()
    links = [address("change_membership", row.pk), address("end_membership", row.pk)]
    pages = {
        who: signed_in(person).get(row.get_absolute_url(), asked).text
        for who, person, asked in (
            ("ada", cast.ada, {}),
            ("ada in the past", cast.ada, {"as_of": "2020-01-01"}),
            ("charlie", cast.charlie, {}),
        )
    }
    assert {who: [link in page for link in links] for who, page in pages.items()} == {
        "ada": [True, True],
        "ada in the past": [False, False],
        "charlie": [False, False],
    }
