"""What is kept in the database is in one language, and told in the reader's."""

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy, gettext_noop

from core.kept import kept, sentence, told

CLEAR = sentence(gettext_noop("Clear letter %(letter)s"))

pytestmark = pytest.mark.usefixtures("catalogues")


def test_a_sentence_is_told_in_the_language_of_the_reader() -> None:
    text = CLEAR % {"letter": "TF/2026/1 (draft) 100 % sure"}
    assert text == "Clear letter TF/2026/1 (draft) 100 % sure"
    with translation.override("ar"):
        assert told(text) == "الموافقة على الرسالة TF/2026/1 (draft) 100 % sure"
    assert told(text) == text


def test_a_word_without_places_is_told_as_well() -> None:
    with translation.override("ar"):
        assert told("Withdrawn") == "مسحوبة"


@pytest.mark.parametrize("text", ["", "Said on the telephone, 50% of it", "We clear letter TF/2026/1"])
def test_what_a_person_wrote_stands_as_written(text: str) -> None:
    with translation.override("ar"):
        assert told(text) == text


def test_a_state_is_kept_in_the_language_of_the_portal() -> None:
    with translation.override("ar"):
        assert kept(gettext_lazy("Withdrawn")) == "Withdrawn"
