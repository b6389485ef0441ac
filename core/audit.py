"""History: every model that matters keeps each of its versions in an append-only table, written by database triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pghistory
import pghistory.models
import pgtrigger
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from core.sensitivity import Sensitivity

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

M = TypeVar("M", bound=type[models.Model])

FORGET = """
    SELECT set_config('pghistory.context_id', '', true), set_config('pghistory.context_metadata', '', true)
"""
WORDS = {"insert": _("created"), "update": _("changed"), "delete": _("deleted")}


class _ChangeThatStays(pgtrigger.AnyChange):
    """A change of what is kept, but for one to a passing state."""

    def __init__(self, passing: Mapping[str, str]) -> None:
        super().__init__()
        self.passing = pgtrigger.Q(**{f"new__{field}": value for field, value in passing.items()})

    def resolve(self, model: type[models.Model]) -> str:
        """The condition as SQL."""
        return f"({super().resolve(model)} AND NOT ({self.passing.resolve(model)}))"


def audited(
    *,
    exclude: list[str] | None = None,
    moments: Mapping[str, _StrPromise] | None = None,
    passing: Mapping[str, str] | None = None,
) -> Callable[[M], M]:
    """Keep every inserted, updated and deleted version of the model; updates and deletions of the history are refused.

    `moments` are happenings that change no field and still belong to the history (a sign-in): name and word. See `note`.
    `passing` is a state, field and value, that lasts for moments: what it becomes is kept, it itself is not.
    """
    WORDS.update(moments or {})
    track: Callable[[M], M] = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(condition=_ChangeThatStays(passing)) if passing else pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        *(pghistory.ManualEvent(name) for name in moments or {}),  # type: ignore[no-untyped-call]
        exclude=exclude or [],
    )
    return track


@contextmanager
def signed(**details: str) -> Iterator[None]:
    """Keep `details` (the user, a note, an address) beside whatever is written inside, and beside nothing after it.

    The library's own context holds on until the request and its transaction end: a note on one object would stand beside the next.
    """
    with pghistory.context() as around:
        before = dict(around.metadata)
        around.metadata.update(details)
        try:
            yield
        finally:
            around.metadata.clear()
            around.metadata.update(before)
    if not before and connection.in_atomic_block and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute(FORGET)


def note(obj: models.Model, moment: str, *, by: models.Model | None = None, **details: str) -> None:
    """Write a moment into the history of `obj`; `details` are kept beside it, the user `by` as the one who did it."""
    who = {"user": str(by.pk)} if by else {}
    with signed(**details, **who):
        pghistory.create_event(obj, label=moment)


READING = {"read": _("read")}  # for `audited(moments=READING)` on what carries a marking


def note_reading(request: HttpRequest, obj: Any) -> None:
    """A look at a page, file or export of what is Confidential or above is noted in its history: who, when, at which address."""
    if request.method == "GET" and obj.sensitivity > Sensitivity.UNCLASSIFIED:
        note(obj, "read", by=cast("models.Model", request.user), page=request.path)


@dataclass(frozen=True)
class Change:
    """One line of the history tab."""

    at: datetime
    kind: str
    by: str
    what: dict[str, tuple[Any, Any]]
    note: str = ""
