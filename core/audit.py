"""History: every model that matters keeps each of its versions in an append-only table, written by database triggers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
