"""What one may not see, one may not do: `visible_to` and `can` agree, for everybody in the world of the matrix."""

import pytest

from accounts.roles import ROLES
from assessments.models import Assessment, Contribution
from core.access import can
from taskforce.briefings.models import Pack
from taskforce.home.matrix.parts import build
from taskforce.home.matrix.world import FORMER, World
from taskforce.letters.models import Letter
from taskforce.sight.models import SightRequest

pytestmark = pytest.mark.django_db
MODELS = (Assessment, Contribution, Letter, Pack, SightRequest)
PERMISSIONS = frozenset().union(*(role.everywhere | role.own for role in ROLES.values()))


@pytest.fixture
def world(settings) -> World:
    settings.TRIAL = True
    return build()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_one_may_not_see_one_may_not_do(world: World, model) -> None:
    rights = sorted(one for one in PERMISSIONS if one.startswith(f"{model._meta.app_label}."))
    everything = list(model.objects.all())
    hidden = 0
    for person in filter(None, world.people.values()):
        visible = set(model.objects.visible_to(person).values_list("pk", flat=True))
        for one in everything:
            assert one.seen_by(person) == (one.pk in visible), (person, one)
            if one.pk not in visible:
                hidden += 1
                assert [right for right in rights if can(person, right, one)] == [], (person, one)
    assert hidden > len(everything)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_whoever_had_rights_until_yesterday_sees_and_may_do_nothing(world: World, model) -> None:
    for name in FORMER:
        person = world.person(name)
        assert not model.objects.visible_to(person).exists()
        assert not [right for right in PERMISSIONS if can(person, right)]


def test_a_world_in_which_nobody_sees_anything_would_prove_nothing(world: World) -> None:
    for model in MODELS:
        assert model.objects.visible_to(world.person("lea")).exists()
