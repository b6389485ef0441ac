"""Pictures that people would rather look at, as frozen values: schedule (Gantt) and heat map.

One template draws a picture for page and PDF as a table, so that each picture is its own table of numbers. Positions
are given in thousandths of the whole width; bars are text-free SVG (no style attributes, no shaping of letters).
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from babel.dates import format_date
from django.utils.translation import gettext_lazy as _

from core.dates import locale

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise

WIDTH = 1000  # thousandths
HEIGHT = 36  # of a row, in the units of the template
TODAY = _("Today:")
WHAT = _("What")
ARROW = 16  # thousandths
PAINTS = {
    "planned": "#c9d2da",
    "current": "#0072bc",
    "done": "#0b6b4a",
    "late": "#c75300",
    "renamed": "#14202b",
    "followed": "#14202b",
}
BarKind = Literal["planned", "current", "done", "late"]
MarkKind = Literal["renamed", "followed"]


@dataclass(frozen=True)
class Bar:
    """A stretch of time, first and last day included."""

    first: dt.date
    last: dt.date
    kind: BarKind = "current"

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"The bar ends ({self.last}) before it begins ({self.first}).")


@dataclass(frozen=True)
class Mark:
    """Something that happened to a row on a day: it got another name (a line), or one followed another (an arrow)."""

    day: dt.date
    kind: MarkKind


@dataclass(frozen=True)
class GanttRow:
    """One line of a schedule: what was planned, what holds now, and both in words.

    `planned_text`, `current_text` and `note` are what the table says (dates with their precision, the slip and its reason);
    `note` tells in words what the `marks` show.
    """

    label: str
    planned: Bar | None = None
    current: Bar | None = None
    planned_text: str = ""
    current_text: str = ""
    note: str = ""
    url: str = ""
    marks: Sequence[Mark] = ()


@dataclass(frozen=True)
class Placed:
    """A rectangle or arrow of the picture, in thousandths of its width."""

    x: float
    width: float
    kind: str

    @property
    def end(self) -> float:
        """Where it ends: the tip of an arrow."""
        return round(self.x + self.width, 1)

    @property
    def paint(self) -> str:
        """Its colour on paper, where the style sheets of the page do not reach into a picture."""
        return PAINTS[self.kind]


@dataclass(frozen=True)
class Tick:
    """A mark of the time axis: the name of its month and where it begins, in thousandths of the picture's width."""

    label: str
    x: float


