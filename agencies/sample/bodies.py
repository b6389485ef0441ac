"""Agencies with their names and successors, mechanisms with their members and milestones, from bodies.toml."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Group
from django.db.backends.postgresql.psycopg_any import DateRange

from agencies.models import Agency, AgencyName, Mandate, Mechanism, MemberRole, Membership, Milestone, Succession
from agencies.places import ident, table
from agencies.sample.rows import put
from core.dates import span

Entry = dict[str, Any]
MERGER = dt.date(2019, 1, 1)


def load_bodies() -> None:
    """Write them all."""
    data = table("bodies.toml")
    _put_agencies(data["agency"])
    put(name for entry in data["agency"] for name in _names(entry))
    put(_succession(entry, data["sources"]["reform"]) for entry in data["succession"])
    put(_mechanism(entry, data["sources"]) for entry in data["mechanism"])
    put(_mandate(entry, data["sources"]) for entry in data["mechanism"] if "mandate" in entry)
    put(_memberships(data))
    put(_milestone(entry, data["sources"]["B"]) for entry in data["milestone"])


def _span(entry: Entry) -> DateRange:
    return span(entry.get("from"), entry.get("to"))


def group_name(key: str) -> str:
    """The name of an agency's group: groups are never shown, they only carry grants."""
    return f"agency {ident('agency', key)}"


def _put_agencies(entries: list[Entry]) -> None:
    put(Group(name=group_name(entry["key"])) for entry in entries)
    groups = dict(Group.objects.values_list("name", "pk"))
    put(
        Agency(
            id=ident("agency", entry["key"]),
            kind=entry["kind"],
            website=entry.get("website", ""),
            duty_station=entry["station"],
            time_zone=entry.get("zone", "America/New_York"),
            group_id=groups[group_name(entry["key"])],
            valid=_span(entry),
        )
        for entry in entries
    )


def _names(entry: Entry) -> Iterator[AgencyName]:
    """The dated names; where a name gives no day, those of the agency hold."""
    for name in entry["names"]:
        language = name.get("language", "en")
        yield AgencyName(
            id=ident("name", entry["key"], language, name["name"]),
            agency_id=ident("agency", entry["key"]),
            language=language,
            name=name["name"],
            acronym=name.get("acronym", ""),
            source=name.get("source", ""),
            valid=span(name.get("from", entry.get("from")), name.get("to", entry.get("to"))),
        )


def _succession(entry: Entry, source: str) -> Succession:
    return Succession(
        id=ident("succession", entry["from"], entry["to"]),
        predecessor_id=ident("agency", entry["from"]),
        successor_id=ident("agency", entry["to"]),
        kind=entry["kind"],
        day=MERGER,
        source=source,
    )


def _mechanism(entry: Entry, sources: dict[str, str]) -> Mechanism:
    return Mechanism(
        id=ident("mechanism", entry["slug"]),
        slug=entry["slug"],
        name=entry["name"],
        acronym=entry["acronym"],
        authority=entry.get("authority", ""),
        since=entry.get("since"),
        since_precision=entry.get("precision", "day"),
        source="; ".join(filter(None, (sources[entry["source"]], entry.get("note")))),
        valid=_span(entry),
    )


def _mandate(entry: Entry, sources: dict[str, str]) -> Mandate:
    return Mandate(
        id=ident("mandate", entry["slug"]),
        mechanism_id=ident("mechanism", entry["slug"]),
        text=entry["mandate"].strip(),
        source=sources[entry["source"]],
        valid=_span(entry),
    )


def _memberships(data: Entry) -> Iterator[Membership]:
    """Each agency sits as long as both it and the mechanism exist."""
    agencies = {entry["key"]: entry for entry in data["agency"]}
    for mechanism in data["mechanism"]:
        for role in MemberRole.values:
            for key in mechanism.get(role, ()):
                yield _membership(mechanism, agencies[key], role, data["sources"])


def _membership(mechanism: Entry, agency: Entry, role: str, sources: dict[str, str]) -> Membership:
    first = max(mechanism["from"], agency.get("from", mechanism["from"]))
    took_over = first == MERGER
    return Membership(
        id=ident("membership", mechanism["slug"], agency["key"]),
        agency_id=ident("agency", agency["key"]),
        mechanism_id=ident("mechanism", mechanism["slug"]),
        role=role,
        source=sources["successor" if took_over else mechanism["source"]],
        valid=span(first, agency.get("to")),
    )


def _milestone(entry: Entry, source: str) -> Milestone:
    return Milestone(
        id=ident("milestone", entry["what"]),
        mechanism_id=ident("mechanism", "task-force"),
        day=entry.get("day"),
        precision=entry.get("precision", "day"),
        what=entry["what"],
        note=entry.get("note", ""),
        source=source,
    )
