"""The schedule of the assessments with its Gantt chart: planned, forecast, slip and reason."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.documents import Line, schedule
from assessments.models import Assessment
from core.charts import Gantt
from taskforce.briefings import sections
from taskforce.briefings.documents import Content, Figure
from taskforce.briefings.sections import Order, Section


@dataclass(frozen=True)
class ScheduleValues:
    """The pictures and the lines behind them."""

    gantts: tuple[Gantt, ...]
    lines: tuple[Line, ...]


def gather(order: Order) -> Content:
    """The assessments of the mechanism that the audience may see, as recorded when the pack is made."""
    rows = Assessment.objects.visible_to(order.reader).filter(mechanism=order.mechanism).for_schedule()
    found = schedule(rows, order.as_of)
    late = sum(line.slip > 0 for line in found.lines)
    published = sum(line.published is not None for line in found.lines)
    source, day = _("Schedule of assessments in the portal"), timezone.localdate(order.now)
    return Content(
        values=ScheduleValues(tuple(found.gantts()), found.lines),
        figures={
            "planned": Figure(_("Assessments on the schedule"), str(len(found.lines)), source, day),
            "late": Figure(_("Later than planned"), str(late), source, day),
            "published": Figure(_("Published"), str(published), source, day),
        },
        sensitivity=found.sensitivity,
        tlp=found.tlp,
    )


SECTION = sections.register(
    Section(
        key="schedule",
        place=2,
        label=gettext_lazy("Schedule of assessments"),
        what=gettext_lazy("Planned and current dates as a Gantt chart and a table, each slip with its reason."),
        template="briefings/pdf/schedule.html",
        gather=gather,
    )
)
