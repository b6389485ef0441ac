"""What happened anywhere in the portal, newest first: the links of the chain turned into what people read.

A reader sees from what to what only where they may see the object itself; of anything else that a field changed, and which.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from core.audit import WORDS
from core.chain import histories
from core.dates import today
from core.history import by_whom, fields_of, label_of, model_of, names_of, people_of, said
from core.models import Link

EVENTS = """
    SELECT event.pgh_id, to_jsonb(event.*), to_jsonb(before.*)
    FROM {table} event LEFT JOIN LATERAL (
        SELECT * FROM {table} earlier WHERE earlier.pgh_obj_id = event.pgh_obj_id AND earlier.pgh_id < event.pgh_id
        ORDER BY pgh_id DESC LIMIT 1
    ) before ON true
    WHERE event.pgh_id = ANY(%s)
"""

Seen = Mapping[tuple[type[models.Model], str], models.Model]


@dataclass(frozen=True)
class Event:
    """One event as `core.history` reads it; what changed is `column: (before, after)` as JSON values."""

    pgh_obj_model: str
    pgh_obj_id: str
    pgh_label: str
    pgh_context: Mapping[str, Any]
    pgh_diff: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Entry:
    """One line of the audit. `object` is None when the reader may not see it; then `what` has names of fields alone."""

    link: Link
    at: dt.datetime
    word: str
    kind: str
    object: models.Model | None
    by: str
    address: str
    note: str
    what: Mapping[str, tuple[Any, Any] | None]


def entries(links: Sequence[Link], reader: Any) -> list[Entry]:
    """The links as the reader may see them; the number of queries depends on the kinds of objects, not on the links."""
    events = _events(links)
    seen = _seen(events.values(), reader)
    open_events = [event for event in events.values() if _key(event) in seen]
    names, people = names_of(open_events), people_of(events.values())
    return [_entry(link, events[link.pk], seen, names, people) for link in links if link.pk in events]


def _entry(link: Link, event: Event, seen: Seen, names: Any, people: Mapping[str, str]) -> Entry:
    one = seen.get(_key(event))
    return Entry(
        link=link,
        at=link.at,
        word=str(WORDS.get(event.pgh_label, event.pgh_label)),
        kind=str(model_of(event)._meta.verbose_name),
        object=one,
        by=by_whom(event, people),
        address=str(event.pgh_context.get("address", "")),
        note=str(event.pgh_context.get("note", "")) if one else "",
        what=said(event, names) if one else _fields(event),
    )


def _events(links: Iterable[Link]) -> dict[int, Event]:
    """The event of each link, by the link's key."""
    wanted: dict[str, dict[int, int]] = defaultdict(dict)
    for link in links:
        wanted[link.history][link.event] = link.pk
    found = {}
    tables = histories()
    with connection.cursor() as cursor:
        for table in wanted.keys() & tables.keys():
            tracked = tables[table].pgh_tracked_model._meta.label  # type: ignore[attr-defined]
            cursor.execute(EVENTS.format(table=connection.ops.quote_name(table)), [list(wanted[table])])
            for pk, row, before in cursor.fetchall():
                found[wanted[table][pk]] = _event(tracked, json.loads(row), json.loads(before) if before else {})
    return found


def _event(tracked: str, row: Mapping[str, Any], before: Mapping[str, Any]) -> Event:
    columns = [column for column in before if not column.startswith("pgh_") and before[column] != row[column]]
    return Event(
        pgh_obj_model=tracked,
        pgh_obj_id=str(row["pgh_obj_id"]),
        pgh_label=row["pgh_label"],
        pgh_context=row["pgh_context"] or {},
        pgh_diff={column: (before[column], row[column]) for column in columns},
    )


def _key(event: Event) -> tuple[type[models.Model], str]:
    return model_of(event), event.pgh_obj_id


def _seen(events: Iterable[Event], reader: Any) -> Seen:
    """The objects of the events that the reader may see, with what they name."""
    wanted: dict[type[models.Model], set[str]] = defaultdict(set)
    for event in events:
        wanted[model_of(event)].add(event.pgh_obj_id)
    return {
        (model, str(one.pk)): one for model, ids in wanted.items() for one in _visible(model, reader).filter(pk__in=ids)
    }


def _visible(model: type[models.Model], reader: Any) -> models.QuerySet[Any]:
    """What the reader may see of a model; nothing of one that does not say."""
    rows: Any = model._default_manager.all()
    if not hasattr(rows, "visible_to"):
        return model._default_manager.none()
    links = [field.name for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
    visible: models.QuerySet[Any] = rows.visible_to(reader).select_related(*links)
    if hasattr(visible, "named_on"):
        visible = visible.named_on(today())
    return visible


def _fields(event: Event) -> dict[str, None]:
    """The names of the changed fields."""
    fields = fields_of(model_of(event))
    return {label_of(fields[column]): None for column in event.pgh_diff if column in fields}
