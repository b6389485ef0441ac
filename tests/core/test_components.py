"""The component page, and through it every part of the look, for those who may see it."""

import pytest
from django.urls import reverse

from tests.cast import Cast, signed_in

PARTS = ["", "?part=list", "?part=empty", "?part=check", "?part=done"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_secretariat_sees_every_part(cast: Cast, part: str, language: str) -> None:
    client = signed_in(cast.sam)
    client.post(reverse("language"), {"language": language})
    answer = client.get(reverse("components") + part)
    assert answer.status_code == 200
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in answer.content.decode()


def test_focal_point_may_not_see_it(cast: Cast) -> None:
    assert signed_in(cast.alice).get(reverse("components")).status_code == 403


def test_stranger_is_asked_to_sign_in(client, db) -> None:
    assert client.get(reverse("components")).status_code == 302


def test_wrong_form_answers_422_says_so_in_the_title_and_keeps_what_was_typed(cast: Cast) -> None:
    answer = signed_in(cast.sam).post(
        reverse("components"), {"name": "ab", "due_day": "31", "due_month": "2", "due_year": "2012"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: Components" in page
    assert 'value="ab"' in page
    assert 'href="#id_name"' in page
    assert "There is no such date." in page
