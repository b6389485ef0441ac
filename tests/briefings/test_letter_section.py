"""The section on a letter: offered by the roof, built with the rights of the audience."""

import pytest

from taskforce.briefings.actions import Chosen
from taskforce.briefings.sections import NotOpen
from tests.briefings.scene import issued, pack_of
from tests.cast import Cast
from tests.letters.scene import Scene, dispatched, draft, make_scene, office
from tests.paper import pages_of


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """Two co-chairs and a secretariat."""
    return make_scene(cast)


def test_a_letter_tells_where_it_stands(scene: Scene) -> None:
    letter = draft(scene)
    edition = issued(pack_of(scene.cast, Chosen("letter", letter.pk), audience="secretariat"))
    text = "".join(pages_of(edition.file.read()))
    assert letter.reference in text
    assert "Not dispatched yet" in text
    assert edition.content["chapters"][0]["figures"]["offices"]["figure"]["value"] == "0"


def test_a_draft_is_not_told_to_the_members(scene: Scene) -> None:
    with pytest.raises(NotOpen):
        issued(pack_of(scene.cast, Chosen("letter", draft(scene).pk)), scene.sam)


def test_a_dispatched_letter_is_told_to_the_members_with_its_offices(scene: Scene) -> None:
    office("Ruritania", countries=2, person="Rupert")
    letter = dispatched(scene).letter
    content = issued(pack_of(scene.cast, Chosen("letter", letter.pk)), scene.sam).content["chapters"][0]
    figures = {key: each["figure"]["value"] for key, each in content["figures"].items()}
    assert (figures["offices"], figures["countries"], figures["acknowledged"]) == ("1", "2", "0")
    assert letter.reference in content["figures"]["offices"]["figure"]["source"]
