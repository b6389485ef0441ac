"""Workflows as tables, and the only writer of a status.

An app declares its table once. Buttons, tests, the diagram in the documentation and a database trigger that refuses
any other change all come from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pgtrigger
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from core.access import can
from core.audit import signed

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser
    from django.utils.functional import _StrPromise

T = TypeVar("T", bound=models.Model)


class IllegalMove(Exception):
    """The object is not in a status from which this move leads, or something is still missing. The text says what."""


@dataclass(frozen=True)
class Move:
    """One legal move: from any of `sources` to `target`, for whoever holds `permission` on the object.

    `blocked` returns the reason why the move cannot be made yet, in words for the user, or an empty string. `on` names the
    object on which the permission is asked where it is not the moving one: a contribution is accepted by whoever keeps
    the assessment it was made to. A move without a permission is the portal's own: nobody is offered it, `by` is None.
    """

    name: str
    sources: frozenset[str]
    target: str
    permission: str
    label: str | _StrPromise
    blocked: Callable[[Any], str] = field(default=lambda obj: "")
    on: Callable[[Any], Any] = field(default=lambda obj: obj)

    def allows(self, user: Any, obj: models.Model) -> bool:
        """Whether the user may make this move on the object, whatever its status."""
        return can(user, self.permission, self.on(obj)) if self.permission else user is None


@dataclass(frozen=True)
class Offer:
    """A move as offered to a user: `why_not` is empty when it may be made now."""

    move: Move
    why_not: str


class Workflow:
    """The table of legal moves of one status field."""

    def __init__(self, moves: Iterable[Move], *, status_field: str = "status") -> None:
        self.moves = {move.name: move for move in moves}
        self.status_field = status_field

    def offers(self, obj: models.Model, user: AbstractBaseUser) -> list[Offer]:
        """The moves that lead on from the object's status and that the user may make, with the reason if one must wait."""
        status = getattr(obj, self.status_field)
        return [
            Offer(move, str(move.blocked(obj)))
            for move in self.moves.values()
            if status in move.sources and move.allows(user, obj)
        ]

    def trigger(self) -> pgtrigger.FSM:
        """The database trigger that refuses a change of status which is not in the table."""
        pairs = sorted({(source, move.target) for move in self.moves.values() for source in move.sources})
        return pgtrigger.FSM(name=f"{self.status_field}_moves", field=self.status_field, transitions=pairs)

    def diagram(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = [
            f"    {source} --> {move.target}: {move.name}"
            for move in self.moves.values()
            for source in sorted(move.sources)
        ]
        return "\n".join(["stateDiagram-v2", *lines])


def move(workflow: Workflow, obj: T, name: str, *, by: AbstractBaseUser | None, note: str = "", **changes: Any) -> T:
    """Make the move `name` on `obj` for the user `by`, None being the portal itself; `changes` are written in the same statement.

    The row is locked and read again first, so that of two people pressing the same button one is refused.
    Returns the fresh object. Raises IllegalMove, PermissionDenied.
    """
    step = workflow.moves[name]
    with transaction.atomic(), signed(move=name, note=note, user=str(by.pk) if by else ""):
        fresh = type(obj)._default_manager.select_for_update(of=("self",)).get(pk=obj.pk)
        _check(workflow, step, fresh, by)
        for attribute, value in {workflow.status_field: step.target, **changes}.items():
            setattr(fresh, attribute, value)
        fresh.save(update_fields=[workflow.status_field, *changes])
    return fresh


def _check(workflow: Workflow, step: Move, obj: models.Model, by: AbstractBaseUser | None) -> None:
    if not step.allows(by, obj):
        raise PermissionDenied
    if getattr(obj, workflow.status_field) not in step.sources:
        raise IllegalMove(_("Somebody was faster: this cannot be done in its present state."))
    if reason := step.blocked(obj):
        raise IllegalMove(reason)
