"""Schedules and heat maps: everything where it belongs, blanks visible, mirrored for right-to-left readers."""

import datetime as dt
from itertools import pairwise

import pytest
from django.template import engines
from django.utils import translation

from core.charts import ARROW, Bar, Cell, Gantt, GanttRow, HeatMap, HeatRow, Mark

YEAR = (dt.date(2012, 1, 1), dt.date(2012, 12, 31))


def schedule(*rows: GanttRow, first=YEAR[0], last=YEAR[1], today=None) -> Gantt:
    return Gantt("Schedule", rows, first, last, today)


def month(number: int, kind="current") -> Bar:
    return Bar(dt.date(2012, number, 1), dt.date(2012, number, 28), kind)


def drawn(source: str, **context) -> str:
    return engines["django"].from_string(source).render(context)


def test_bar_stands_under_its_month() -> None:
    row = GanttRow("West Africa", current=Bar(dt.date(2012, 8, 1), dt.date(2012, 8, 31)))
    chart = schedule(row)
    (bar,) = chart.bars(row)
    assert bar.x == pytest.approx(chart.ticks()[7].x, abs=0.1)
    assert bar.x + bar.width == pytest.approx(chart.ticks()[8].x, abs=0.2)


def test_bar_outside_the_picture_is_cut() -> None:
    row = GanttRow("Long", current=Bar(dt.date(2010, 1, 1), dt.date(2015, 1, 1)))
    (bar,) = schedule(row).bars(row)
    assert (bar.x, bar.width) == (0, 1000)


def test_bar_wholly_before_the_picture_is_not_drawn() -> None:
    row = GanttRow("Gone", current=Bar(dt.date(2010, 1, 1), dt.date(2010, 2, 1)))
    assert list(schedule(row).bars(row)) == []


def test_single_day_can_still_be_seen() -> None:
    row = GanttRow("Meeting", current=Bar(dt.date(2012, 6, 28), dt.date(2012, 6, 28)))
    (bar,) = schedule(row, last=dt.date(2021, 12, 31)).bars(row)
    assert bar.width >= 4


@pytest.mark.parametrize(("years", "ticks"), [(1, 12), (3, 12), (10, 10)])
def test_ticks_grow_with_the_span(years: int, ticks: int) -> None:
    assert len(schedule(last=dt.date(2011 + years, 12, 31)).ticks()) == ticks


def test_last_tick_is_as_wide_as_the_others_when_the_span_breaks_a_quarter() -> None:
    chart = schedule(last=dt.date(2014, 2, 1))
    places = [tick.x for tick in chart.ticks()] + [1000]
    widths = {round(b - a) for a, b in pairwise(places)}
    assert max(widths) - min(widths) <= 1


def test_plan_is_drawn_behind_what_holds_now() -> None:
    row = GanttRow("East Asia", planned=month(9), current=month(11, "late"))
    assert [bar.kind for bar in schedule(row).bars(row)] == ["planned", "late"]


def test_today_outside_the_picture_has_no_mark() -> None:
    assert schedule(today=dt.date(2013, 6, 1)).today_at() is None
    assert schedule(today=dt.date(2012, 7, 1)).today_at() == pytest.approx(500, abs=0.1)


def test_bar_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Bar(dt.date(2012, 2, 1), dt.date(2012, 1, 1))


def test_picture_is_its_own_table_and_has_no_inline_style() -> None:
    row = GanttRow("West Africa", month(8), month(9, "late"), "August 2012", "September 2012", "One month later")
    page = drawn("{% gantt chart %}", chart=schedule(row))
    assert "August 2012" in page
    assert "One month later" in page
    assert "style=" not in page


def test_picture_is_mirrored_for_right_to_left_readers() -> None:
    chart = schedule(GanttRow("West Africa", current=month(8)))
    assert "scale(-1 1)" not in drawn("{% gantt chart %}", chart=chart)
    with translation.override("ar"):
        assert "scale(-1 1)" in drawn("{% gantt chart %}", chart=chart)


MIDSUMMER = dt.date(2012, 7, 1)


def test_arrow_leaves_the_bar_that_ended_and_leads_to_the_one_that_begins() -> None:
    followed = [Mark(MIDSUMMER, "followed")]
    ended = GanttRow("DPA", current=Bar(YEAR[0], dt.date(2012, 6, 30)), marks=followed)
    begun = GanttRow("DPPA", current=Bar(MIDSUMMER, YEAR[1]), marks=followed)
    chart = schedule(ended, begun)
    (leaving,), (leading,) = chart.marks(ended), chart.marks(begun)
    assert (leaving.x, leaving.end) == (500, 500 + ARROW)
    assert (leading.x, leading.end) == (500 - ARROW, 500)


def test_arrow_at_the_edge_stays_in_the_picture() -> None:
    row = GanttRow("DPA", current=Bar(*YEAR), marks=[Mark(dt.date(2013, 1, 1), "followed"), Mark(YEAR[0], "followed")])
    leaving, leading = schedule(row).marks(row)
    assert (leaving.end, leading.x) == (1000, 0)


def test_new_name_is_a_line_over_the_bar_and_stands_in_the_legend() -> None:
    row = GanttRow("UNSDG", current=Bar(*YEAR), marks=[Mark(MIDSUMMER, "renamed")])
    names = {"current": "Member", "renamed": "New name", "followed": "Another body"}
    chart = Gantt("Membership", [row], *YEAR, names=names, what="Body")
    assert [bar.kind for bar in next(chart.drawn())[1]] == ["current", "renamed"]
    assert chart.legend() == [("current", "Member"), ("renamed", "New name")]
    page = drawn("{% gantt chart %}", chart=chart)
    assert 'class="gantt__renamed"' in page
    assert '<th scope="col">Body</th>' in page


def heat(*cells: Cell) -> HeatMap:
    return HeatMap("Sure", "Flow", ["Market"] * len(cells), [HeatRow("Timber", cells)], ["none", "some"])


def test_unanswered_is_not_zero() -> None:
    page = drawn("{% heat_map chart %}", chart=heat(Cell(0, "0", "none known"), Cell()))
    assert 'class="heat-0"' in page
    assert 'class="heat-blank"' in page
    assert "Unanswered" in page


def test_map_without_blanks_has_no_key_for_them() -> None:
    assert "Unanswered" not in drawn("{% heat_map chart %}", chart=heat(Cell(1, "1", "some")))


def test_level_beyond_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 5"):
        Cell(6)


def test_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        HeatMap("Sure", "Flow", ["Market", "Size"], [HeatRow("Timber", [Cell()])])


def test_rows_of_a_group_stand_under_its_name() -> None:
    rows = [HeatRow("Heroin", [], "Drugs"), HeatRow("Stimulants", [], "Drugs"), HeatRow("Timber", [], "Nature")]
    groups = HeatMap("Sure", "Flow", [], rows).groups()
    assert [(name, len(members)) for name, members in groups] == [("Drugs", 2), ("Nature", 1)]
