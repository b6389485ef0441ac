"""The history of a letter: its own versions, its clearances and its dispatches, in one table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import Change, history_of
from taskforce.letters.models import Clearance, Dispatch, Letter

LONG = 90  # characters of a value that are shown
HIDDEN = {"letter", "decided_by", "started_by", "sha256", "agency"}


def history_of_letter(letter: Letter) -> list[Change]:
    """Everything that happened, newest first."""
    names = {str(pk): name for pk, name in User.objects.values_list("pk", "name")}
    changes = _changes(letter, _("Letter"), names)
    for clearance in letter.clearances.select_related("agency"):
        agency = clearance.agency.name_on(clearance.due_on)
        changes += _changes(clearance, _("Clearance by %(agency)s") % {"agency": agency}, names)
    for dispatch in letter.dispatches.all():
        changes += _changes(dispatch, _("Dispatch %(number)s") % {"number": dispatch.number}, names)
    return sorted(changes, key=lambda change: change.at, reverse=True)


def _changes(obj: Letter | Clearance | Dispatch, what: str, names: dict[str, str]) -> list[Change]:
    return [
        replace(change, kind=f"{what}: {change.kind}", what=_readable(obj, change.what))
        for change in history_of(obj, names=names)
    ]


def _readable(obj: Letter | Clearance | Dispatch, what: dict[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Field names as people call them, values short enough for a table."""
    return {
        _label(obj, name): (_short(obj, name, before), _short(obj, name, after))
        for name, (before, after) in what.items()
        if name not in HIDDEN
    }


def _label(obj: Letter | Clearance | Dispatch, name: str) -> str:
    field: Any = obj._meta.get_field(name)
    return str(field.verbose_name)


def _short(obj: Letter | Clearance | Dispatch, name: str, value: Any) -> Any:
    field: Any = obj._meta.get_field(name)
    words = str(dict(field.flatchoices).get(value, value)) if value is not None else None
    return f"{words[:LONG]}…" if words and len(words) > LONG else words
