"""Status tags: one registry, a word for every state, never colour alone."""

import pytest
from django.template import engines

from core import tags
from core.tags import State


@pytest.fixture
def registry(monkeypatch) -> None:
    monkeypatch.setattr(tags, "_registry", dict(tags.kinds()))


def drawn(source: str, **context) -> str:
    return engines["django"].from_string(source).render(context).strip()


@pytest.mark.usefixtures("registry")
def test_tag_says_its_state_in_words() -> None:
    tags.register("voyage", {"at_sea": State("At sea", "blue")})
    assert (
        drawn('{% tag "voyage" state %}', state="at_sea") == '<strong class="govuk-tag govuk-tag--blue">At sea</strong>'
    )


@pytest.mark.usefixtures("registry")
def test_a_word_from_elsewhere_cannot_become_markup() -> None:
    tags.register("voyage", {"x": State("<b>", "blue")})
    assert "&lt;b&gt;" in drawn('{% tag "voyage" "x" %}')


@pytest.mark.usefixtures("registry")
def test_order_is_that_of_the_table() -> None:
    tags.register("voyage", {"b": State("B"), "a": State("A")})
    assert tags.order("voyage") == ["b", "a"]


@pytest.mark.usefixtures("registry")
def test_a_kind_has_one_table() -> None:
    tags.register("voyage", {"a": State("A")})
    tags.register("voyage", {"a": State("A")})
    with pytest.raises(ValueError, match="registered already"):
        tags.register("voyage", {"a": State("Another")})


@pytest.mark.usefixtures("registry")
def test_unknown_colour_is_refused() -> None:
    with pytest.raises(ValueError, match="no colour"):
        tags.register("voyage", {"a": State("A", "pink")})  # type: ignore[arg-type]


def test_unknown_state_is_a_defect() -> None:
    with pytest.raises(KeyError):
        tags.state("task", "lost")


def test_every_registered_state_has_a_word_and_a_known_colour() -> None:
    looks = [look for table in tags.kinds().values() for look in table.values()]
    assert looks
    assert all(str(look.word).strip() and look.colour in tags.COLOURS for look in looks)
