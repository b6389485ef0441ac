"""Documents on paper: marking on every page, contents that tell the truth, notes at the foot of their own page."""

import pytest
from django.template.loader import render_to_string

from core import pdf
from core.charts import Cell, HeatMap, HeatRow
from tests.paper import pages_of

SECTIONS = [("glance", "At a glance", 1), ("schedule", "Schedule", 1), ("answers", "Answers", 1)]
PACK = """{% extends "pdf/base.html" %}{% block content %}
  {% for anchor, name, level in contents %}
    <section class="section" id="{{ anchor }}"><h1>{{ name }}</h1>
      <p>Said of {{ anchor }}.<span class="note">Source of {{ anchor }}.</span></p>
      {% for line in lines %}<p>Line {{ line }}.</p>{% endfor %}
      {% heat_map heat %}
    </section>
  {% endfor %}
{% endblock %}"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> list[str]:
    """The text of each page of a small pack."""
    from django.template import engines

    heat = HeatMap("How sure", "Flow", ["Market", "Size"], [HeatRow("Timber", [Cell(3, "3", "several"), Cell()])])
    words = {"title": "Briefing pack", "contents": SECTIONS, "lines": range(60), "heat": heat}
    html = engines["django"].from_string(PACK).render(words)
    data = pdf.render(html, title="Briefing pack", marking="CONFIDENTIAL")
    return pages_of(data)


def test_marking_stands_above_and_below_on_every_page(pages: list[str]) -> None:
    assert len(pages) > 5
    assert all(page.count("CONFIDENTIAL") == 2 for page in pages)


def test_contents_name_the_page_on_which_each_section_begins(pages: list[str]) -> None:
    contents = pages[1]
    for anchor, name, _level in SECTIONS:
        begins = next(number for number, page in enumerate(pages, start=1) if f"Said of {anchor}." in page)
        line = next(line for line in contents.splitlines() if line.strip().startswith(name))
        assert line.split()[-1] == str(begins)


def test_note_stands_at_the_foot_of_its_own_page(pages: list[str]) -> None:
    for anchor, _name, _level in SECTIONS:
        page = next(page for page in pages if f"Said of {anchor}." in page)
        assert f"Source of {anchor}." in page


def test_running_head_names_document_and_section(pages: list[str]) -> None:
    page = next(page for page in pages if "Said of schedule." in page)
    head = page.splitlines()[:4]
    assert any("Briefing pack" in line and "Schedule" in line for line in head)


def test_unanswered_question_is_shown_as_unanswered(pages: list[str]) -> None:
    assert "Unanswered" in pages[-1]


def test_cover_has_the_title_and_no_page_number(pages: list[str]) -> None:
    assert "Briefing pack" in pages[0]
    assert f"1 / {len(pages)}" not in pages[0]
    assert f"2 / {len(pages)}" in pages[1]


def test_base_alone_is_a_document() -> None:
    assert "<title>Empty</title>" in render_to_string("pdf/base.html", {"title": "Empty"})
