"""Offices, countries and posts are counted with their source and day."""

import datetime as dt

import pytest
from django.urls import reverse

from agencies.models import Office, PostStatus
from core.dates import today
from tests.cast import Cast, signed_in
from tests.factories import (
    CountryFactory,
    OfficeCountryFactory,
    OfficeFactory,
    RegionFactory,
    ResidentCoordinatorFactory,
)

pytestmark = pytest.mark.django_db
OFFICES, COUNTRIES = reverse("agencies:offices"), reverse("agencies:countries")


@pytest.fixture
def fiji(cast: Cast) -> Office:
    """An office that serves three countries, its post filled ad interim; beside it one that serves none, its post vacant."""
    office = OfficeFactory(name="Fiji")
    OfficeCountryFactory.create_batch(3, office=office)
    ResidentCoordinatorFactory(office=office, status=PostStatus.AD_INTERIM)
    OfficeFactory(name="Kenya")
    CountryFactory()
    return office


def page(cast: Cast, url: str) -> str:
    return " ".join(signed_in(cast.sam).get(url).content.decode().split())


def test_offices_countries_and_posts_are_counted_on_a_day(cast: Cast, fiji: Office) -> None:
    said = page(cast, OFFICES)
    assert "Offices: 2. Countries and territories they serve: 3." in said
    assert "Posts of Resident Coordinator: 1 filled (1 of them ad interim), 1 vacant." in said


def test_countries_are_counted_with_their_source_and_day(cast: Cast, fiji: Office) -> None:
    said = page(cast, f"{COUNTRIES}?as_of={today() - dt.timedelta(days=7)}")
    assert "Countries and territories: 4, of which offices serve 3." in said
    assert "United Nations Statistics Division (M49) and ISO 3166-1" in said


def test_a_region_counts_and_lists_what_lies_in_its_parts(cast: Cast) -> None:
    region = world = RegionFactory(code="001", name="World")
    for code, name in (("002", "Africa"), ("202", "Sub-Saharan Africa"), ("014", "Eastern Africa")):
        region = RegionFactory(code=code, name=name, parent=region)
        CountryFactory(region=region)
    OfficeFactory(region=region)
    rows = signed_in(cast.sam).get(reverse("agencies:regions")).context["listing"].rows
    counted = {row.name: (row.country_count, row.office_count) for row in rows}
    assert (counted["World"], counted["Sub-Saharan Africa"], counted["Eastern Africa"]) == ((3, 1), (2, 1), (1, 1))
    assert len(signed_in(cast.sam).get(world.get_absolute_url()).context["listing"].rows) == 3


def test_offices_that_serve_several_countries_are_found(cast: Cast, fiji: Office) -> None:
    rows = {
        wish: [row.name for row in signed_in(cast.sam).get(OFFICES, {"serves": wish}).context["listing"].rows]
        for wish in ("several", "none")
    }
    assert rows == {"several": ["Fiji"], "none": ["Kenya"]}
