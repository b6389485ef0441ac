"""What countries are called in the six languages."""

import pytest

from agencies.country_names import country_in
from agencies.models import Country
from agencies.places import load_places


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "Côte d’Ivoire"),
        ("fr", "Côte d’Ivoire"),
        ("es", "Côte d’Ivoire"),
        ("ru", "Кот-д’Ивуар"),
        ("zh-hans", "科特迪瓦"),
        ("ar", "كوت ديفوار"),
    ],
)
def test_a_country_is_called_as_its_language_calls_it(language: str, name: str) -> None:
    assert country_in("Côte d’Ivoire", language) == name


def test_a_name_that_the_standard_does_not_have_stands_as_it_is() -> None:
    assert country_in("Somewhere Else", "fr") == "Somewhere Else"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ar", "zh-hans", "ru"])
def test_every_country_of_the_register_has_a_name_in_another_script(language: str) -> None:
    load_places()
    names = list(Country.objects.values_list("name", flat=True))
    assert len(names) > 240
    assert [name for name in names if country_in(name, language) == name] == []
