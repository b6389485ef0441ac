"""Whom a letter goes to: groups as rules, resolved to offices on the day of dispatch and never kept as addresses.

A letter without a rule goes to all offices of Resident Coordinators. Rules that include add up; those that leave out come last.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Office, OfficeKind, Region
from agencies.models.places import WITHIN

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class GroupKind(models.TextChoices):
    """What a rule names."""

    COORDINATORS = "coordinators", gettext_lazy("All offices of Resident Coordinators")
    REGIONAL_TEAMS = "regional_teams", gettext_lazy("Regional teams")
    MISSIONS = "missions", gettext_lazy("Missions")
    REGION = "region", gettext_lazy("Offices of Resident Coordinators in a region")
    OFFICE = "office", gettext_lazy("One office")


@dataclass(frozen=True, order=True)
class Group:
    """A rule as part of a letter's content; `subject` is the id of its region or office."""

    kind: str
    subject: str = ""
    excludes: bool = False


EVERYBODY = Group(GroupKind.COORDINATORS)
OF_KIND = {
    GroupKind.COORDINATORS: OfficeKind.COORDINATOR,
    GroupKind.REGIONAL_TEAMS: OfficeKind.REGIONAL_TEAM,
    GroupKind.MISSIONS: OfficeKind.MISSION,
}


def chosen(groups: Iterable[Group]) -> Q:
    """The offices that the rules name, as a condition."""
    rules = list(groups)
    named = [_rule(group) for group in rules if not group.excludes] or [_rule(EVERYBODY)]
    left_out = [_rule(group) for group in rules if group.excludes]
    return reduce(or_, named) & ~reduce(or_, left_out, Q(pk__in=[]))


def _rule(group: Group) -> Q:
    """A region gives its offices of Resident Coordinators; left out, it leaves out whatever works there."""
    if group.kind == GroupKind.OFFICE:
        return Q(pk=group.subject)
    if group.kind == GroupKind.REGION:
        there = reduce(or_, (Q(**{path: group.subject}) for path in WITHIN))
        return there if group.excludes else there & Q(kind=OfficeKind.COORDINATOR)
    return Q(kind=OF_KIND[GroupKind(group.kind)])


@dataclass(frozen=True)
class Share:
    """What one rule, or the list of single offices, gives on a day; `overlap` is how many of them another rule gives too."""

    words: StrOrPromise
    excludes: bool
    offices: int
    overlap: int


def shares(groups: Sequence[Group], on: dt.date) -> list[Share]:
    """What each rule gives on the day, in the order of the rules; single offices count together."""
    asked = groups or (EVERYBODY,)
    found = {
        rules: set(Office.objects.on(on).filter(reduce(or_, map(_rule, rules))).values_list("pk", flat=True))
        for rules in _parted(asked)
    }
    names = names_of(asked)
    return [_share(rules, offices, found, names) for rules, offices in found.items()]


def _parted(groups: Sequence[Group]) -> Iterator[tuple[Group, ...]]:
    """Each rule by itself, but the single offices that are included, or left out, together."""
    for excludes in (False, True):
        here = [group for group in groups if group.excludes == excludes]
        yield from ((group,) for group in here if group.kind != GroupKind.OFFICE)
        if singles := tuple(group for group in here if group.kind == GroupKind.OFFICE):
            yield singles


def _share(
    rules: tuple[Group, ...],
    offices: set[uuid.UUID],
    found: dict[tuple[Group, ...], set[uuid.UUID]],
    names: dict[str, str],
) -> Share:
    excludes = rules[0].excludes
    others = [them for other, them in found.items() if other != rules and other[0].excludes == excludes]
    overlap = offices & set().union(*others)
    words = ", ".join(sorted(in_words(group, names) for group in rules))
    return Share(words, excludes, len(offices), len(overlap))


def names_of(groups: Iterable[Group]) -> dict[str, str]:
    """The names of the regions and offices in the rules, by id."""
    ids = [group.subject for group in groups if group.subject]
    if not ids:
        return {}
    rows = [*Region.objects.filter(pk__in=ids), *Office.objects.filter(pk__in=ids)]
    return {str(row.pk): row.name for row in rows}


def in_words(group: Group, names: dict[str, str]) -> str:
    """A rule as people say it."""
    if group.kind == GroupKind.REGION:
        return _("Region: %(name)s") % {"name": names.get(group.subject, "")}
    if group.kind == GroupKind.OFFICE:
        return names.get(group.subject, "")
    return str(GroupKind(group.kind).label)


@dataclass(frozen=True)
class Chosen:
    """The rules in words."""

    included: tuple[str, ...]
    left_out: tuple[str, ...]


def described(groups: Sequence[Group]) -> Chosen:
    """The rules of a letter in words."""
    asked = groups if any(not group.excludes for group in groups) else (EVERYBODY, *groups)
    names = names_of(asked)
    return Chosen(
        tuple(in_words(group, names) for group in asked if not group.excludes),
        tuple(in_words(group, names) for group in asked if group.excludes),
    )
