"""Seats that nobody holds are shown as vacant: on the list, on the mechanism's page, on the agency's page."""

import datetime as dt

import pytest
from django.urls import reverse

from agencies.models import Capacity, FocalPoint, MemberRole
from core.dates import span, today
from tests.cast import Cast, signed_in
from tests.factories import FocalPointFactory, MechanismFactory, MembershipFactory
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
LIST = reverse("agencies:vacant")


def listed(client, wish: str = "") -> dict[str, tuple[bool, bool]]:
    """Acronym → whether principal and focal point are there."""
    rows = client.get(LIST + wish).context["listing"].rows
    return {row.acronym: (row.has_principal, row.has_focal_point) for row in rows}


def fill(agency, cast: Cast, capacity: str, **more: object) -> FocalPoint:
    return FocalPointFactory(agency=agency, mechanism=cast.task_force, capacity=capacity, **more)


def test_members_that_lack_a_principal_or_a_focal_point_are_listed(cast: Cast) -> None:
    fill(cast.agency_a, cast, Capacity.PRINCIPAL)
    FocalPoint.objects.filter(person=cast.charlie).update(valid=span(None, today() - dt.timedelta(days=1)))
    fill(cast.agency_b, cast, Capacity.PRINCIPAL)
    assert listed(signed_in(cast.sam)) == {"BBB": (True, False)}
    yesterday = today() - dt.timedelta(days=1)
    assert listed(signed_in(cast.sam), f"?as_of={yesterday}") == {}


def test_a_linkage_has_no_seat_that_could_be_vacant(cast: Cast) -> None:
    MembershipFactory(mechanism=cast.task_force, role=MemberRole.LINKAGE)
    assert set(listed(signed_in(cast.sam))) == {"AAA", "BBB"}


def test_the_list_is_filtered_by_seat_and_mechanism(cast: Cast) -> None:
    FocalPoint.objects.filter(person=cast.charlie).delete()
    other = MembershipFactory(mechanism=MechanismFactory(slug="other")).mechanism
    client = signed_in(cast.sam)
    assert set(listed(client, "?seat=focal_point&mechanism=task-force")) == {"BBB"}
    assert len(listed(client, f"?mechanism={other.slug}")) == 1


def test_it_says_until_when_the_seat_was_held_and_comes_as_a_file(cast: Cast) -> None:
    FocalPoint.objects.filter(person=cast.charlie).update(valid=span(None, dt.date(2024, 3, 31)))
    client = signed_in(cast.sam)
    assert "held until 31 March 2024" in client.get(LIST).content.decode()
    assert "Vacant" in client.get(LIST + "?format=csv").content.decode("utf-8-sig")


def test_the_page_of_the_agency_shows_its_vacant_seats(cast: Cast) -> None:
    page = signed_in(cast.alice).get(cast.agency_b.get_absolute_url())
    assert [(row.mechanism, row.capacity) for row in page.context["vacancies"]] == [
        (cast.task_force, Capacity.PRINCIPAL)
    ]
    assert "Vacant" in page.content.decode()


def test_the_page_of_the_mechanism_leads_to_its_vacant_seats(cast: Cast) -> None:
    page = signed_in(cast.alice).get(cast.task_force.get_absolute_url()).content.decode()
    assert f'href="{LIST}?mechanism=task-force">2 seats are vacant</a>' in page


def test_the_list_takes_a_constant_number_of_queries(cast: Cast) -> None:
    client = signed_in(cast.sam)
    few = queries_of(client, LIST)
    MembershipFactory.create_batch(8, mechanism=cast.task_force)
    assert queries_of(client, LIST) == few
