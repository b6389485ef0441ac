"""The history of an object as people read it: when, who, what, from what to what. Every app's history tab uses `changes_of`.

return render(request, "…", {"changes": history_of(request, agency, agency.names.all())})      {% history changes %}
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pghistory.models
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.audit import WORDS, Change
from core.dates import long_date, today
from core.lists import PER_PAGE, url_with
from core.models import Link
from core.words import long_moment, period

if TYPE_CHECKING:
    from django.http import HttpRequest

LONG = 90  # characters of a value that are shown
DEEPEST = 999  # pages, as many as three digits tell
Tracked = models.Model | models.QuerySet[Any]
# Of these the history of something else tells no more: what a relay answers may name an address.
TOLD_OF_PARTS = {"core.OutgoingMessage": {"state"}}
Names = Mapping[type[models.Model], Mapping[str, str]]


@dataclass(frozen=True)
class History:
    """One page of what happened, newest first, with the addresses of the pages beside it."""

    lines: Sequence[Change]
    page: int = 1
    newer_url: str = ""
    older_url: str = ""


def history_of(request: HttpRequest, whole: models.Model, *parts: Tracked) -> History:
    """The page that `?history=` names: the first for nonsense. The caller has checked that the reader may see it and the parts."""
    wish = request.GET.get("history", "")
    page = max(1, int(wish)) if re.fullmatch("[0-9]{1,3}", wish) else 1
    lines = changes_of(whole, *parts, start=(page - 1) * PER_PAGE, number=PER_PAGE + 1)
    return History(
        lines[:PER_PAGE],
        page,
        newer_url=url_with(request, history=str(page - 1)) if page > 1 else "",
        older_url=url_with(request, history=str(page + 1)) if len(lines) > PER_PAGE and page < DEEPEST else "",
    )


def changes_of(whole: models.Model, *parts: Tracked, start: int = 0, number: int = PER_PAGE) -> list[Change]:
    """What happened to an object and to its parts, newest first, without the first `start` lines.

    Parts are objects or querysets. What is loaded, and in how many queries, depends on the lines and the models.
    """
    sources = [Source(type(whole), [whole]), *_sources(parts)]
    lines = sorted((line for one in sources for line in one.lines(start + number)), reverse=True)
    events = list(_events(lines[start : start + number]))
    called = {(one.label, pk): name for one in sources[1:] for pk, name in one.called(events).items()}
    names = names_of(events)
    people = people_of(events)
    return [
        Change(
            at=event.pgh_created_at,
            kind=_word_for(event, called),
            by=by_whom(event, people),
            what=said(event, names, _told(event, called)),
            note=str((event.pgh_context or {}).get("note", "")),
        )
        for event in events
    ]


def _told(event: Any, called: Mapping[tuple[str, str], str]) -> set[str] | None:
    """The columns of a part that are told; None for all."""
    is_part = (event.pgh_obj_model, event.pgh_obj_id) in called
    return TOLD_OF_PARTS.get(event.pgh_obj_model) if is_part else None


class Line(NamedTuple):
    """Where one event stands among all: they sort by it. What one transaction wrote bears one moment: the chain tells its order."""

    at: dt.datetime
    link: int
    number: int
    label: str
    pk: Any


@dataclass(frozen=True)
class Source:
    """Objects of one model whose history is asked for; where only some columns are `told`, other changes have no line."""

    model: type[models.Model]
    rows: models.QuerySet[Any] | Sequence[models.Model]
    told: Iterable[str] = ()

    @property
    def label(self) -> str:
        """The name of the model, as the history keeps it."""
        return self.model._meta.label

    def lines(self, number: int) -> list[Line]:
        """Their last events."""
        rows = self.rows.values("pk") if isinstance(self.rows, models.QuerySet) else [one.pk for one in self.rows]
        events = self._told(self.model.pgh_event_model.objects.filter(pgh_obj__in=rows))  # type: ignore[attr-defined]
        chained = Link.objects.filter(history=events.model._meta.db_table, event=OuterRef("pgh_id")).order_by("pk")
        found = events.order_by("-pgh_created_at", "-pgh_id").values_list(
            "pgh_created_at", Coalesce(Subquery(chained.values("pk")[:1]), 0), "pgh_id", "pgh_obj_id"
        )
        return [Line(at, link, place, self.label, pk) for at, link, place, pk in found[:number]]

    def _told(self, events: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Without the updates that change none of the told columns."""
        if not self.told:
            return events
        before = events.model._default_manager.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__lt=OuterRef("pgh_id"))
        was = {f"was_{name}": Subquery(before.order_by("-pgh_id").values(name)[:1]) for name in self.told}
        same = {name: F(f"was_{name}") for name in self.told}
        told: models.QuerySet[Any] = events.annotate(**was).exclude(pgh_label="update", **same)
        return told

    def called(self, events: Iterable[Any]) -> dict[str, str]:
        """What those among them call themselves to which the events happened, by id."""
        pks = {event.pgh_obj_id for event in events if event.pgh_obj_model == self.label}
        rows = self.rows.filter(pk__in=pks) if isinstance(self.rows, models.QuerySet) else self.rows
        return {str(one.pk): getattr(one, "open_name", "") or str(one) for one in rows if str(one.pk) in pks}


def _sources(parts: Iterable[Tracked]) -> Iterator[Source]:
    """Each queryset, and the objects of each model together."""
    of_model: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for one in parts:
        if isinstance(one, models.QuerySet):
            yield _part(one.model, one)
        else:
            of_model[type(one)].append(one)
    for model, rows in of_model.items():
        yield _part(model, rows)