@dataclass(frozen=True)
class Gantt:
    """A schedule from the month of `first` to the month of `last`.

    `heads` name the three columns of words, `names` the kinds of bars and marks, where they are not those of a plan and its
    forecast; `mark` says what the line at `today` stands for, `what` what a row is.
    """

    caption: str
    rows: Sequence[GanttRow]
    first: dt.date
    last: dt.date
    today: dt.date | None = None
    heads: tuple[Text, Text, Text] = (_("Planned"), _("Now"), _("Difference"))
    names: Mapping[BarKind | MarkKind, Text] | None = None
    mark: Text = TODAY
    what: Text = WHAT

    @property
    def months(self) -> int:
        """How many months the picture spans."""
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    @property
    def step(self) -> int:
        """Months per tick: a month up to a year and a half, then quarters, then years."""
        return 1 if self.months <= 18 else 3 if self.months <= 60 else 12

    def ticks(self) -> list[Tick]:
        """The columns of the time axis, all of the same width."""
        return self._ticks

    @cached_property
    def _ticks(self) -> list[Tick]:
        """Named once: every row asks for them."""
        starts = range(0, self.months, self.step)
        return [Tick(self._name(month), self._round(month)) for month in starts]

    @cached_property
    def grid(self) -> str:
        """The hair lines at the ticks as one path, the same in every row."""
        return "".join(f"M{tick.x} 0h1v{HEIGHT}h-1z" for tick in self.ticks()[1:])

    def bars(self, row: GanttRow) -> Iterator[Placed]:
        """What is drawn in a row: the plan behind, what holds now before it."""
        for bar in filter(None, (row.planned, row.current)):
            x, end = self._at(bar.first), self._at(bar.last + dt.timedelta(days=1))
            if end > 0 and x < WIDTH:
                x, end = max(x, 0), min(end, WIDTH)
                yield Placed(round(x, 1), round(max(end - x, 4), 1), "planned" if bar is row.planned else bar.kind)

    def marks(self, row: GanttRow) -> Iterator[Placed]:
        """What is drawn over the bars of a row. An arrow leaves the bar at its end, or leads to it where it begins."""
        begins = min((bar.first for bar in (row.planned, row.current) if bar), default=None)
        for mark in row.marks:
            x, width = self._at(mark.day), ARROW if mark.kind == "followed" else 4
            if mark.kind == "followed" and mark.day == begins:
                x -= width
            if -width <= x <= WIDTH:
                yield Placed(round(min(max(x, 0), WIDTH - width), 1), width, mark.kind)

    def drawn(self) -> Iterator[tuple[GanttRow, list[Placed]]]:
        """Each row with its bars and, over them, its marks."""
        for row in self.rows:
            yield row, [*self.bars(row), *self.marks(row)]

    def today_at(self) -> float | None:
        """Where today stands, if the picture spans it."""
        if self.today is None:
            return None
        x = self._at(self.today)
        return round(x, 1) if 0 <= x <= WIDTH else None

    def legend(self) -> list[tuple[str, Text]]:
        """The kinds of bars and marks that occur, with their names."""
        used: set[str] = {bar.kind for row in self.rows if (bar := row.current)}
        used |= {mark.kind for row in self.rows for mark in row.marks}
        if any(row.planned for row in self.rows):
            used.add("planned")
        return [(kind, name) for kind, name in (self.names or LEGEND).items() if kind in used]

    def _at(self, day: dt.date) -> float:
        """A day's place; months are equally wide, as the columns of the axis are."""
        months = (day.year - self.first.year) * 12 + day.month - self.first.month
        part = (day.day - 1) / calendar.monthrange(day.year, day.month)[1]
        return (months + part) / self.columns * WIDTH

    @property
    def columns(self) -> int:
        """The months of the whole axis: the last tick is as wide as the others."""
        return -(-self.months // self.step) * self.step

    def _round(self, month: int) -> float:
        return round(month / self.columns * WIDTH, 1)

    def _name(self, month: int) -> str:
        index = self.first.month - 1 + month
        day = dt.date(self.first.year + index // 12, index % 12 + 1, 1)
        new_year = month == 0 or day.month <= self.step
        pattern = {1: "LLL y" if new_year else "LLL", 3: "QQQ y" if new_year else "QQQ", 12: "y"}[self.step]
        return format_date(day, pattern, locale=locale())


LEGEND: dict[BarKind | MarkKind, Text] = {
    "planned": _("Planned"),
    "current": _("Current forecast"),
    "late": _("Current forecast, later than planned"),
    "done": _("Done"),
}


@dataclass(frozen=True)
class Cell:
    """One field of a heat map. `level` None means that nobody has answered, which is not zero.

    `number` is the figure in the cell, `text` says it in words.
    """

    level: int | None = None
    number: str = ""
    text: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= 5:
            raise ValueError(f"A heat map has the levels 0 to 5, not {self.level}.")

    @property
    def look(self) -> str:
        """The class of the cell."""
        return "heat-blank" if self.level is None else f"heat-{self.level}"


@dataclass(frozen=True)
class HeatRow:
    """One line of a heat map; rows of one `group` stand together under its name."""

    label: str
    cells: Sequence[Cell]
    group: str = ""
    url: str = ""


@dataclass(frozen=True)
class HeatMap:
    """A coloured, numbered table. `legend` names the levels from 0 upwards; blanks name themselves."""

    caption: str
    corner: str
    columns: Sequence[str]
    rows: Sequence[HeatRow]
    legend: Sequence[str] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"“{row.label}” has {len(row.cells)} cells for {len(self.columns)} columns.")

    def groups(self) -> list[tuple[str, list[HeatRow]]]:
        """The rows by group, in the order given."""
        return [(name, list(rows)) for name, rows in groupby(self.rows, key=lambda row: row.group)]

    def keys(self) -> list[tuple[str, str]]:
        """Class and name of each level, for the legend."""
        return [(f"heat-{level}", name) for level, name in enumerate(self.legend)]

    @property
    def has_blanks(self) -> bool:
        """Whether any cell is unanswered."""
        return any(cell.level is None for row in self.rows for cell in row.cells)

    @property
    def width(self) -> int:
        """Columns with the one of the labels."""
        return len(self.columns) + 1


@dataclass(frozen=True)
class Area:
    """A place on a map: its level, what is said of it, and its outline; one too small for an outline is a point."""

    level: int
    text: str
    path: str = ""
    x: float = 0
    y: float = 0


@dataclass(frozen=True)
class AreaMap:
    """Places that differ by colour and by pattern; `ground` is the land of which nothing is said, `legend` names the levels.

    The page that shows it says the same in a table.
    """

    caption: Text
    width: int
    height: int
    ground: str
    areas: Sequence[Area]
    legend: Sequence[Text]

    def keys(self) -> list[tuple[int, Text]]:
        """Each level with its name."""
        return list(enumerate(self.legend))
