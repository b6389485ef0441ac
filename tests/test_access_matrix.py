"""Nobody sees or does what is not theirs, at any address.

This is the quick form; `manage.py access_matrix` walks as everybody, by every method, and through both other worlds.
"""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone

from core.export import written
from taskforce.home.matrix import walk
from taskforce.home.matrix.addresses import every_address
from taskforce.home.matrix.answers import Answer, read
from taskforce.home.matrix.mutations import MUTATIONS, Mutation, a_pdf
from taskforce.home.matrix.parts import build
from taskforce.home.matrix.world import FORMER, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings) -> World:
    settings.TRIAL = True
    return build()


def test_every_address_is_reached_and_shows_nobody_what_is_not_theirs(world: World) -> None:
    people = ("visitor", "alice", "sam", "ada", "audrey")
    result = walk.walk(world, methods=("get", "post"), people=people)
    assert result.unreached == []
    assert result.findings == []
    assert result.requests > result.urls * len(people)


def test_what_one_may_not_see_changes_no_answer(world: World) -> None:
    result = walk.walk(world, methods=("get",), people=("charlie",), compared=("charlie",))
    assert result.findings == []
    assert result.compared > result.requests


def test_whoever_had_rights_until_yesterday_has_none(world: World) -> None:
    assert walk.walk(world, methods=("get",), people=FORMER).findings == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_the_matrix_finds_what_is_planted(world: World, mutation: Mutation) -> None:
    assert mutation.is_found(world)


def test_an_address_that_nobody_opens_is_not_covered(world: World) -> None:
    unreached = next(address for address in every_address() if address.name == "letters:progress")
    del world.subjects["letters:progress"]
    world.subjects["letters:"] = []
    result = walk.Walk(world, ("get",), ("sam",), (), lambda address: address == unreached).run()
    assert result.unreached == ["letters:progress"]


def test_no_two_addresses_share_a_name() -> None:
    names = [address.name for address in every_address()]
    assert sorted(names) == sorted(set(names))


def test_two_answers_that_say_another_thing_differ_after_all_normalising() -> None:
    one, other = (Answer(200, "", f'<input name="csrfmiddlewaretoken" value="{token}">Title') for token in "ab")
    assert one.normal() == other.normal()
    assert one.normal() != Answer(200, "", one.text.replace("Title", "Another")).normal()
    assert one.normal() != Answer(404, "", one.text).normal()


def test_the_words_of_a_pdf_are_read() -> None:
    assert "mark-in-a-stream" in read(HttpResponse(a_pdf("mark-in-a-stream"))).text


def test_two_copies_of_the_audit_differ_in_the_moment_of_their_own_line_alone() -> None:
    now = timezone.now()
    own, moved, others = (
        Answer(200, "", f"at,what\n{written(at)},{what},user\n").normal()
        for at, what in ((now, "saved a copy"), (now + timedelta(minutes=1), "saved a copy"), (now, "signed in"))
    )
    assert own == moved
    assert str(written(now)) in others
