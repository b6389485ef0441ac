"""Successions in the browser's words: renamed, merged, split; what ends and what goes over; taken back; bad input at its field."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from agencies.actions import owe
from agencies.models import Agency, AgencyName, Changeover, FocalPoint, Membership, Succession
from core.access import grant, holders
from core.dates import span
from core.models import StoredFile
from tests.agencies import checking
from tests.assessments.factories import AssessmentFactory
from tests.cast import signed_in
from tests.factories import AgencyFactory, FocalPointFactory, MechanismFactory, MembershipFactory

pytestmark = pytest.mark.django_db
DAY = dt.date(2019, 1, 1)
EVE = dt.date(2018, 12, 31)
COMMON = {"day_day": 1, "day_month": 1, "day_year": 2019, "people": "end", "access": "no", "source": "A/RES/72/262 C"}


@pytest.fixture
def bodies(cast):
    """DPA, a co-chair, and PBSO, a member, each with a focal point."""
    dpa = AgencyFactory(acronym="DPA", name="Department of Political Affairs")
    pbso = AgencyFactory(acronym="PBSO", name="Peacebuilding Support Office")
    MembershipFactory(agency=dpa, role="co_chair")
    MembershipFactory(agency=pbso, role="member")
    FocalPointFactory(agency=dpa, person__name="Dora")
    FocalPointFactory(agency=pbso, person__name="Piet")
    return dpa, pbso


def checked(client, url, **answers):
    return checking.checked(client, url, **(COMMON | answers))


def recorded(client, url, **answers):
    return checking.confirmed(client, url, **(COMMON | answers))


def address(name, agency):
    return reverse(f"agencies:{name}", args=[agency.pk])


def merged(cast, bodies, **answers):
    """DPA and PBSO merge into a new body."""
    dpa, pbso = bodies
    given = {"other_1": pbso.pk, "new_name": "Political and Peacebuilding Affairs", "new_acronym": "DPPA", **answers}
    answer = recorded(signed_in(cast.ada), address("merge", dpa), **given)
    assert answer.status_code == 302
    return Agency.objects.get(names__acronym="DPPA")


def test_two_members_that_merge_become_one_in_the_higher_role(cast, bodies):
    new = merged(cast, bodies)
    seat = new.memberships.get()
    assert (seat.role, seat.first_day, seat.last_day) == ("co_chair", DAY, None)
    assert seat.source == "A/RES/72/262 C"
    for old in bodies:
        old.refresh_from_db()
        assert old.last_day == EVE
        assert old.memberships.get().last_day == EVE
        assert old.names.get().last_day == EVE
        assert old.focal_points.get().last_day == EVE
    assert set(new.origins.values_list("predecessor", "day")) == {(old.pk, DAY) for old in bodies}


def test_the_check_page_says_what_will_happen_and_does_nothing(cast, bodies):
    dpa, pbso = bodies
    page, _answers = checked(
        signed_in(cast.ada), address("merge", dpa), other_1=pbso.pk, new_name="New Department", people="carry"
    )
    for words in (
        "Department of Political Affairs (DPA) ends on 31 December 2018.",
        "Peacebuilding Support Office, Member, ends on 31 December 2018.",
        "New Department sits in it as Co-chair, since 1 January 2019",
        "the seat of Dora, Focal point, ends on 31 December 2018.",
        "Piet sits for New Department as Focal point from 1 January 2019.",
    ):
        assert words in page.text
    assert not Succession.objects.exists()
    assert dpa.memberships.get().last_day is None


def test_people_go_over_where_that_was_chosen(cast, bodies):
    new = merged(cast, bodies, people="carry")
    assert {seat.person.name for seat in new.focal_points.on(DAY)} == {"Dora", "Piet"}
    assert not FocalPoint.objects.on(DAY).filter(agency__in=bodies).exists()


def test_a_member_into_which_a_co_chair_merges_is_raised_on_the_day(cast, bodies):
    dpa, pbso = bodies
    recorded(signed_in(cast.ada), address("merge", dpa), successor=pbso.pk)
    rows = pbso.memberships.order_by("valid")
    assert [(row.role, row.first_day, row.last_day) for row in rows] == [
        ("member", dt.date(2010, 1, 1), EVE),
        ("co_chair", DAY, None),
    ]


def test_a_co_chair_into_which_a_member_merges_keeps_its_seat(cast, bodies):
    dpa, pbso = bodies
    recorded(signed_in(cast.ada), address("merge", pbso), successor=dpa.pk)
    assert [(row.role, row.last_day) for row in dpa.memberships.all()] == [("co_chair", None)]


def test_access_by_name_is_carried_over_only_where_that_was_chosen(cast, bodies):
    secret = AssessmentFactory(sensitivity=2)
    grant(bodies[0].group, "assessments.view_assessment", secret)
    new = merged(cast, bodies)
    assert new.group_id not in holders("assessments.view_assessment", secret)
    get_back = Changeover.objects.get()
    signed_in(cast.ada).post(reverse("agencies:take_back", args=[get_back.pk]))
    new = merged(cast, bodies, access="carry")
    assert [row["group_id"] for row in holders("assessments.view_assessment", secret)].count(new.group_id) == 1


def test_the_check_page_tells_how_much_was_opened_and_never_what(cast, bodies):
    secret = AssessmentFactory(sensitivity=2, title="Hidden title")
    grant(bodies[0].group, "assessments.view_assessment", secret)
    page, _answers = checked(signed_in(cast.ada), address("merge", bodies[0]), new_name="New", access="carry")
    assert (
        "1 object that was opened to Department of Political Affairs (DPA) by name is open to the successor"
        in page.text
    )
    assert "Hidden title" not in page.text


def test_readers_of_the_register_are_told_no_number_of_what_they_may_not_see(cast, bodies):
    grant(bodies[0].group, "assessments.view_assessment", AssessmentFactory(sensitivity=2))
    owe(kind="action", what="Answer", page="home:tasks", subject_id=bodies[0].pk, due_on=DAY, agency=bodies[0])
    merged(cast, bodies, access="carry")
    page = signed_in(cast.charlie).get(Changeover.objects.get().get_absolute_url()).text
    assert "Department of Political Affairs (DPA) ends on 31 December 2018." in page
    assert "opened to" not in page
    assert "1 task" not in page


def test_a_split_gives_every_successor_a_seat_or_one_of_them(cast, bodies):
    dpa, _pbso = bodies
    one, two = AgencyFactory(first=DAY), AgencyFactory(first=DAY)
    recorded(signed_in(cast.ada), address("split", dpa), part_1=one.pk, part_2=two.pk)
    assert [body.memberships.get().role for body in (one, two)] == ["co_chair", "co_chair"]
    signed_in(cast.ada).post(reverse("agencies:take_back", args=[Changeover.objects.get().pk]))
    recorded(signed_in(cast.ada), address("split", dpa), part_1=one.pk, part_2=two.pk, heir=two.pk, people="carry")
    assert not one.memberships.exists()
    assert two.focal_points.get().person.name == "Dora"


def test_a_split_carries_people_to_one_body_only(cast, bodies):
    one, two = AgencyFactory(), AgencyFactory()
    page, _answers = checked(
        signed_in(cast.ada), address("split", bodies[0]), part_1=one.pk, part_2=two.pk, people="carry"
    )
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"heir"}


def test_a_renamed_body_stays_itself(cast, bodies):
    dpa, _pbso = bodies
    url = reverse("agencies:rename", args=[dpa.pk])
    given = {"name": "Political Affairs", "acronym": "PA", "language": "en", "source": "Decision"}
    given |= {"first_day": 1, "first_month": 1, "first_year": 2019}
    recorded(signed_in(cast.ada), url, **given)
    assert [(name.acronym, name.first_day, name.last_day) for name in dpa.names.order_by("valid")] == [
        ("DPA", dt.date(2010, 1, 1), EVE),
        ("PA", DAY, None),
    ]
    assert dpa.memberships.get().last_day is None


# ---------------------------------------------------------------- bad input


def errors(cast, url, **answers):
    page, _confirmation = checked(signed_in(cast.ada), url, **answers)
    assert page.status_code == 422
    assert not Succession.objects.exists()
    return {name: list(texts) for name, texts in page.context["form"].errors.items()}


def test_a_body_does_not_merge_with_itself(cast, bodies):
    found = errors(cast, address("merge", bodies[0]), successor=bodies[0].pk)
    assert found == {"successor": ["A body cannot follow itself. Choose another one."]}


def test_a_body_named_twice_is_refused(cast, bodies):
    found = errors(cast, address("merge", bodies[0]), other_1=bodies[1].pk, other_2=bodies[1].pk, new_name="New")
    assert found == {"other_2": ["This body is named already."]}


def test_a_day_before_the_body_existed_is_refused(cast, bodies):
    late = AgencyFactory(acronym="LATE", first=dt.date(2020, 5, 1))
    found = errors(cast, address("merge", late), new_name="New")
    assert found == {"day": ["Agency LATE (LATE) began on 1 May 2020: the successor must begin later."]}


def test_a_successor_that_does_not_exist_on_the_day_is_refused(cast, bodies):
    late = AgencyFactory(acronym="LATE", first=dt.date(2020, 5, 1))
    found = errors(cast, address("merge", bodies[0]), successor=late.pk)
    assert found == {"successor": ["Agency LATE (LATE) does not exist on 1 January 2019."]}


def test_a_body_that_has_ended_already_is_refused(cast, bodies):
    old = AgencyFactory(acronym="OLD", last=dt.date(2015, 6, 30))
    found = errors(cast, address("merge", bodies[0]), other_1=old.pk, new_name="New")
    assert found == {"other_1": ["Agency OLD (OLD) has ended already, on 30 June 2015."]}


def test_a_succession_in_a_circle_is_refused(cast, bodies):
    dpa, pbso = bodies
    Succession.objects.create(predecessor=pbso, successor=dpa, kind="renamed", day=dt.date(2015, 1, 1))
    page, _answers = checked(signed_in(cast.ada), address("merge", dpa), successor=pbso.pk)
    assert "itself follows Peacebuilding Support Office (PBSO)" in page.context["form"].errors["successor"][0]


def test_a_seat_that_begins_after_the_day_is_named(cast, bodies):
    MembershipFactory(agency=bodies[0], mechanism=MechanismFactory(slug="other"), first=dt.date(2020, 1, 1))
    found = errors(cast, address("merge", bodies[0]), new_name="New")
    assert "begins only on 1 January 2020" in found["day"][0]


def test_neither_or_both_successors_are_refused(cast, bodies):
    assert set(errors(cast, address("merge", bodies[0]))) == {"successor"}
    assert set(errors(cast, address("merge", bodies[0]), successor=bodies[1].pk, new_name="New")) == {"successor"}


def test_a_body_is_split_into_at_least_two(cast, bodies):
    found = errors(cast, address("split", bodies[0]), part_1=bodies[1].pk)
    assert found == {"part_2": ["A body is split into at least two."]}


def test_what_changed_since_the_check_page_is_shown_again(cast, bodies):
    client, url = signed_in(cast.ada), address("merge", bodies[0])
    _page, confirmation = checked(client, url, new_name="New")
    FocalPointFactory(agency=bodies[0], person__name="Nina")
    again = client.post(url, confirmation)
    assert "The register has changed since you looked." in again.text
    assert "Nina" in again.text
    assert not Succession.objects.exists()


def test_nobody_else_records_or_takes_back(cast, bodies):
    merged(cast, bodies)
    one = Changeover.objects.get()
    for person in (cast.alice, cast.sam, cast.lea):
        client = signed_in(person)
        assert client.get(reverse("agencies:changeover", args=[one.pk])).status_code == 200
        assert client.post(reverse("agencies:take_back", args=[one.pk])).status_code == 403
        assert client.post(address("merge", cast.agency_b), COMMON).status_code == 403
    assert Changeover.objects.exists()


# ---------------------------------------------------------------- taking back, correcting, documents


def state():
    """All rows that a succession may touch."""
    return {
        model: sorted(map(str, model.objects.values_list(*fields)))
        for model, fields in {
            Agency: ("pk", "valid"),
            AgencyName: ("pk", "name", "valid"),
            Membership: ("pk", "role", "valid"),
            FocalPoint: ("pk", "valid"),
            Succession: ("pk",),
        }.items()
    }


def test_a_succession_taken_back_leaves_everything_as_it_was(cast, bodies):
    before = state()
    merged(cast, bodies, people="carry")
    assert state() != before
    answer = signed_in(cast.ada).post(reverse("agencies:take_back", args=[Changeover.objects.get().pk]))
    assert answer["Location"] == bodies[0].get_absolute_url()
    assert state() == before
    assert not Changeover.objects.exists()


def test_a_raised_role_is_lowered_again(cast, bodies):
    before = state()
    recorded(signed_in(cast.ada), address("merge", bodies[0]), successor=bodies[1].pk, people="carry")
    signed_in(cast.ada).post(reverse("agencies:take_back", args=[Changeover.objects.get().pk]))
    assert state() == before


@pytest.mark.parametrize("built", ["seat", "end", "followed"])
def test_what_was_built_on_is_not_taken_back(cast, bodies, built):
    new = merged(cast, bodies)
    if built == "seat":
        FocalPointFactory(agency=new, first=DAY)
    elif built == "end":
        Membership.objects.filter(agency=new).update(valid=span(DAY, dt.date(2020, 1, 1)))
    else:
        recorded(signed_in(cast.ada), address("merge", new), day_year=2022, successor=cast.agency_a.pk)
    before, first = state(), Changeover.objects.get(agency=bodies[0])
    answer = signed_in(cast.ada).post(reverse("agencies:take_back", args=[first.pk]))
    assert answer.status_code == 422
    assert "It cannot be taken back" in answer.text
    assert state() == before


def test_the_source_is_corrected_with_a_document_that_readers_download(cast, bodies):
    merged(cast, bodies)
    one, client = Changeover.objects.get(), signed_in(cast.ada)
    url = reverse("agencies:correct_changeover", args=[one.pk])
    file = SimpleUploadedFile("decision.txt", b"General Assembly decision")
    recorded(client, url, source="A/RES/72/262 C, section III", upload=file)
    one.refresh_from_db()
    assert one.source == "A/RES/72/262 C, section III"
    assert set(Succession.objects.values_list("source", flat=True)) == {one.source}
    answer = signed_in(cast.alice).get(reverse("agencies:source", args=[one.document_id]))
    assert b"".join(answer) == b"General Assembly decision"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_document_of_another_kind_is_refused_at_its_field(cast, bodies):
    file = SimpleUploadedFile("decision.pdf", b"no PDF at all")
    found = errors(cast, address("merge", bodies[0]), new_name="New", upload=file)
    assert set(found) == {"upload"}
    assert not StoredFile.objects.exists()


def test_no_file_but_a_source_document_is_given_out(cast, bodies):
    other = StoredFile.objects.create(name="contribution.txt", content_type="text/plain", size=1, sha256="0" * 64)
    assert signed_in(cast.ada).get(reverse("agencies:source", args=[other.pk])).status_code == 404


def test_a_file_named_without_a_seal_is_not_taken(cast, bodies):
    other = StoredFile.objects.create(name="contribution.txt", content_type="text/plain", size=1, sha256="0" * 64)
    client, url = signed_in(cast.ada), address("merge", bodies[0])
    _page, confirmation = checked(client, url, new_name="New")
    client.post(url, confirmation | {"kept": str(other.pk)})
    assert Changeover.objects.get().document is None


# ---------------------------------------------------------------- names


def test_two_bodies_may_share_an_acronym(cast, bodies):
    other = AgencyFactory(acronym="DPA", name="Drug Prevention Agency")
    page = signed_in(cast.alice).get(reverse("agencies:list"), {"q": "DPA"}).text
    assert bodies[0].get_absolute_url() in page
    assert other.get_absolute_url() in page


def test_a_former_name_finds_the_successor_which_says_so(cast, bodies):
    new = merged(cast, bodies)
    page = signed_in(cast.alice).get(reverse("agencies:list"), {"q": "dpa"}).text
    row = page.partition(new.get_absolute_url())[2].partition("</tr>")[0]
    assert "formerly DPA, PBSO" in row


def test_a_name_of_a_predecessor_of_a_predecessor_finds_the_body(cast, bodies):
    new = merged(cast, bodies)
    newest = AgencyFactory(acronym="XX", name="Newest")
    recorded(signed_in(cast.ada), address("merge", new), day_year=2022, successor=newest.pk)
    assert newest.get_absolute_url() in signed_in(cast.alice).get(reverse("agencies:list"), {"q": "PBSO"}).text


def test_a_search_of_the_past_finds_nobody_who_came_later(cast, bodies):
    new = merged(cast, bodies)
    page = signed_in(cast.alice).get(reverse("agencies:list"), {"q": "dpa", "as_of": "2011-09-07"}).text
    assert bodies[0].get_absolute_url() in page
    assert new.get_absolute_url() not in page
    assert "formerly" not in page
