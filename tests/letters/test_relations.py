"""What letters are to each other, seen from both ends by whoever may see both; contacts at headquarters and in the field."""

from dataclasses import replace

import pytest
from django.urls import reverse

from core.workflow import IllegalMove
from taskforce.letters import actions, dispatching, relating, signing
from taskforce.letters.documents import Person, frozen, seal_of, text_of, thawed
from taskforce.letters.models import Letter
from taskforce.letters.relating import related_to
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.letters.scene import PLAIN, Scene, dispatched, draft, office, ready
from tests.queries import queries_of

pytestmark = pytest.mark.django_db

IN_FIELD = replace(PLAIN, contacts=(*PLAIN.contacts, Person("Regional adviser", "adviser@example.org", kind="field")))


def words(letter: Letter, person) -> list[str]:
    return [f"{one.words} {one.letter.reference}" for one in related_to(letter, person)]


def out(scene: Scene, **other: object) -> Letter:
    """A letter that everybody may read."""
    letter = draft(scene, replace(IN_FIELD, **other))
    for status in (Status.IN_CLEARANCE, Status.IN_SIGNATURE, Status.READY, Status.DISPATCHING, Status.DISPATCHED):
        Letter.objects.filter(pk=letter.pk).update(status=status)
    letter.refresh_from_db()
    return letter


def test_both_ends_say_it(scene: Scene) -> None:
    first = out(scene)
    later = out(scene, reference="TF/2026/2")
    relating.relate(letter=later, kind="supersedes", earlier=first, by=scene.sam)
    assert (words(later, scene.alice), words(first, scene.alice)) == (
        ["Supersedes TF/2026/1"],
        ["Superseded by TF/2026/2"],
    )


def test_nobody_learns_of_a_letter_they_may_not_see(scene: Scene) -> None:
    first, later = out(scene), draft(scene, replace(PLAIN, reference="TF/2026/2"))
    relating.relate(letter=later, kind="reply", earlier=first, by=scene.sam)
    assert (words(first, scene.sam), words(first, scene.alice)) == (["Replied to by TF/2026/2"], [])
    assert "TF/2026/2" not in signed_in(scene.alice).get(first.get_absolute_url()).content.decode()


def test_the_same_is_said_once_and_can_be_taken_back(scene: Scene) -> None:
    first, later = out(scene), draft(scene, replace(PLAIN, reference="TF/2026/2"))
    client, url = signed_in(scene.sam), reverse("letters:relation_new", args=[later.pk])
    client.post(url, {"kind": "correction", "earlier": str(first.pk)})
    with pytest.raises(IllegalMove, match="already"):
        relating.relate(letter=later, kind="correction", earlier=first, by=scene.sam)
    client.post(reverse("letters:relation_remove", args=[later.relations.get().pk]))
    assert words(later, scene.sam) == []


def test_a_follow_up_starts_with_mechanism_contacts_and_relation(scene: Scene) -> None:
    first = out(scene, sensitivity=1)
    answer = signed_in(scene.sam).post(reverse("letters:write_follow_up", args=[first.pk]))
    started = Letter.objects.latest("created_at")
    assert answer.url == reverse("letters:edit", args=[started.pk])
    assert (started.mechanism, started.status, started.sensitivity) == (first.mechanism, Status.DRAFT, 1)
    assert text_of(started).contacts == IN_FIELD.contacts
    assert words(started, scene.sam) == ["Follow-up to TF/2026/1"]


def test_any_number_of_related_letters_asks_the_database_the_same(scene: Scene) -> None:
    letter, client, counts = out(scene), signed_in(scene.alice), []
    for number in (2, 3, 4):
        later = out(scene, reference=f"TF/2026/{number}")
        relating.relate(letter=later, kind="follow_up", earlier=letter, by=scene.sam)
        counts.append(queries_of(client, letter.get_absolute_url()))
    assert len(set(counts)) == 1


def test_a_contact_in_the_field_is_named_as_such_in_the_letter(scene: Scene) -> None:
    office("Fiji", person="Frank")
    dispatch = dispatched(scene, IN_FIELD)
    html = dispatching.document(dispatching.personal_letter(dispatch.recipients.get())).html
    here, there = html.split("For questions in the field:")
    assert ("adviser@example.org" in here, "adviser@example.org" in there) == (False, True)


def test_a_letter_of_before_reads_and_binds_as_it_did(scene: Scene) -> None:
    letter = ready(scene)
    data = frozen(text_of(letter))
    for row in data["contacts"]:
        del row["kind"]
    assert seal_of(thawed(data)) == seal_of(text_of(letter))
    assert signing.why_not(letter) == ""
    at_field = replace(
        text_of(letter), contacts=(Person("Task Force focal point", "focal.point@example.org", "field"),)
    )
    changed = actions.change_letter(letter=letter, version=1, text=at_field, by=scene.sam)
    assert (changed.status, changed.signings.current().exists()) == (Status.DRAFT, False)
