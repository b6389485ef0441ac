"""One assessment as a heat map: flows × six questions, blanks visible, and its estimates with their sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.documents import Figures, FlowAnswers, estimates, heat_map
from assessments.models import Assessment, CellState
from assessments.questions import BY_NUMBER
from core.charts import HeatMap
from taskforce.briefings import sections
from taskforce.briefings.documents import Content, Figure
from taskforce.briefings.sections import Order, Section, the_subject


@dataclass(frozen=True)
class Said:
    """One answer in words."""

    question: str
    text: str
    state: str


@dataclass(frozen=True)
class FlowInWords:
    """What is answered about one flow, and which questions are not."""

    group: str
    name: str
    answers: tuple[Said, ...]
    unanswered: tuple[str, ...]


@dataclass(frozen=True)
class HeatMapValues:
    """The picture, the answers in words, the flows about which nothing is answered, the estimates."""

    title: str
    summary: str
    chart: HeatMap
    flows: tuple[FlowInWords, ...]
    silent: tuple[str, ...]
    estimates: Figures


def subjects(reader: Any) -> Any:
    """The assessments a reader may see."""
    return Assessment.objects.visible_to(reader)


def gather(order: Order) -> Content:
    """The chosen assessment, as recorded when the pack is made."""
    assessment = the_subject(order, subjects)
    answers = heat_map(assessment)
    source = _("Answers recorded in the portal for “%(title)s”") % {"title": assessment.title}
    day = timezone.localdate(order.now)

    words = [_in_words(flow) for flow in answers.flows]

    def count(label: str, number: int) -> Figure:
        return Figure(label, str(number), source, day)

    return Content(
        values=HeatMapValues(
            title=assessment.title,
            summary=answers.summary,
            chart=answers.chart(),
            flows=tuple(flow for flow in words if flow.answers),
            silent=tuple(flow.name for flow in words if not flow.answers),
            estimates=estimates(assessment),
        ),
        figures={
            "total": count(_("Questions asked: flows times six"), answers.total),
            "agreed": count(_("Answers agreed"), answers.count(CellState.AGREED)),
            "draft": count(_("Answers in draft"), answers.count(CellState.DRAFT)),
            "blank": count(_("Questions unanswered"), answers.count(CellState.BLANK)),
        },
        sensitivity=answers.sensitivity,
        tlp=answers.tlp,
    )


def _in_words(flow: FlowAnswers) -> FlowInWords:
    given = [each for each in flow.answers if each.state != CellState.BLANK]
    blank = [each for each in flow.answers if each.state == CellState.BLANK]
    return FlowInWords(
        group=flow.group,
        name=flow.name,
        answers=tuple(Said(_question(each.question), each.text, each.words) for each in given),
        unanswered=tuple(_question(each.question) for each in blank),
    )


def _question(number: int) -> str:
    return f"{number}. {BY_NUMBER[number].short}"


SECTION = sections.register(
    Section(
        key="heat_map",
        place=3,
        label=gettext_lazy("Heat map of an assessment"),
        what=gettext_lazy(
            "Flows and six questions with what is agreed, drafted and unanswered; estimates with sources."
        ),
        template="briefings/pdf/heat_map.html",
        gather=gather,
        subjects=subjects,
        subject_label=gettext_lazy("Assessment"),
    )
)
