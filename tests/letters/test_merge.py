"""Merge fields are few, known, and never read as anything but themselves."""

import pytest

from taskforce.letters import merge
from taskforce.letters.addressees import Addressee, Reach
from taskforce.letters.documents import LetterText, personal
from tests.letters.scene import TODAY


def to(**facts) -> Addressee:
    plain = {
        "office_id": "1",
        "office": "Fiji",
        "duty_station": "Suva",
        "region": "Melanesia",
        "countries": ("Fiji", "Kiribati", "Nauru"),
        "coordinator": "Frank",
        "title": "Resident Coordinator",
        "salutation": "Dear Frank",
        "email": "frank@example.org",
        "reach": Reach.IN_OFFICE,
    }
    return Addressee(**plain | facts)


def body(text: str, **facts) -> str:
    letter = LetterText(
        reference="R", subject="S", purpose="action", body=text, invitations=("Brief *us*", "Meet {{ office }}")
    )
    return str(personal(letter, to(**facts), day=TODAY, link="https://portal.example.org/a/TOKEN-_x/").body)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dear {{ name }}", "“{{ name }}” is not a merge field."),
        ("{{ office", "one of the two is missing"),
        ("office }}", "one of the two is missing"),
        ("{{ }}", "is not a merge field"),
        ("{{ office.email }}", "is not a merge field"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str) -> None:
    assert any(words in problem for problem in merge.problems(text))


def test_every_field_is_known_to_the_check() -> None:
    assert merge.problems(" ".join(f"{{{{ {name} }}}}" for name in merge.FIELDS)) == []


def test_fields_are_filled() -> None:
    assert "<p>Fiji, Kiribati and Nauru: Frank</p>" in body("{{ countries }}: {{ coordinator }}")


def test_invitations_are_a_numbered_list_in_their_place_and_else_at_the_end() -> None:
    assert body("A\n\n{{ invitations }}\n\nB").index("<ol>") < body("A\n\n{{ invitations }}\n\nB").index("B</p>")
    assert body("A").rstrip().endswith("</ol>")


def test_an_invitation_means_only_itself() -> None:
    html = body("A")
    assert "Brief *us*" in html
    assert "Meet {{ office }}" in html


def test_the_link_leads_to_the_recipients_page() -> None:
    assert '<a href="https://portal.example.org/a/TOKEN-_x/"' in body("{{ link }}")
    assert 'href="https://portal.example.org/a/TOKEN-_x/"' in body("[your page]({{ link }})")


def test_a_value_is_never_read_as_markup() -> None:
    html = body("{{ office }}", office="<script>x</script> [a](https://evil.example.org) {{ link }}")
    assert "<script" not in html
    assert "<a " not in html
    assert "TOKEN" not in html


@pytest.mark.usefixtures("catalogues")
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Fiji, Kiribati and Nauru"), ("ar", "فيجي، كيريباس وناورو"), ("zh-hans", "斐济、基里巴斯和瑙鲁")],
)
def test_countries_stand_with_the_commas_of_the_language(language: str, words: str) -> None:
    text = LetterText("1", "A subject", "information", "{{ countries }}", language=language)
    letter = personal(text, to(countries=("Fiji", "Kiribati", "Nauru")), day=TODAY, link="")
    assert words in letter.body