def _part(model: type[models.Model], rows: models.QuerySet[Any] | Sequence[models.Model]) -> Source:
    return Source(model, rows, TOLD_OF_PARTS.get(model._meta.label, ()))


def _events(lines: Sequence[Line]) -> Iterator[Any]:
    """The events of the lines, in their order, each with what it changed."""
    found: dict[tuple[str, int], Any] = {}
    for label in {line.label for line in lines}:
        same = [line for line in lines if line.label == label]
        objects = [apps.get_model(label)(pk=pk) for pk in {line.pk for line in same}]
        tracked: models.QuerySet[Any] = pghistory.models.Events.objects.tracks(objects)  # type: ignore[no-untyped-call]
        found |= {(label, one.pgh_id): one for one in tracked.filter(pgh_id__in=[line.number for line in same])}
    return (found[line.label, line.number] for line in lines)


def _word_for(event: Any, parts: Mapping[tuple[str, str], str]) -> str:
    """What happened, and to which part of the object."""
    word = str(WORDS.get(event.pgh_label, event.pgh_label))
    key = (event.pgh_obj_model, event.pgh_obj_id)
    if key not in parts:
        return word
    name = _(str(model_of(event)._meta.verbose_name))
    return _("%(kind)s “%(part)s”: %(word)s") % {"kind": name, "part": parts[key], "word": word}


def by_whom(event: Any, people: Mapping[str, str]) -> str:
    """The person, or the name given by somebody without an account, else the portal itself."""
    context = event.pgh_context or {}
    return people.get(str(context.get("user", ""))) or str(context.get("answered_by") or _("the portal"))


def people_of(events: Iterable[Any]) -> dict[str, str]:
    """The names of those who did it, by id."""
    ids = {str((event.pgh_context or {}).get("user") or "") for event in events} - {""}
    return {str(user.pk): str(user) for user in get_user_model()._default_manager.filter(pk__in=ids)}


def said(event: Any, names: Names, told: Container[str] | None = None) -> dict[str, tuple[Any, Any]]:
    """The changed fields, all or those `told`, under the names that people know, with the values in words."""
    fields = fields_of(model_of(event))
    pairs = {}
    for column, (before, after) in (event.pgh_diff or {}).items():
        if (field := fields.get(column)) and (told is None or column in told):
            pair = _say(field, before, names), _say(field, after, names)
            pairs[label_of(field)] = _shortened(*pair)
    return pairs


def model_of(event: Any) -> type[models.Model]:
    """The model whose history it is."""
    model: type[models.Model] = apps.get_model(event.pgh_obj_model)
    return model


def fields_of(model: type[models.Model]) -> dict[str | None, Any]:
    """The fields of a model by their columns."""
    return {field.column: field for field in model._meta.concrete_fields}


def label_of(field: Any) -> str:
    """The name of a field as a heading."""
    label = _(str(field.verbose_name))
    return label[:1].upper() + label[1:]


def names_of(events: Iterable[Any]) -> Names:
    """The names of all objects to which the changed fields point, one query for each model."""
    wanted: dict[type[models.Model], set[str]] = defaultdict(set)
    for event in events:
        fields = fields_of(model_of(event))
        for column, pair in (event.pgh_diff or {}).items():
            field = fields.get(column)
            if field is not None and field.is_relation:
                wanted[field.related_model] |= {str(pk) for pk in pair if pk is not None}
    return {model: _names_of(model, ids) for model, ids in wanted.items()}


def _names_of(model: type[models.Model], ids: Iterable[str]) -> dict[str, str]:
    """Bodies with dated names under those of today, what tells itself apart by that, everything else as it calls itself."""
    rows: Any = model._default_manager.filter(pk__in=ids)
    if hasattr(rows, "named_on"):
        rows = rows.named_on(today())
    return {str(one.pk): getattr(one, "told_apart", "") or str(one) for one in rows}


def _say(field: Any, value: Any, names: Names) -> str:
    """A stored value in words; nothing is an empty string."""
    if value is None or value == "":
        return ""
    if field.is_relation:
        return names[field.related_model].get(str(value), _("something deleted since"))
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return _say_date(field, value) or _plain(value)


def _plain(value: Any) -> str:
    """A value without the signs of JSON."""
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return " · ".join(_plain(part) for part in value.values() if part) if isinstance(value, dict) else str(value)


def _say_date(field: Any, value: Any) -> str:
    """A moment, day or period in words; empty for anything else."""
    if isinstance(field, models.DateTimeField):
        return long_moment(dt.datetime.fromisoformat(value))
    if isinstance(field, models.DateField):
        return long_date(dt.date.fromisoformat(value))
    if isinstance(field, DateRangeField):
        return _say_range(value)
    return ""


def _say_range(value: str) -> str:
    """`[2010-01-01,2012-01-01)` as PostgreSQL writes it, with the last day included."""
    first, last = (part or None for part in value.strip("[]()").split(","))
    ends = dt.date.fromisoformat(last) - dt.timedelta(days=1) if last else None
    return period(dt.date.fromisoformat(first) if first else None, ends)


def _shortened(before: str, after: str) -> tuple[str, str]:
    """Both values, long ones cut to the place where they begin to differ."""
    if len(before) <= LONG and len(after) <= LONG:
        return before, after
    differ = (place for place, (old, new) in enumerate(zip(before, after, strict=False)) if old != new)
    start = max(0, next(differ, min(len(before), len(after))) - LONG // 3)
    return _cut(before, start), _cut(after, start)


def _cut(text: str, start: int) -> str:
    part = text[start : start + LONG]
    return f"{'…' if start and part else ''}{part}{'…' if start + LONG < len(text) else ''}"
