"""What stands on a page or in a briefing pack: the schedule and the answers of an assessment, as frozen values."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assessments.models import (
    Assessment,
    Cell,
    CellState,
    Commodity,
    Confidence,
    Estimate,
    Flow,
    PriceLevel,
    months_late,
)
from assessments.questions import QUESTIONS
from assessments.workflow import OPEN, Status
from core import charts
from core.dates import FuzzyDate, locale, long_date
from core.sensitivity import TLP, Sensitivity, highest, narrowest

NO_BREAK = "\N{NO-BREAK SPACE}"
GAP, LONGEST = 18, 36  # months between two plans, and of all plans, in one picture of the schedule

# ---------------------------------------------------------------- schedule


@dataclass(frozen=True)
class Line:
    """One assessment on the schedule."""

    id: uuid.UUID
    title: str
    area: str
    lead: str
    status: Status
    planned: FuzzyDate
    forecast: FuzzyDate
    published: FuzzyDate | None
    slip: int
    reason: str
    url: str

    @property
    def slip_words(self) -> str:
        """The slip in words: "2 months later than planned"."""
        return say_slip(self.slip)

    @property
    def note(self) -> str:
        """Status, slip and reason, for the last column of the picture."""
        if self.status == Status.CANCELLED:
            return str(self.status.label)
        slip = f"{self.slip_words}. {self.reason}" if self.slip > 0 and self.reason else self.slip_words
        return f"{self.status.label}. {slip}" if self.status == Status.PUBLISHED else slip


@dataclass(frozen=True)
class Schedule:
    """Assessments by planned date, as they stood on a day, with the marking of the whole."""

    on: dt.date
    lines: tuple[Line, ...]
    sensitivity: Sensitivity
    tlp: TLP

    def gantts(self) -> list[charts.Gantt]:
        """One picture for each round of assessments, so that the months of none become too narrow to read."""
        return [_gantt(lines, self.on) for lines in _rounds(self.lines)]


def schedule(assessments: Iterable[Any], on: dt.date) -> Schedule:
    """The schedule of assessments that the reader may see (`Assessment.objects.visible_to(user).for_schedule()`)."""
    rows = list(assessments)
    return Schedule(
        on=on,
        lines=tuple(_line(row) for row in rows),
        sensitivity=highest(row.sensitivity for row in rows),
        tlp=narrowest(row.tlp for row in rows),
    )


def say_slip(months: int) -> str:
    """A slip in words."""
    if months > 0:
        return ngettext("%(n)d month later than planned", "%(n)d months later than planned", months) % {"n": months}
    if months < 0:
        return ngettext("%(n)d month earlier than planned", "%(n)d months earlier than planned", -months) % {
            "n": -months
        }
    return _("As planned")


def _line(row: Any) -> Line:
    return Line(
        id=row.pk,
        title=row.title,
        area=row.area,
        lead=row.lead_name or "",
        status=Status(row.status),
        planned=row.planned,
        forecast=row.forecast,
        published=row.published,
        slip=row.slip,
        reason=row.last_reason or "",
        url=row.get_absolute_url(),
    )


def _rounds(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines that were planned near each other, by planned date: a long gap or a long row begins the next round."""
    rounds: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.planned):
        near = rounds and months_late(rounds[-1][-1].planned, line.planned) <= GAP
        if near and months_late(rounds[-1][0].planned, line.planned) <= LONGEST:
            rounds[-1].append(line)
        else:
            rounds.append([line])
    return rounds


def _gantt(lines: list[Line], on: dt.date) -> charts.Gantt:
    """One round; the axis runs from the first month that any line names to the one after the last."""
    dates = [date for line in lines for date in (line.planned, line.published or line.forecast)]
    first, last = lines[0].planned.day.year, lines[-1].planned.day.year
    return charts.Gantt(
        caption=_("Regional assessments planned for %(years)s")
        % {"years": first if first == last else f"{first}\N{EN DASH}{last}"},
        rows=tuple(_bar(line) for line in lines),
        first=min(date.day for date in dates),
        last=max(date.last_day for date in dates) + dt.timedelta(days=1),
        today=on,
    )


