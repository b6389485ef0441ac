"""Rich text: what people write can do no harm, and merge fields say what they were given."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import richtext

PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), min_size=1)


def text_of(page: str) -> str:
    """As a reader has it: spaces beside each other are one."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "[press](javascript:alert(1))",
        "[press](JaVaScRiPt:alert(1))",
        "[press](data:text/html;base64,PHNjcmlwdD4=)",
        "![picture](https://example.org/track.png)",
        '<a href="x" onclick="alert(1)">press</a>',
        "<style>p { display: none }</style>",
        '<https://example.org/" onmouseover=alert(1)>',
    ],
)
def test_no_attack_becomes_an_element_or_a_link(attack: str) -> None:
    page = richtext.to_html(attack)
    assert not re.search(
        r"<(script|style|img|iframe)|<[^>]+ (on\w+|style)=|<[^>]+ href=\"(?!https?:|mailto:)", page, re.I
    )


def test_markdown_becomes_the_elements_it_means() -> None:
    page = richtext.to_html("## Invitations\n\n1. **Brief** the team\n2. see [the page](https://example.org/)")
    assert "<h2>Invitations</h2>" in page
    assert "<li><strong>Brief</strong> the team</li>" in page
    assert 'href="https://example.org/"' in page


def test_fields_are_named_once_in_their_order() -> None:
    assert richtext.fields_in("{{ office }} and {{country}}, {{ office }}") == ["office", "country"]


def test_a_text_of_open_braces_is_searched_in_a_moment() -> None:
    assert richtext.fields_in("{{" * 100_000) == []
    assert richtext.fields_in("{{" + " " * 300 + "office }}") == []


def test_unknown_and_misspelt_fields_are_found() -> None:
    text = "Dear {{ salutation }}, {{ settings.SECRET_KEY }} {{ offise }}"
    assert richtext.unknown_fields(text, {"salutation", "office"}) == ["settings.SECRET_KEY", "offise"]


def test_a_field_without_a_value_is_an_error_that_names_it() -> None:
    with pytest.raises(richtext.UnknownField, match="country"):
        richtext.merge("To {{ country }}", {"office": "Fiji"})


def test_template_tags_stay_text() -> None:
    assert "{% load os %}" in richtext.merged_html("{% load os %} {{ office }}", {"office": "Fiji"})


@given(PLAIN)
def test_a_value_is_read_as_text_and_nothing_else(value: str) -> None:
    page = richtext.merged_html("Dear {{ name }} of it", {"name": value})
    assert text_of(page) == " ".join(f"Dear {value} of it".split())
    assert re.findall(r"<[^>]*>", page) == ["<p>", "</p>"]


@given(PLAIN)
def test_a_value_at_the_start_of_a_line_starts_no_list_and_no_heading(value: str) -> None:
    page = richtext.merged_html("{{ name }}", {"name": value})
    assert re.findall(r"<[^>]*>", page) in (["<p>", "</p>"], [])


@given(PLAIN, PLAIN)
def test_a_value_is_not_searched_for_further_fields(first: str, second: str) -> None:
    assert richtext.merge("{{ a }}", {"a": "{{ b }}" + first, "b": second}) == "{{ b }}" + first
