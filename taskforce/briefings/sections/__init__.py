"""The sections a pack may have. Each is a small module with a template; a new one registers itself here.

A section that tells of an app beside this one is registered by the roof (see docs/adr): siblings never import each other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from agencies.models import Mechanism
from taskforce.briefings.access import Reader
from taskforce.briefings.documents import Content

if TYPE_CHECKING:
    from django.db import models
    from django.utils.functional import _StrPromise

    from taskforce.briefings.models import Choice


class NotOpen(Exception):
    """What the section is about is not open to the audience, or is no more. The text says so."""


@dataclass(frozen=True)
class Order:
    """What a section is asked for: as of which day, with whose rights, about what; `now` is the moment of gathering."""

    mechanism: Mechanism
    as_of: dt.date
    reader: Reader
    now: dt.datetime
    subject_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Described:
    """A chosen section in words; `about` is empty where it needs no subject."""

    label: str
    about: str


@dataclass(frozen=True)
class Section:
    """A kind of section; `place` is where it usually stands.

    `subjects` gives what it can be about for a reader; None where it needs no subject.
    """

    key: str
    place: int
    label: str | _StrPromise
    what: str | _StrPromise
    template: str
    gather: Callable[[Order], Content]
    subjects: Callable[[Any], models.QuerySet[Any]] | None = None
    subject_label: str | _StrPromise = ""


_sections: dict[str, Section] = {}


def register(section: Section) -> Section:
    """Offer a section; a key is taken once."""
    if _sections.setdefault(section.key, section) is not section:
        raise ValueError(f"There is a section “{section.key}” already.")
    return section


def every() -> list[Section]:
    """All sections, in their usual order."""
    return sorted(_sections.values(), key=lambda section: section.place)


def get(key: str) -> Section:
    """The section with this key."""
    return _sections[key]


def the_subject(order: Order, subjects: Callable[[Any], models.QuerySet[Any]]) -> Any:
    """The object the section is about, among those open to the audience. Raises NotOpen."""
    found = subjects(order.reader).filter(pk=order.subject_id).first()
    if found is None:
        raise NotOpen(_("What was chosen for this section is not open to the audience of the pack. Choose another."))
    return found


def describe(choice: Choice, user: Any) -> Described:
    """A chosen section in words, as far as this reader may know what it is about."""
    section = get(choice.section)
    if section.subjects is None:
        return Described(str(section.label), "")
    subject = section.subjects(user).filter(pk=choice.subject_id).first()
    return Described(str(section.label), str(subject or _("not open to you")))
