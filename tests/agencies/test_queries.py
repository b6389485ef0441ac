"""Every list of the register asks the database as often for few rows as for many.

300 rows in the everyday run; PORTAL_MANY_ROWS=10000 makes that many.
"""

import os

import pytest
from django.urls import reverse

from agencies.models import Country, Import, Mechanism, Office, OfficeCountry, Region
from agencies.places import ident
from agencies.sample import many
from core.dates import span
from core.files import store
from tests.cast import signed_in
from tests.factories import RegionFactory
from tests.queries import queries_of

FEW, MANY = 10, int(os.environ.get("PORTAL_MANY_ROWS", "300"))
LISTS = ["list", "mechanisms", "mechanism", "countries", "regions", "region", "offices", "imports"]
ASKED = {
    "list": ["", "?kind=fund", "?q=agency", "?mechanism=many-0", "?as_of=2015-06-01", "?sort=-kind"],
    "offices": ["", "?q=office", "?post=vacant", "?as_of=2015-06-01"],
    "countries": ["", "?q=country", "?as_of=2015-06-01"],
    "mechanism": ["", "?as_of=2015-06-01"],
}

pytestmark = pytest.mark.django_db


def grow(number: int, by) -> None:
    """That many of everything that a list shows; twice adds only what is missing."""
    many.load(agencies=number, people=2, offices=number)
    region = Region.objects.get(code="990")
    many.put(Region(id=ident("many region", n), code=f"m{n}", name=f"Region {n}") for n in range(number))
    many.put(_country(n, region) for n in range(number))
    many.put(_coverage(n) for n in range(number))
    many.put(
        Mechanism(id=ident("more", n), slug=f"more-{n}", name=f"More {n}", valid=span(many.START))
        for n in range(number)
    )
    file = store(name="file.csv", content_type="text/csv", data=b"A", by=by)
    many.put(Import(id=ident("import", n), kind="offices", file=file, sent_by=by) for n in range(number))


def _country(number: int, region: Region) -> Country:
    """Codes of one letter from the many of the Chinese script, as two of the Latin one do not suffice."""
    code = chr(0x4E00 + number)
    return Country(
        id=ident("many country", number), iso2=code, iso3=code, m49=code, name=f"Country {number}", region=region
    )


def _coverage(number: int) -> OfficeCountry:
    return OfficeCountry(
        id=ident("many coverage", number),
        office_id=ident("office", "many", number),
        country_id=ident("many country", number),
        valid=span(many.START),
    )


@pytest.fixture
def region():
    return RegionFactory(code="990", name="Region of all")


def test_every_list_asks_as_often_for_few_rows_as_for_many(cast, region):
    client = signed_in(cast.ada)
    arguments = {"mechanism": ["many-0"], "region": [region.pk]}
    addresses = [
        reverse(f"agencies:{name}", args=arguments.get(name, [])) + asked
        for name in LISTS
        for asked in ASKED.get(name, [""])
    ]
    grow(FEW, cast.ada)
    few = {address: queries_of(client, address) for address in addresses}
    grow(MANY, cast.ada)
    assert Office.objects.count() >= MANY
    assert {address: queries_of(client, address) for address in addresses} == few
