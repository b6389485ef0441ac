"""What stands in a briefing pack, as finished values: sections, figures with their source, markings."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise

from core.dates import FuzzyDate
from core.sensitivity import TLP, Sensitivity, highest, narrowest


@dataclass(frozen=True)
class Figure:
    """One number of the pack, with what it takes to trace it: where it comes from and of which day it is."""

    label: str
    value: str
    source: str
    as_of: dt.date


@dataclass(frozen=True)
class Content:
    """What a section gathered. `values` is a frozen dataclass of the section; its template shows it and `figures` by key."""

    values: Any
    figures: Mapping[str, Figure]
    sensitivity: Sensitivity = Sensitivity.UNCLASSIFIED
    tlp: TLP = TLP.CLEAR


@dataclass(frozen=True)
class NumberedFigure:
    """A figure with the number under which the annex lists it."""

    number: int
    figure: Figure


@dataclass(frozen=True)
class Chapter:
    """One section in its place."""

    number: int
    title: str
    template: str
    content: Content
    figures: Mapping[str, NumberedFigure] = field(default_factory=dict)


@dataclass(frozen=True)
class PackDocument:
    """A whole pack, ready to be set. `made_at` is when its values were gathered."""

    title: str
    mechanism: str
    audience: str
    language: str
    as_of: dt.date
    number: int
    made_at: dt.datetime
    chapters: tuple[Chapter, ...]

    @property
    def sensitivity(self) -> Sensitivity:
        """The highest of its sections."""
        return highest(chapter.content.sensitivity for chapter in self.chapters)

    @property
    def tlp(self) -> TLP:
        """The narrowest of its sections."""
        return narrowest(chapter.content.tlp for chapter in self.chapters)

    @property
    def marking(self) -> str:
        """What stands on every page."""
        return f"{self.sensitivity.label} · {self.tlp.label}"

    def all_figures(self) -> Iterator[tuple[Chapter, list[NumberedFigure]]]:
        """The annex: the figures of each chapter that has any."""
        for chapter in self.chapters:
            if chapter.figures:
                yield chapter, list(chapter.figures.values())


def chapters(parts: list[tuple[str, str, Content]]) -> tuple[Chapter, ...]:
    """Title, template and content of each section as numbered chapters; figures are counted through the pack."""
    made, count = [], 0
    for number, (title, template, content) in enumerate(parts, start=1):
        figures = {
            key: NumberedFigure(count + place, figure) for place, (key, figure) in enumerate(content.figures.items(), 1)
        }
        count += len(figures)
        made.append(Chapter(number, title, template, content, figures))
    return tuple(made)


def frozen(value: Any) -> Any:
    """Finished values as plain JSON: dates as ISO text, words in the language in which they were gathered."""
    if isinstance(value, FuzzyDate | Promise | Decimal):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: frozen(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): frozen(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [frozen(each) for each in value]
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float) else str(value)
