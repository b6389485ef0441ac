"""Reference numbers: made by the pattern of the mechanism, drawn when a letter is saved, never twice."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from django.db import connection
from django.urls import reverse

from agencies.models import MemberRole
from taskforce.letters import actions, numbering
from taskforce.letters.models import Letter, Numbering
from tests.cast import signed_in
from tests.factories import MechanismFactory, MembershipFactory
from tests.letters.scene import TEXT, TODAY, Scene
from tests.letters.test_edit import edit, typed
from tests.queries import queries_of

pytestmark = pytest.mark.django_db


def letter(scene: Scene, reference: str = "") -> Letter:
    return actions.create_letter(mechanism=scene.cast.task_force, text=replace(TEXT, reference=reference), by=scene.sam)


def numbered(scene: Scene, pattern: str, acronym: str = "") -> None:
    scene.cast.task_force.acronym = acronym
    scene.cast.task_force.save()
    Numbering.objects.update_or_create(mechanism=scene.cast.task_force, defaults={"pattern": pattern})
    scene.cast.task_force.refresh_from_db()


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("TF/{year}/{number}", "TF/2026/1"),
        ("TF/{year}/{number:3}", "TF/2026/001"),
        ("{acronym} ({year}) {number:2}-L", "UNTOC (2026) 01-L"),
        ("{number}.{year}", "1.2026"),
    ],
)
def test_numbers_follow_the_pattern(scene: Scene, pattern: str, first: str) -> None:
    numbered(scene, pattern, "UNTOC")
    assert letter(scene).reference == first


def test_a_number_follows_the_highest_in_the_pattern_of_the_year(scene: Scene) -> None:
    numbered(scene, "TF/{year}/{number:3}")
    for reference in ("TF/2026/007", "TF/2025/090", "TF/2026/900-draft", "XTF/2026/100"):
        letter(scene, reference)
    assert [letter(scene).reference, letter(scene).reference] == ["TF/2026/008", "TF/2026/009"]
    new_year = numbering.next_reference(scene.cast.task_force, dt.date(2027, 1, 1))
    assert new_year == "TF/2027/001"


def test_without_a_pattern_the_short_name_of_the_mechanism_leads(scene: Scene) -> None:
    mechanism = scene.cast.task_force
    mechanism.acronym = "GFP"
    assert numbering.next_reference(mechanism, TODAY) == "GFP/2026/1"
    mechanism.acronym = ""
    assert numbering.next_reference(mechanism, TODAY) == "2026/1"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("TF/{year}", "The field {number} must be there"),
        ("TF/{number}/{number}", "The field {number} must be there, once"),
        ("TF/{month}/{number}", "“{month}” is not a field."),
        ("TF/{number:9}", "“{number:9}” is not a field."),
        ("TF/{number", "one of the two is missing"),
        ('TF"{number}', "Use letters, digits"),
        ("{acronym}/{number}", "no short name"),
    ],
)
def test_a_wrong_pattern_is_refused_at_the_field(scene: Scene, pattern: str, said: str) -> None:
    url = reverse("letters:numbering", args=[scene.cast.task_force.slug])
    page = signed_in(scene.sam).post(url, {"pattern": pattern, "step": "confirm"})
    assert page.status_code == 422
    assert said in " ".join(page.context["form"].errors["pattern"])
    assert not Numbering.objects.exists()


def test_a_pattern_whose_references_would_be_too_long_is_refused(scene: Scene) -> None:
    scene.cast.task_force.acronym = "A" * 40
    assert numbering.problems("{acronym}/{number}", scene.cast.task_force) == []
    assert "longer than 60" in numbering.problems("{acronym}/{acronym}/{number}", scene.cast.task_force)[0]


def test_a_pattern_is_checked_with_the_next_number_before_it_counts(scene: Scene) -> None:
    letter(scene, "TF-4")
    client, url = signed_in(scene.cast.ada), reverse("letters:numbering", args=[scene.cast.task_force.slug])
    check = client.post(url, {"pattern": "TF-{number}"})
    assert "The next letter gets TF-5." in check.content.decode()
    assert not Numbering.objects.exists()
    client.post(url, {"pattern": "TF-{number}", "step": "confirm"})
    assert letter(scene).reference == "TF-5"


def test_only_who_may_change_the_mechanism_sets_its_pattern(scene: Scene) -> None:
    for address in (reverse("letters:numberings"), reverse("letters:numbering", args=[scene.cast.task_force.slug])):
        assert signed_in(scene.alice).get(address).status_code == 403
        assert signed_in(scene.sam).get(address).status_code == 200


def test_the_list_of_patterns_takes_as_many_queries_for_many_mechanisms(scene: Scene) -> None:
    client, url = signed_in(scene.sam), reverse("letters:numberings")
    before = queries_of(client, url)
    for number in range(3):
        MechanismFactory(slug=f"mechanism-{number}")
    assert queries_of(client, url) == before


def test_a_new_letter_without_a_reference_gets_the_next(scene: Scene) -> None:
    numbered(scene, "TF/{year}/{number}")
    client = signed_in(scene.sam)
    page = client.get(reverse("letters:new")).content.decode()
    assert "TF/2026/1" in page
    client.post(reverse("letters:new"), typed(mechanism=scene.cast.task_force.pk, reference=""))
    assert Letter.objects.get().reference == "TF/2026/1"


def test_the_page_of_a_new_letter_takes_as_many_queries_for_many_mechanisms(scene: Scene) -> None:
    client, url = signed_in(scene.sam), reverse("letters:new")
    before = queries_of(client, url)
    for number in range(3):
        chaired = MechanismFactory(slug=f"mechanism-{number}")
        MembershipFactory(agency=scene.cast.agency_a, mechanism=chaired, role=MemberRole.CO_CHAIR)
    assert queries_of(client, url) == before


def test_a_reference_that_is_taken_is_refused_at_the_field(scene: Scene) -> None:
    letter(scene, "TF/2026/1")
    other = letter(scene, "TF/2026/2")
    page = edit(scene, other, reference="TF/2026/1")
    assert (page.status_code, "reference" in page.context["form"].errors) == (422, True)
    with pytest.raises(numbering.ReferenceTaken):
        letter(scene, "TF/2026/1")


@pytest.mark.django_db(transaction=True)
def test_letters_begun_at_once_get_different_numbers(scene: Scene) -> None:
    ready = threading.Barrier(4)

    def begin() -> None:
        ready.wait()
        letter(scene)
        connection.close()

    authors = [threading.Thread(target=begin) for _number in range(4)]
    for author in authors:
        author.start()
    for author in authors:
        author.join()
    assert sorted(Letter.objects.values_list("reference", flat=True)) == [f"2026/{number}" for number in range(1, 5)]
