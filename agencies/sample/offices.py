"""Offices of Resident Coordinators, their countries, and who filled the post over the years."""

from __future__ import annotations

import csv
import datetime as dt
import uuid
from collections.abc import Iterator

from babel.core import get_global

from agencies.models import Country, Office, OfficeCountry, OfficeKind, PostStatus, Region, ResidentCoordinator
from agencies.places import DATA, ident
from agencies.sample.rows import put
from core.dates import DAY, span

UN_LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
SOURCE = "Sample data: a plausible set, not the list of the Development Coordination Office"
MICRONESIA = "Micronesia (North Pacific)"
FIJI = "Fiji and the South Pacific"
NORTH_PACIFIC_OPENS = dt.date(2021, 10, 1)
OPENED = {MICRONESIA: NORTH_PACIFIC_OPENS, "South Sudan": dt.date(2011, 7, 9)}
VACANT = {"Comoros", "Paraguay", "Turkmenistan", "Zambia"}
AD_INTERIM = {"Albania", "Haiti", "Libya", "Nepal", "Togo"}

BESIDE = (  # kind, name, duty station, time zone, M49 code of its region, first day
    (OfficeKind.REGIONAL_TEAM, "Regional team for Africa", "Addis Ababa", "Africa/Addis_Ababa", "002", None),
    (OfficeKind.REGIONAL_TEAM, "Regional team for Asia and the Pacific", "Bangkok", "Asia/Bangkok", "142", None),
    (OfficeKind.REGIONAL_TEAM, "Regional team for Latin America", "Panama City", "America/Panama", "419", None),
    (OfficeKind.MISSION, "Mission in Western Africa", "Dakar", "Africa/Dakar", "011", dt.date(2016, 1, 28)),
    (OfficeKind.MISSION, "Mission in Central Asia", "Ashgabat", "Asia/Ashgabat", "143", dt.date(2007, 12, 10)),
)

Row = dict[str, str]


def rows() -> list[Row]:
    """The offices of the data file."""
    with (DATA / "offices.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load_offices() -> None:
    """Write offices, coverage and coordinators."""
    offices = rows()
    regions = dict(Country.objects.values_list("iso2", "region_id"))
    put(_office(row, regions[row["countries"][:2]]) for row in offices)
    put(_beside_the_offices())
    put(served for row in offices for served in _coverage(row))
    put(_before_the_north_pacific(offices))
    put(held for number, row in enumerate(offices) for held in _coordinators(row["name"], number))


def _office(row: Row, region: uuid.UUID) -> Office:
    first_country = row["countries"][:2]
    return Office(
        id=ident("office", row["name"]),
        name=row["name"],
        duty_station=row["duty_station"],
        time_zone=row["time_zone"] or get_global("territory_zones")[first_country][0],
        region_id=region,
        email=f"office.{first_country.lower()}@example.org",
        language=row["language"] or working_language(first_country),
        source=SOURCE,
        valid=span(OPENED.get(row["name"])),
    )


def _beside_the_offices() -> Iterator[Office]:
    """Regional teams and missions, which serve no country of their own."""
    regions = dict(Region.objects.values_list("code", "pk"))
    for kind, name, duty_station, zone, code, opened in BESIDE:
        yield Office(
            id=ident("office", name),
            kind=kind,
            name=name,
            duty_station=duty_station,
            time_zone=zone,
            region_id=regions[code],
            email=f"office.{ident('office', name).hex[:8]}@example.org",
            source=SOURCE,
            valid=span(opened),
        )


def working_language(iso2: str) -> str:
    """The United Nations language that most people of a country speak as an official one, else English."""
    spoken = get_global("territory_languages").get(iso2, {})
    official = {
        code: about["population_percent"]
        for code, about in spoken.items()
        if code in UN_LANGUAGES and about["official_status"] in {"official", "de_facto_official"}
    }
    best = max(official, key=lambda code: official[code], default="en")
    return "zh-hans" if best == "zh" else best


def _coverage(row: Row) -> Iterator[OfficeCountry]:
    for iso2 in row["countries"].split():
        yield _serves(row["name"], iso2, OPENED.get(row["name"]))


def _before_the_north_pacific(offices: list[Row]) -> Iterator[OfficeCountry]:
    """Until the office for the North Pacific opened, the one in Fiji served its countries."""
    moved = next(row for row in offices if row["name"] == MICRONESIA)["countries"].split()
    for iso2 in moved:
        yield _serves(FIJI, iso2, None, NORTH_PACIFIC_OPENS - DAY)


def _serves(office: str, iso2: str, first: dt.date | None, last: dt.date | None = None) -> OfficeCountry:
    return OfficeCountry(
        id=ident("coverage", office, iso2),
        office_id=ident("office", office),
        country_id=ident("country", iso2),
        valid=span(first, last),
    )


def _coordinators(office: str, number: int) -> Iterator[ResidentCoordinator]:
    """Three terms of some years each; the third is missing where the post is vacant."""
    second, third = dt.date(2014 + number % 4, 1 + number % 12, 1), dt.date(2020 + number % 5, 1 + number % 7, 1)
    opened = OPENED.get(office, dt.date(2009, 1 + number % 12, 1))
    terms = [(opened, second - DAY), (second, third - DAY), (third, None)]
    for term, (first, last) in enumerate(terms, start=1):
        if (last and last < opened) or (term == 3 and office in VACANT):
            continue
        yield _coordinator(office, term, max(first, opened), last, ad_interim=term == 3 and office in AD_INTERIM)


def _coordinator(
    office: str, term: int, first: dt.date, last: dt.date | None, *, ad_interim: bool
) -> ResidentCoordinator:
    title = "Resident Coordinator ad interim" if ad_interim else "Resident Coordinator"
    return ResidentCoordinator(
        id=ident("coordinator", office, term),
        office_id=ident("office", office),
        name=f"{title}, {office}",
        title=title,
        salutation="Dear Resident Coordinator",
        email=f"rc.{ident('office', office).hex[:8]}@example.org",
        status=PostStatus.AD_INTERIM if ad_interim else PostStatus.IN_OFFICE,
        valid=span(first, last),
    )
