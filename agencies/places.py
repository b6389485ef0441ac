"""Regions and countries: ISO 3166 codes from pycountry, M49 regions and UN short names from our two reviewed tables."""

from __future__ import annotations

import tomllib
import uuid
from pathlib import Path
from typing import Any

import pycountry
from django.db import transaction

from agencies.models import Country, Region

DATA = Path(__file__).parent / "data"
NAMESPACE = uuid.UUID("6f0d6a0e-54a8-5d0b-9e0b-0d9c9a6f7a11")


def ident(*parts: str | int) -> uuid.UUID:
    """The same id for the same parts, wherever the data is loaded."""
    return uuid.uuid5(NAMESPACE, "/".join(map(str, parts)))


def table(name: str) -> dict[str, Any]:
    """One of our data files."""
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


@transaction.atomic
def load_places() -> None:
    """Write all regions and countries; a second time renews their names and regions."""
    regions = table("m49.toml")["region"]
    Region.objects.bulk_create(
        [_region(row) for row in regions],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "parent"],
    )
    Country.objects.bulk_create(
        _countries(regions),
        update_conflicts=True,
        unique_fields=["iso2"],
        update_fields=["name", "region", "source"],
    )


def _region(row: dict[str, str]) -> Region:
    parent = ident("region", row["parent"]) if row["parent"] else None
    return Region(id=ident("region", row["code"]), code=row["code"], name=row["name"], parent_id=parent)


def _countries(regions: list[dict[str, str]]) -> list[Country]:
    names = table("names.toml")
    return [
        _country(pycountry.countries.get(alpha_2=iso2), ident("region", row["code"]), names)
        for row in regions
        for iso2 in row.get("countries", "").split()
    ]


def _country(known: Any, region: uuid.UUID, names: dict[str, Any]) -> Country:
    """A country under its UN short name, with the source of that name."""
    corrected = names["names"].get(known.alpha_2)
    return Country(
        id=ident("country", known.alpha_2),
        iso2=known.alpha_2,
        iso3=known.alpha_3,
        m49=known.numeric,
        name=corrected or known.name,
        region_id=region,
        source=names["other_sources"].get(known.alpha_2)
        or (names["source"] if corrected else "ISO 3166-1 (pycountry)"),
    )
