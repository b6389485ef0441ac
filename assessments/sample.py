"""Sample data of the assessments: the five regional ones of 2012, a live next edition, a confidential study.

Dates of the live ones count from the day of loading. Every row has an id made from its key: loading twice adds nothing.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from agencies import sample as register
from agencies.models import Obligation, Region
from agencies.places import ident
from agencies.sample.rows import put
from assessments.access import VIEW
from assessments.actions import announce
from assessments.models import (
    Assessment,
    Cell,
    CellState,
    Contribution,
    Estimate,
    Flow,
    ForecastChange,
    Source,
)
from assessments.questions import NUMBERS
from assessments.workflow import OWED, ContributionStatus, Status
from core.access import grant
from core.dates import Precision, today

DATA = Path(__file__).parent / "data" / "sample.toml"
LEAD = "unodc"
WRITER = "focal-point.unodc"
COPIED = ("eastern-africa-2012", "west-africa-2012", "east-asia-pacific-2012", "middle-east-north-africa-2012")


@transaction.atomic
def load(scale: int = 1) -> None:
    """Everything once, and `scale - 1` times as many made-up assessments with flows and answers."""
    data, on = tomllib.loads(DATA.read_text(encoding="utf-8")), today()
    new = {entry["key"] for entry in data["assessment"]} - set(_known(data))
    put(_assessment(entry, data, on) for entry in data["assessment"])
    put(change for entry in data["assessment"] for change in _changes(entry, on))
    put(flow for entry in data["assessment"] for flow in _flows(entry, data))
    put(cell for entry in data["assessment"] for cell in _cells(entry, data))
    put(_source(entry) for entry in data["source"])
    put(_estimate(entry) for entry in data["estimate"])
    _name_agencies(data, new)
    for entry in data["contribution"]:
        _contribution(entry, on)
    for copy in range(2, scale + 1):
        load_copy(data, copy)


def _known(data: dict[str, Any]) -> Iterator[str]:
    """Keys of the assessments that are there already: what was granted or taken back since stays as it is."""
    there = set(Assessment.objects.values_list("pk", flat=True))
    return (entry["key"] for entry in data["assessment"] if ident("assessment", entry["key"]) in there)


def months_from(day: dt.date, months: int) -> dt.date:
    """The first day of the month so many months later."""
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


# ---------------------------------------------------------------- assessments


def _assessment(entry: dict[str, Any], data: dict[str, Any], on: dt.date) -> Assessment:
    planned = entry.get("planned") or months_from(on, entry["in_months"])
    changes = list(_changes(entry, on))
    published = months_from(on, entry["published_in_months"]) if "published_in_months" in entry else None
    return Assessment(
        id=ident("assessment", entry["key"]),
        title=entry["title"],
        area=entry["area"],
        region=Region.objects.filter(code=entry.get("region")).first(),
        lead=register.agency(LEAD),
        mechanism=register.mechanism(),
        previous_id=ident("assessment", entry["previous"]) if "previous" in entry else None,
        status=Status(entry["status"]),
        planned_day=planned,
        forecast_day=changes[-1].to_day if changes else planned,
        published_day=published,
        published_precision=Precision.MONTH if published else Precision.DAY,
        sensitivity=entry.get("sensitivity", 0),
        tlp=entry.get("tlp", "green"),
        note=data["notes"]["regional" if "planned" in entry else "next"],
        source=data["sources"]["B"] if "planned" in entry else "",
    )


def _changes(entry: dict[str, Any], on: dt.date) -> Iterator[ForecastChange]:
    """The forecasts one after the other, each from where the one before it stood."""
    before = entry.get("planned") or months_from(on, entry["in_months"])
    for number, change in enumerate(entry.get("forecasts", [])):
        after = change.get("to") or months_from(on, change["in_months"])
        day = change.get("at") or on - dt.timedelta(days=change["days_ago"])
        yield ForecastChange(
            id=ident("forecast", entry["key"], number),
            assessment_id=ident("assessment", entry["key"]),
            from_day=before,
            to_day=after,
            reason=change["reason"],
            by_id=ident("user", WRITER),
            at=dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC),
        )
        before = after


def _name_agencies(data: dict[str, Any], new: set[str]) -> None:
    for entry in data["assessment"]:
        if entry["key"] in new:
            row = Assessment.objects.get(pk=ident("assessment", entry["key"]))
            for key in entry.get("named", []):
                grant(register.agency(key).group, VIEW, row)


# ---------------------------------------------------------------- flows and answers


def _flow_id(key: str, place: int) -> Any:
    return ident("flow", key, place)


def _flows(entry: dict[str, Any], data: dict[str, Any]) -> Iterator[Flow]:
    for place, (commodity, name, scope) in enumerate(data["flows"].get(entry.get("flows"), []), start=1):
        yield Flow(
            id=_flow_id(entry["key"], place),
            assessment_id=ident("assessment", entry["key"]),
            commodity=commodity,
            name=name,
            scope=scope,
            place=place,
        )


def _cells(entry: dict[str, Any], data: dict[str, Any]) -> Iterator[Cell]:
    """Six cells for each flow; most of them blank."""
    answers = {(one["flow"], one["question"]): one for one in data["answer"] if one["of"] == entry["key"]}
    for flow in _flows(entry, data):
        for number in NUMBERS:
            answer = answers.get((flow.place, number), {})
            yield Cell(
                id=ident("cell", entry["key"], flow.place, number),
                flow_id=flow.pk,
                question=number,
                text=answer.get("text", ""),
                state=answer.get("state", CellState.BLANK),
                confidence=answer.get("confidence", ""),
                version=1 if answer else 0,
                updated_by_id=ident("user", WRITER) if answer else None,
            )


def _source(entry: dict[str, Any]) -> Source:
    facts = {name: value for name, value in entry.items() if name not in {"of", "key"}}
    return Source(
        id=ident("source", entry["of"], entry["key"]), assessment_id=ident("assessment", entry["of"]), **facts
    )


def _estimate(entry: dict[str, Any]) -> Estimate:
    facts = {name: value for name, value in entry.items() if name not in {"of", "flow", "source"}}
    return Estimate(
        id=ident("estimate", entry["of"], entry["quantity"]),
        assessment_id=ident("assessment", entry["of"]),
        flow_id=_flow_id(entry["of"], entry["flow"]) if "flow" in entry else None,
        source_id=ident("source", entry["of"], entry["source"]) if "source" in entry else None,
        **facts,
    )


# ---------------------------------------------------------------- contributions


def _contribution(entry: dict[str, Any], on: dt.date) -> None:
    """A contribution that is not there yet, with its obligation, as if it had been asked some days ago."""
    pk = ident("contribution", entry["of"], entry["agency"])
    if Contribution.objects.filter(pk=pk).exists():
        return
    asked = on - dt.timedelta(days=entry["asked_ago"])
    status = ContributionStatus(entry.get("status", ContributionStatus.ASKED))
    answered = "text" in entry
    row = Contribution.objects.create(
        id=pk,
        assessment_id=ident("assessment", entry["of"]),
        agency=register.agency(entry["agency"]),
        what=entry["what"],
        due_on=on + dt.timedelta(days=entry["due_in"]),
        status=status,
        asked_by_id=ident("user", "secretariat"),
        asked_at=dt.datetime.combine(asked, dt.time(9), tzinfo=dt.UTC),
        text=entry.get("text", ""),
        submitted_by_id=ident("user", f"focal-point.{entry['agency']}") if answered else None,
        submitted_at=timezone.now() if answered else None,
        comment=entry.get("comment", ""),
    )
    row.flows.set(Flow.objects.filter(pk__in=[_flow_id(entry["of"], place) for place in entry.get("flows", [])]))
    if status in OWED:
        Obligation.objects.filter(pk=announce(row).pk).update(noted_on=asked)


# ---------------------------------------------------------------- more for benchmarks


def load_copy(data: dict[str, Any], copy: int) -> None:
    """The regional assessments once more under other names, in another year, each with all flows and some answers."""
    shift = 12 * (copy % 20 + 1)
    entries = [_copied(entry, copy, shift) for entry in data["assessment"] if entry["key"] in COPIED]
    put(_assessment(entry, data, entry["planned"]) for entry in entries)
    put(change for entry in entries for change in _changes(entry, entry["planned"]))
    put(flow for entry in entries for flow in _flows(entry, data))
    put(_answered(cell, number) for entry in entries for number, cell in enumerate(_cells(entry, data)))


def _copied(entry: dict[str, Any], copy: int, shift: int) -> dict[str, Any]:
    changes = [change | {"to": months_from(change["to"], shift)} for change in entry.get("forecasts", [])]
    return entry | {
        "key": f"{entry['key']}-{copy:05}",
        "title": f"{entry['title']}, made-up edition {copy}",
        "planned": months_from(entry["planned"], shift),
        "forecasts": changes,
        "flows": "regional",
    }


def _answered(cell: Cell, number: int) -> Cell:
    """Every third cell has an answer."""
    if number % 3 == 0:
        cell.text, cell.state, cell.version = "Made-up answer for benchmarks.", CellState.AGREED, 1
    return cell