def _bar(line: Line) -> charts.GanttRow:
    now = line.published or line.forecast
    kind: charts.BarKind = "done" if line.published else "late" if line.slip > 0 else "current"
    cancelled = line.status == Status.CANCELLED
    return charts.GanttRow(
        label=line.area,
        planned=charts.Bar(line.planned.day, line.planned.last_day, "planned"),
        current=None if cancelled else charts.Bar(now.day, now.last_day, kind),
        planned_text=str(line.planned),
        current_text="" if cancelled else str(now),
        note=line.note,
        url=line.url,
    )


# ---------------------------------------------------------------- answers

LEGEND = (
    gettext_lazy("1: draft"),
    gettext_lazy("2: agreed, confidence not given"),
    gettext_lazy("3: agreed, low confidence"),
    gettext_lazy("4: agreed, moderate confidence"),
    gettext_lazy("5: agreed, high confidence"),
)
LEVELS = {"": 1, Confidence.LOW: 2, Confidence.MODERATE: 3, Confidence.HIGH: 4}


@dataclass(frozen=True)
class Answer:
    """The state of one question for one flow; `text` is the answer itself, empty while unanswered."""

    flow: str
    question: int
    state: CellState
    confidence: str
    text: str
    url: str

    @property
    def level(self) -> int | None:
        """Its level in the picture: None unanswered, 0 draft, 1 to 4 agreed with rising confidence."""
        if self.state == CellState.BLANK:
            return None
        return 0 if self.state == CellState.DRAFT else LEVELS[self.confidence]

    @property
    def words(self) -> str:
        """Its state in words."""
        if self.state == CellState.AGREED and self.confidence:
            return _("Agreed, %(confidence)s") % {"confidence": str(Confidence(self.confidence).label).lower()}
        return str(self.state.label)


@dataclass(frozen=True)
class FlowAnswers:
    """A flow with its six answers, in the order of the questions."""

    id: uuid.UUID
    group: str
    name: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Answers:
    """The answers of an assessment: flows × six questions, blanks included."""

    title: str
    flows: tuple[FlowAnswers, ...]
    sensitivity: Sensitivity
    tlp: TLP

    def count(self, state: str) -> int:
        """How many of the questions are in a state."""
        return Counter(answer.state for flow in self.flows for answer in flow.answers)[CellState(state)]

    @property
    def total(self) -> int:
        """How many questions there are in all."""
        return len(self.flows) * len(QUESTIONS)

    @property
    def summary(self) -> str:
        """What is answered and what is not, in one sentence."""
        return _("Of %(total)d questions %(agreed)d are agreed, %(draft)d in draft and %(blank)d unanswered.") % {
            "total": self.total,
            "agreed": self.count(CellState.AGREED),
            "draft": self.count(CellState.DRAFT),
            "blank": self.count(CellState.BLANK),
        }

    def chart(self) -> charts.HeatMap:
        """The picture: one row per flow, one column per question."""
        return charts.HeatMap(
            caption=_("Flows and six questions: %(title)s") % {"title": self.title},
            corner=_("Flow"),
            columns=[f"{question.number}. {question.short}" for question in QUESTIONS],
            rows=tuple(_heat_row(flow) for flow in self.flows),
            legend=tuple(str(words) for words in LEGEND),
        )


def heat_map(assessment: Assessment) -> Answers:
    """The answers of an assessment that the reader may see, by group; two queries."""
    groups = list(Commodity.values)
    flows = sorted(assessment.flows.prefetch_related("cells"), key=lambda flow: groups.index(flow.commodity))
    return Answers(
        title=assessment.title,
        flows=tuple(_flow(flow) for flow in flows),
        sensitivity=Sensitivity(assessment.sensitivity),
        tlp=TLP(assessment.tlp),
    )


