"""The sample pack."""

from taskforce.briefings import sample
from taskforce.briefings.models import Pack
from tests.briefings.scene import assessed
from tests.cast import Cast


def test_loading_twice_adds_nothing(cast: Cast) -> None:
    assessed(cast)
    sample.load()
    sample.load(10)
    assert [choice.section for choice in Pack.objects.get().choices.all()] == ["at_a_glance", "schedule", "heat_map"]
