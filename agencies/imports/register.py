"""What the register holds, loaded once for all rows of a file."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from agencies.models import Agency, AgencyName, Country, Office, OfficeCountry, Region, ResidentCoordinator
from core.dates import Dated

T = TypeVar("T")
D = TypeVar("D", bound=Dated)


class Terms(list[D], Generic[D]):
    """Facts of which only one may hold at a time: the terms at an office, the offices of a country, the names of a body."""

    def before(self, first: dt.date | None) -> D | None:
        """The one that ends the day before `first` if another begins then."""
        return next((row for row in self if first and row.started_before(first)), None)

    def clash(self, new: Dated) -> D | None:
        """One that holds in the time of `new`, besides itself and the one that ends."""
        ends = self.before(new.first_day)
        return next((row for row in self if row is not new and row is not ends and row.meets(new)), None)


class Named(Generic[T]):
    """Things by what people call them, whatever the case."""

    def __init__(self) -> None:
        self.things: dict[str, list[T]] = defaultdict(list)

    def add(self, thing: T, *names: str) -> None:
        """One more thing with its names."""
        for name in {one.strip().casefold() for one in names if one.strip()}:
            self.things[name].append(thing)

    def find(self, name: str) -> list[T]:
        """All things of this name."""
        return self.things.get(name.strip().casefold(), [])


@dataclass
class Register:
    """Everything that an import compares with, as it is at this moment; planned changes are made to it in memory."""

    on: dt.date

    @cached_property
    def regions(self) -> Named[Region]:
        """Regions by name and code."""
        found: Named[Region] = Named()
        for region in Region.objects.all():
            found.add(region, region.name, region.code)
        return found

    @cached_property
    def countries(self) -> Named[Country]:
        """Countries by UN short name and ISO codes."""
        found: Named[Country] = Named()
        for country in Country.objects.all():
            found.add(country, country.name, country.iso2, country.iso3)
        return found

    @cached_property
    def agencies(self) -> dict[uuid.UUID, Agency]:
        """All bodies."""
        return {agency.pk: agency for agency in Agency.objects.all()}

    @cached_property
    def names(self) -> dict[uuid.UUID, Terms[AgencyName]]:
        """The names of each body, in all languages."""
        return _grouped(AgencyName.objects.all(), "agency_id")

    @cached_property
    def agencies_named(self) -> Named[Agency]:
        """Bodies by the names they have on the day; an acronym is no key."""
        found: Named[Agency] = Named()
        for pk, names in self.names.items():
            found.add(self.agencies[pk], *(name.name for name in names if name.holds_on(self.on)))
        return found

    @cached_property
    def offices(self) -> dict[uuid.UUID, Office]:
        """All offices."""
        return {office.pk: office for office in Office.objects.select_related("region")}

    @cached_property
    def offices_named(self) -> Named[Office]:
        """Offices by name."""
        found: Named[Office] = Named()
        for office in self.offices.values():
            found.add(office, office.name)
        return found

    @cached_property
    def coverage(self) -> dict[uuid.UUID, Terms[OfficeCountry]]:
        """Which offices serve each country, and when."""
        rows = OfficeCountry.objects.select_related("country", "office").order_by("country__name")
        return _grouped(rows, "country_id")

    def served(self, office: Office, on: dt.date) -> list[OfficeCountry]:
        """What an office serves on a day."""
        return [row for row in self._coverage_of[office.pk] if row.holds_on(on)]

    @cached_property
    def _coverage_of(self) -> dict[uuid.UUID, Terms[OfficeCountry]]:
        return _grouped((row for rows in list(self.coverage.values()) for row in rows), "office_id")

    @cached_property
    def terms(self) -> dict[uuid.UUID, Terms[ResidentCoordinator]]:
        """Who fills the post of each office, and when."""
        return _grouped(ResidentCoordinator.objects.order_by("valid"), "office_id")

    @cached_property
    def coordinators(self) -> dict[uuid.UUID, ResidentCoordinator]:
        """All terms by id."""
        return {row.pk: row for rows in list(self.terms.values()) for row in rows}


def _grouped(rows: Iterable[D], by: str) -> dict[uuid.UUID, Terms[D]]:
    found: dict[uuid.UUID, Terms[D]] = defaultdict(Terms)
    for row in rows:
        found[getattr(row, by)].append(row)
    return found
