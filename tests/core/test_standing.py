"""A mail merge in the press: what stands, what is laid out as a whole, and what a bad letter may not do."""

import logging
import os
import signal

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
