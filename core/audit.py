"""History: every model that matters keeps each of its versions in an append-only table, written by database triggers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import pghistory
import pghistory.models
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

M = TypeVar("M", bound=type[models.Model])

WORDS = {"insert": _("created"), "update": _("changed"), "delete": _("deleted")}


def audited(*, exclude: list[str] | None = None, moments: Mapping[str, _StrPromise] | None = None) -> Callable[[M], M]:
    """Keep every inserted, updated and deleted version of the model; updates and deletions of the history are refused.

    `moments` are happenings that change no field and still belong to the history (a sign-in): name and word. See `note`.
    """
    WORDS.update(moments or {})
    track: Callable[[M], M] = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        *(pghistory.ManualEvent(name) for name in moments or {}),  # type: ignore[no-untyped-call]
        exclude=exclude or [],
    )
    return track


def note(obj: models.Model, moment: str, *, by: models.Model | None = None, **details: str) -> None:
    """Write a moment into the history of `obj`; `details` are kept beside it, the user `by` as the one who did it."""
    who = {"user": str(by.pk)} if by else {}
    with pghistory.context(**details, **who):
        pghistory.create_event(obj, label=moment)


@dataclass(frozen=True)
class Change:
    """One line of the history tab."""

    at: datetime
    kind: str
    by: str
    what: dict[str, tuple[Any, Any]]
    note: str = ""


def history_of(
    obj: models.Model,
    *,
    names: Mapping[str, str] | Callable[[set[str]], Mapping[str, str]] | None = None,
    also: Iterable[models.Model] = (),
) -> list[Change]:
    """What happened to `obj`, and to the objects `also` that belong to it, newest first.

    `names` maps user ids (as text) to names, or finds them for a set of ids; unknown ones show as the portal.
    """
    also = list(also)
    parts = {(one._meta.label, str(one.pk)): str(one) for one in also}
    events = _events([obj, *also])
    people = names({_user_of(event) for event in events}) if callable(names) else names or {}
    return [
        Change(
            at=event.pgh_created_at,
            kind=_kind_of(event, parts.get((event.pgh_obj_model, event.pgh_obj_id), "")),
            by=people.get(_user_of(event), str(_("the portal"))),
            what=event.pgh_diff or {},
        )
        for event in events
    ]


def _events(objects: list[models.Model]) -> list[Any]:
    """The events of these objects, newest first; one query for each of their types."""
    kinds: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for one in objects:
        kinds[type(one)].append(one)
    tracked = [pghistory.models.Events.objects.tracks(*alike) for alike in kinds.values()]  # type: ignore[no-untyped-call]
    events = [event for found in tracked for event in found]
    return sorted(events, key=lambda event: (event.pgh_created_at, event.pgh_id), reverse=True)


def _user_of(event: Any) -> str:
    return str((event.pgh_context or {}).get("user", ""))


def _kind_of(event: Any, part: str) -> str:
    """What happened, and to which part of the object."""
    word = str(WORDS.get(event.pgh_label, event.pgh_label))
    return f"{part}: {word}" if part else word
