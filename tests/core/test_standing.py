"""A mail merge in the press: what stands, what is laid out as a whole, and what a bad letter may not do."""

import logging
import os
import signal
import subprocess
import sys

import pytest

from core import pdf
from core.marks import personal
from tests import pictures
from tests.core.test_pdf import child_of_the_press, made, meanwhile

LETTER = "<p>Dear {},</p><p>This goes to all of you, and we hope that it finds {} in good health.</p><p>Yours</p>"
NAMES = ["Ann", "Bartholomew Featherstonehaugh", "Chloé", "D. E. Fghijklm"]
POISON = "one two three " * 60_000


def letters(html: str = LETTER, names: list[str] = NAMES) -> list[pdf.Document]:
    return [pdf.Document(html.format(personal(name), personal(name)), "A letter") for name in names]


def set_alone(document: pdf.Document) -> bytes:
    (alone,) = pdf.render_each([document], sheets=())
    return alone


def reasons(caplog: pytest.LogCaptureFixture) -> set[str]:
    """Why letters were laid out as a whole."""
    return {record.args[1] for record in caplog.records if "as a whole" in record.msg}


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "core.pdf")


def test_letters_come_in_their_order_and_as_if_made_alone(caplog) -> None:
    merged = list(pdf.render_each(letters(), sheets=()))
    assert not reasons(caplog)
    alone = [set_alone(document) for document in letters()]
    assert [pictures.pictures(one) for one in merged] == [pictures.pictures(one) for one in alone]
    assert [pictures.texts(one) for one in merged] == [pictures.texts(one) for one in alone]


def test_letters_of_two_forms_and_plain_documents_come_in_their_order(monkeypatch) -> None:
    monkeypatch.setattr(pdf, "SHEAF", 5)
    other = letters("<h1>Reminder</h1><p>{}: {}</p>")
    mixed = [document for pair in zip(letters(), other, strict=True) for document in pair]
    mixed.insert(3, pdf.Document("<p>plain</p>", "A letter"))
    merged = [pictures.texts(one) for one in pdf.render_each(mixed, sheets=())]
    assert merged == [pictures.texts(set_alone(document)) for document in mixed]


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<p style='text-align: justify'>{} {}</p>", "ragged"),
        ("<p style='letter-spacing: 1pt'>{} {}</p>", "letter_spacing"),
        ("<p style='text-decoration: underline'>{} {}</p>", "text_decoration_line"),
        ("<p style='font-kerning: none'>{} {}</p>", "features"),
        ("<table><tr><td>{}</td><td>{}</td></tr></table>", "width may depend"),
        ("<div style='float: left'>{}</div><p>{}</p>", "width may depend"),
        ("<p>{} <span style='display: inline-block'>x</span> {}</p>", "something else"),
        ("<p><span style='padding: 0 1mm'>{}</span> {}</p>", "edges"),
        ("<p><b style='background: yellow'>{}</b> {}</p>", "painted beside"),
        ("<p>{} <b style='font-size: 20pt'>{}</b></p>", "different height"),
        ("<p title='{}'>{}</p>", "attribute"),
        ("<h1>{}</h1><p>{}</p>", "bookmarks"),
    ],
)
def test_a_form_of_which_we_are_not_sure_is_laid_out_as_a_whole(html: str, reason: str, caplog) -> None:
    merged = list(pdf.render_each(letters(html), sheets=()))
    assert reason in " ".join(reasons(caplog))
    assert [pictures.texts(one) for one in merged] == [pictures.texts(set_alone(one)) for one in letters(html)]


def test_marks_are_never_printed() -> None:
    strange = [pdf.Document(f"<p>\ue000a\ue001b{personal('c&lt;d')}\ue002e</p>", "A letter")] * 3
    assert {"".join(pictures.texts(one)) for one in pdf.render_each(strange, sheets=())} == {"abc<de"}


def test_a_poisoned_letter_ends_the_merge_and_those_before_are_given_out() -> None:
    given = pdf.render_each(letters(names=[*NAMES, POISON]), sheets=(), limits=pdf.Limits(cpu_seconds=2))
    assert [len(pictures.pictures(next(given))) for _name in NAMES] == [1] * len(NAMES)
    with pytest.raises(pdf.PdfFailed) as caught:
        next(given)
    assert caught.value.reason == "time"
    assert len(list(pdf.render_each(letters(), sheets=()))) == len(NAMES)


def test_a_form_may_refer_to_nothing_but_our_own_files() -> None:
    with pytest.raises(pdf.PdfFailed) as caught:
        list(pdf.render_each(letters(LETTER + "<img alt='' src='file:///etc/passwd'>"), sheets=()))
    assert caught.value.reason == "refused"


def test_a_crash_in_the_middle_is_reported_and_the_next_merge_is_set() -> None:
    given = pdf.render_each(letters(names=[*NAMES, POISON]), sheets=())
    first = next(given)
    killer = meanwhile(lambda: os.kill(child_of_the_press(), signal.SIGSEGV))
    with pytest.raises(pdf.PdfFailed, match="SIGSEGV"):
        list(given)
    killer.join()
    assert pictures.texts(next(pdf.render_each(letters(), sheets=()))) == pictures.texts(first)


def test_a_caller_may_stop_in_the_middle() -> None:
    given = pdf.render_each(letters(), sheets=())
    next(given)
    given.close()
    assert made("<p>x</p>")


WRONG = """
import sys
from weasyprint import CSS, DEFAULT_OPTIONS, HTML
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from core import marks
from core.standing import matter

matter.CHECKED = 3
form, _words = marks.split("<html lang=en><title>x</title><p>" + marks.personal("x") + " is here</p>")
page = lambda words, marked=False: HTML(string=marks.fill(form, words, marked=marked))
options = {"font_config": FontConfiguration(), "counter_style": CounterStyle(), "pdf_variant": "pdf/ua-1", "pdf_tags": True}
standing = matter.Standing(page, DEFAULT_OPTIONS | options, [["Ann"], ["Bo"]])
standing.learn([["Ann"]])
standing.set(["Ann"])
standing.set(["Bo"])
standing.set(["Cy"])  # compared, and alike
standing.matters[0].paragraphs[0].lines[0][0].x += 0.01
standing.set(["Ann"])
standing.set(["Bo"])
for _turn in range(2):
    try:
        standing.set(["Cy"])
    except matter.Doubt as doubt:
        print(type(doubt).__name__, doubt)
"""


def test_a_letter_in_a_few_hundred_is_compared_and_if_it_differs_nothing_stands_any_more(settings) -> None:
    done = subprocess.run([sys.executable, "-c", WRONG], cwd=settings.ROOT, capture_output=True, text=True, check=True)
    said = "a letter differed from the same letter laid out as a whole"
    assert done.stdout.splitlines() == [f"Differs {said}", f"Doubt {said}"]