def _flow(flow: Flow) -> FlowAnswers:
    cells = {cell.question: cell for cell in flow.cells.all()}
    answers = tuple(_answer(flow, question.number, cells.get(question.number)) for question in QUESTIONS)
    return FlowAnswers(flow.pk, str(Commodity(flow.commodity).label), str(flow), answers)


def _answer(flow: Flow, number: int, cell: Cell | None) -> Answer:
    return Answer(
        flow=str(flow),
        question=number,
        state=CellState(cell.state) if cell else CellState.BLANK,
        confidence=cell.confidence if cell else "",
        text=cell.text if cell else "",
        url=reverse("assessments:cell", args=[flow.assessment_id, flow.pk, number]),
    )


def _heat_row(flow: FlowAnswers) -> charts.HeatRow:
    return charts.HeatRow(label=flow.name, group=flow.group, cells=tuple(_heat_cell(each) for each in flow.answers))


def _heat_cell(answer: Answer) -> charts.Cell:
    number = "" if answer.level is None else str(answer.level + 1)
    return charts.Cell(level=answer.level, number=number, text=answer.words, url=answer.url)


# ---------------------------------------------------------------- estimates


@dataclass(frozen=True)
class Figure:
    """One estimate with all it takes to read it; `range` says so where nothing was estimated."""

    id: uuid.UUID
    about: str
    quantity: str
    range: str
    is_estimated: bool
    basis: str
    method: str
    source: str
    confidence: str


@dataclass(frozen=True)
class Figures:
    """The estimates of an assessment. They may be compared only where `comparable`; they are never added up."""

    rows: tuple[Figure, ...]
    comparable: bool


def estimates(assessment: Assessment) -> Figures:
    """The estimates of an assessment that the reader may see, headline totals first."""
    rows = list(assessment.estimates.select_related("flow", "source").order_by("flow__place", "quantity", "pk"))
    rows.sort(key=lambda row: row.flow_id is not None)
    scales = {row.scale for row in rows if row.is_estimated}
    return Figures(tuple(_figure(row) for row in rows), comparable=len(scales) <= 1)


def _figure(row: Estimate) -> Figure:
    basis = (str(row.year or ""), str(PriceLevel(row.price_level).label) if row.price_level else "", row.where)
    source = f"{row.source}, {row.page}" if row.page else str(row.source or "")
    return Figure(
        id=row.pk,
        about=str(row.flow) if row.flow else _("All flows, as the source states it"),
        quantity=row.quantity,
        range=say_range(row.low, row.high, row.unit),
        is_estimated=row.is_estimated,
        basis=", ".join(part for part in basis if part),
        method=row.method,
        source=source,
        confidence=str(Confidence(row.confidence).label) if row.confidence else "",
    )


def say_range(low: Decimal | None, high: Decimal | None, unit: str) -> str:
    """A range with its unit, which never breaks across lines; "Not estimated" where there is none."""
    if low is None or high is None:
        return _("Not estimated")
    ends = [format_decimal(end, locale=locale()) for end in ((low,) if low == high else (low, high))]
    return f"{NO_BREAK}– ".join(ends) + NO_BREAK + unit.replace(" ", NO_BREAK)


# ---------------------------------------------------------------- contributions


@dataclass(frozen=True)
class Asked:
    """One contribution on the task list of an assessment."""

    name: str
    url: str
    state: str
    hint: str


def contributions(rows: Iterable[Any], now: dt.datetime) -> list[Asked]:
    """The contributions that the reader may see (`Contribution.objects.visible_to(user).for_list()`): open ones first."""
    return [
        Asked(
            name=f"{row.agency_name}: {row.what}",
            url=row.get_absolute_url(),
            state="overdue" if row.is_overdue(now) else row.status,
            hint=_("Due on %(day)s") % {"day": long_date(row.due_on)},
        )
        for row in sorted(rows, key=lambda row: row.status not in OPEN)
    ]
