"""Grounds of sight: each condition that lets a person see objects, with its words.

The same grounds decide (`visible_to` is any of them) and explain ("why can this person see this?"), so that both agree.
"""

from __future__ import annotations

import operator
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from django.db.models import Q

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Ground:
    """One ground on which a person sees objects.

    It comes from the `permission` of a role or seat, or else from a seat for one of the agencies `parties(obj)`; `granted`
    says that a person gave those agencies sight of this one object.
    """

    words: str | _StrPromise
    condition: Q
    permission: str = ""
    parties: Callable[[Any], Collection[uuid.UUID]] = frozenset
    granted: bool = False


def any_of(grounds: Iterable[Ground]) -> Q:
    """The condition that one of the grounds holds; there is at least one."""
    return reduce(operator.or_, (ground.condition for ground in grounds))
