"""Review: comments keep to their paragraph while the text changes, and stay inside the house."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from core.models import OutgoingMessage
from core.workflow import IllegalMove
from taskforce.letters import actions, reviewing
from taskforce.letters.documents import text_of
from taskforce.letters.models import Comment, Letter
from taskforce.letters.reviewing import paragraphs_of, place_of, review_of
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.letters.scene import TEXT, TODAY, Scene, clear, clearance_of, dispatched, draft, office, signed
from tests.queries import queries_of

pytestmark = pytest.mark.django_db

BODY = "First.\n\nThe second paragraph speaks of arms.\n\nThe third one speaks of money."


def in_review(scene: Scene) -> Letter:
    """Three paragraphs before the co-chairs."""
    return reviewing.begin(letter=draft(scene, replace(TEXT, body=BODY)), by=scene.sam)


def say(letter: Letter, person, place: int = 2, body: str = "Name the arms.") -> Comment:
    return reviewing.comment(
        letter=letter, place=place, version=letter.version, body=body, by=person, at=timezone.now()
    )


def change(letter: Letter, scene: Scene, body: str) -> Letter:
    letter.refresh_from_db()
    text = replace(text_of(letter), body=body)
    return actions.change_letter(letter=letter, version=letter.version, text=text, by=scene.sam)


def where(letter: Letter) -> dict[int, list[bool]]:
    """By paragraph, whether each of its threads is about other words; -1 is what is gone."""
    review = review_of(letter)
    found = {one.number: [thread.changed for thread in one.threads] for one in (review.whole, *review.paragraphs)}
    return {number: threads for number, threads in {**found, -1: [True for _ in review.lost]}.items() if threads}


def test_the_co_chairs_see_a_letter_in_review_and_are_told(scene: Scene) -> None:
    letter = in_review(scene)
    assert [Letter.objects.visible_to(one).exists() for one in (scene.alice, scene.dora, scene.cast.charlie)] == [
        True,
        True,
        False,
    ]
    assert set(OutgoingMessage.objects.values_list("to", flat=True)) == {"alice@example.org", "dora@example.org"}
    assert change(letter, scene, "Another text.").status == Status.IN_REVIEW


def test_a_comment_follows_its_paragraph(scene: Scene) -> None:
    letter = in_review(scene)
    say(letter, scene.alice)
    first, second, third = paragraphs_of(BODY)
    assert where(letter) == {2: [False]}
    assert where(change(letter, scene, f"{first}\n\nNew.\n\n{second}\n\n{third}")) == {3: [False]}
    changed = second.replace("arms", "weapons")
    assert where(change(letter, scene, f"{changed}\n\n{third}")) == {1: [True]}
    assert where(change(letter, scene, first)) == {-1: [True]}


def test_long_paragraphs_are_held_against_each_other_in_a_moment() -> None:
    assert place_of(Comment(place=1, quote="a" * 30_000), ["b", "a" * 29_999]) == 2


def test_of_two_equal_paragraphs_the_nearer_one_is_meant(scene: Scene) -> None:
    comment = say(in_review(scene), scene.alice, place=3)
    assert place_of(comment, [comment.quote, "x", "y", comment.quote]) == 4


def test_a_changed_paragraph_is_shown_with_what_the_comment_was_about(scene: Scene) -> None:
    letter = in_review(scene)
    say(letter, scene.alice)
    change(letter, scene, BODY.replace("arms", "weapons"))
    page = signed_in(scene.dora).get(reverse("letters:review", args=[letter.pk])).content.decode()
    assert ">The second paragraph speaks of arms.</q>" in page


def test_people_talk_and_settle(scene: Scene) -> None:
    letter = in_review(scene)
    url = reverse("letters:review", args=[letter.pk])
    signed_in(scene.alice).post(url, {"place": 2, "version": 1, "body": "Name the arms."})
    thread = letter.comments.get()
    assert (thread.agency, thread.quote) == (scene.cast.agency_a, "The second paragraph speaks of arms.")
    signed_in(scene.sam).post(reverse("letters:comment", args=[thread.pk]), {"body": "We shall."})
    signed_in(scene.alice).post(reverse("letters:comment_resolve", args=[thread.pk]))
    thread.refresh_from_db()
    assert (thread.resolved_by, letter.comments.open().count()) == (scene.alice, 0)
    signed_in(scene.dora).post(reverse("letters:comment", args=[thread.pk]), {"body": "Not yet."})
    assert [one.comment.body for one in review_of(letter).paragraphs[1].threads] == ["Name the arms."]
    assert letter.comments.open().count() == 1


def test_a_comment_on_a_text_that_changed_meanwhile_is_not_kept(scene: Scene) -> None:
    letter = in_review(scene)
    change(letter, scene, "Another text.")
    with pytest.raises(IllegalMove, match="changed while you wrote"):
        say(letter, scene.alice)


def test_a_member_that_is_no_co_chair_neither_comments_nor_reads_comments(scene: Scene) -> None:
    letter = in_review(scene)
    say(letter, scene.alice, body="Between us.")
    with pytest.raises(PermissionDenied):
        say(letter, scene.cast.charlie)
    Letter.objects.filter(pk=letter.pk).update(status=Status.WITHDRAWN)
    assert not Comment.objects.visible_to(scene.cast.charlie).exists()


def test_clearance_shows_what_is_open_and_dispatch_closes_it(scene: Scene) -> None:
    office("Fiji", person="Frank")
    letter = in_review(scene)
    say(letter, scene.alice)
    letter = actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.sam, on=TODAY)
    page = reverse("letters:clearance", args=[clearance_of(letter, scene.dora).pk])
    assert "1 open comment" in signed_in(scene.dora).get(page).content.decode()
    clear(letter, scene.alice)
    dispatch = dispatched(scene, letter=signed(scene, clear(letter, scene.dora)))
    thread = letter.comments.get()
    with pytest.raises(IllegalMove, match="Comments are closed"):
        reviewing.resolve(thread=thread, by=scene.sam, at=timezone.now())
    review = reverse("letters:review", args=[letter.pk])
    assert signed_in(scene.cast.charlie).get(dispatch.letter.get_absolute_url()).status_code == 200
    assert signed_in(scene.cast.charlie).get(review).status_code == 404
    assert "Name the arms." in signed_in(scene.alice).get(review).content.decode()


def test_what_was_said_stays_as_it_was(scene: Scene) -> None:
    comment = say(in_review(scene), scene.alice)
    with pytest.raises(InternalError), transaction.atomic():
        Comment.objects.filter(pk=comment.pk).update(body="Something else")


def test_any_number_of_comments_asks_the_database_the_same(scene: Scene) -> None:
    letter, client = in_review(scene), signed_in(scene.alice)
    url = reverse("letters:review", args=[letter.pk])
    counts = []
    for person in (scene.alice, scene.dora, scene.sam):
        reviewing.reply(to=say(letter, person), body="So?", by=scene.sam, at=timezone.now())
        counts.append(queries_of(client, url))
    assert len(set(counts)) == 1
