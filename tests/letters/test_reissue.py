"""A letter is issued again to the successor where the person in the post changed before the office answered."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agencies.models import Obligation, ResidentCoordinator
from core.dates import span
from core.models import MessageState, OutgoingMessage
from core.workflow import IllegalMove
from taskforce.home.needs import of_house
from taskforce.letters import actions, answering, dispatching, following, links, releasing
from taskforce.letters.answering import Reply
from taskforce.letters.coverage import coverage_of
from taskforce.letters.documents import figures
from taskforce.letters.emails import letter_email
from taskforce.letters.models import Answer, Dispatch, Letter, Recipient
from taskforce.letters.reissuing import overtaken
from taskforce.reminders import actions as reminders
from tests.cast import signed_in
from tests.factories import ResidentCoordinatorFactory
from tests.letters.scene import TODAY, Scene, dispatched, handed_over, office

pytestmark = pytest.mark.django_db
SENT = TODAY - timedelta(days=10)


@pytest.fixture
def first(scene: Scene) -> Dispatch:
    """Fiji and Ghana have the letter of ten days ago."""
    for name, person in (("Fiji", "Frank"), ("Ghana", "Gina")):
        office(name, person=person)
    dispatch = dispatched(scene)
    handed_over(dispatch)
    dispatching.finish_dispatches()
    at = timezone.now() - timedelta(days=10)
    Dispatch.objects.update(day=SENT, started_at=at)
    # The register was written when the letter went out, whatever the clock of the database says.
    Dispatch.objects.update(started_at=timezone.now() + timedelta(days=3650))
    return Dispatch.objects.select_related("letter").get(pk=dispatch.pk)


def succeed(name: str, by: str, first: date = TODAY - timedelta(days=2)) -> ResidentCoordinator:
    """The person leaves the post the day before `first`, and another one takes it."""
    post = ResidentCoordinator.objects.get(name=name)
    post.valid = span(post.first_day, first - timedelta(days=1))
    post.save()
    return ResidentCoordinatorFactory(office=post.office, name=by, email=f"{by.lower()}@example.org", first=first)


def row(name: str) -> Recipient:
    """The latest row of an office."""
    return Recipient.objects.latest().select_related("dispatch__letter").get(office_name=name)


def offices(letter: Letter) -> list[str]:
    return [str(one) for one in overtaken([letter], TODAY)]


def reissued(scene: Scene, letter: Letter) -> Dispatch:
    """Lea asks, Sam releases."""
    letter.refresh_from_db()
    at = timezone.now()
    plan = dispatching.plan_of(letter, TODAY, TODAY, reissue=True)
    asked = releasing.ask(letter=letter, approved=plan.sha256, by=scene.lea, on=TODAY, at=at, reissue=True)
    return releasing.release(asked=asked, approved=plan.sha256, by=scene.sam, on=TODAY, at=at)


def acknowledged(recipient: Recipient, *choices: str) -> None:
    asked = recipient.dispatch.letter.invitations.all()
    replies = {invitation.pk: Reply(choice) for invitation, choice in zip(asked, choices, strict=False)}
    answering.acknowledge(recipient=recipient, name=recipient.coordinator, replies=replies, at=timezone.now())


# ---------------------------------------------------------------- whom


def test_an_office_with_somebody_new_in_the_post_is_noticed(scene: Scene, first: Dispatch) -> None:
    assert offices(first.letter) == []
    succeed("Frank", by="Fatou")
    assert offices(first.letter) == ["Fiji"]
    client = signed_in(scene.sam)
    for page in ("letters:detail", "letters:recipients"):
        said = client.get(reverse(page, args=[first.letter_id])).content.decode()
        assert "1 office has a new Resident Coordinator who has not had this letter" in said
    assert "Issue a letter again to successors" in [need.what for need in of_house(scene.sam, TODAY, "en")]


def test_nobody_is_noticed_for_a_vacancy_or_a_corrected_name(first: Dispatch) -> None:
    ResidentCoordinator.objects.filter(name="Frank").update(valid=span(None, TODAY - timedelta(days=1)))
    ResidentCoordinator.objects.filter(name="Gina").update(name="Gina G.")
    assert offices(first.letter) == []


def test_a_handover_that_was_entered_after_the_letter_went_out_is_noticed(first: Dispatch) -> None:
    Dispatch.objects.update(started_at=timezone.now() - timedelta(days=10))
    succeed("Frank", by="Fatou", first=SENT - timedelta(days=5))
    assert offices(first.letter) == ["Fiji"]


def test_whoever_goes_on_in_the_same_post_is_nobody_new(first: Dispatch) -> None:
    succeed("Frank", by="Frank")
    assert offices(first.letter) == []


@pytest.mark.parametrize("settled", ["answered", "exempt", "closed", "links over"])
def test_what_needs_no_answer_is_not_issued_again(scene: Scene, first: Dispatch, settled: str) -> None:
    succeed("Frank", by="Fatou")
    letter, fiji = first.letter, row("Fiji")
    assert offices(letter) == ["Fiji"]
    if settled == "answered":
        acknowledged(fiji, "accepted", "declined")
    elif settled == "exempt":
        following.exempt(recipient=fiji, why="They wrote to us", by=scene.sam, at=timezone.now())
    elif settled == "closed":
        letter.refresh_from_db()
        actions.close_letter(letter=letter, by=scene.sam)
    else:
        Letter.objects.filter(pk=letter.pk).update(deadline=TODAY - links.GRACE - timedelta(days=1))
    assert offices(letter) == []
    with pytest.raises(IllegalMove):
        reissued(scene, letter)


# ---------------------------------------------------------------- two people


def test_two_people_issue_it_again_to_the_successor_alone(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    office("Chad", person="Carl")  # a late office is the matter of another dispatch
    letter = Letter.objects.get(pk=first.letter_id)
    asks, releases = signed_in(scene.sam), signed_in(scene.lea)
    check = reverse("letters:reissue", args=[letter.pk])
    shown = asks.get(check)
    said = shown.content.decode()
    assert all(words in said for words in ("Frank", "Fatou", "fatou@example.org", "21 November 2026"))
    assert "Chad" not in said
    asks.post(check, {"approved": shown.context["plan"].sha256})
    waiting = letter.releases.open().get()
    assert (waiting.reissue, waiting.get_absolute_url()) == (True, check)
    assert "Release a dispatch" in [need.what for need in of_house(scene.lea, TODAY, "en")]
    page = releases.get(check)
    assert "Release to 1 office" in page.content.decode()
    assert "Release to" not in asks.get(check).content.decode()
    assert check in releases.get(reverse("letters:dispatch", args=[letter.pk])).content.decode()
    releases.post(reverse("letters:release", args=[letter.pk]), {"approved": page.context["plan"].sha256})
    sent = letter.dispatches.first()
    assert [str(one) for one in sent.recipients.all()] == ["Fiji"]
    assert (sent.release.asked_by, sent.started_by) == (scene.sam, scene.lea)


def test_whoever_may_not_dispatch_sees_nothing_of_it(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    client = signed_in(scene.alice)
    assert client.get(reverse("letters:reissue", args=[first.letter_id])).status_code == 403
    assert "new Resident Coordinator" not in client.get(first.letter.get_absolute_url()).content.decode()


# ---------------------------------------------------------------- the letter


def test_it_is_addressed_to_the_successor_and_says_what_it_is(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    reissued(scene, first.letter)
    fiji = row("Fiji")
    letter = dispatching.personal_letter(fiji)
    line = "This letter is a re-issue, to the person now in office, of our letter of 11 November 2026."
    mail = letter_email(fiji, letter, sender_name="The Task Force", files=())
    page = dispatching.document(letter).html
    assert (letter.address[0], letter.date, letter.text.reference) == ("Fatou", "21 November 2026", "TF/2026/1")
    assert mail.to == "fatou@example.org"
    assert line in mail.text
    assert "re-issue" in page
    assert "11 November 2026" in page
    assert "re-issue" not in dispatching.document(dispatching.personal_letter(row("Ghana"))).html


def test_a_third_person_is_told_of_the_first_letter(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou", first=TODAY - timedelta(days=5))
    handed_over(reissued(scene, first.letter))
    dispatching.finish_dispatches()
    with_carl = succeed("Fatou", by="Carl", first=TODAY + timedelta(days=1)).first_day
    (again,) = dispatching.plan_of(first.letter, with_carl, with_carl, reissue=True).roll.addressees
    assert (again.coordinator, again.reissue_of) == ("Carl", SENT.isoformat())


# ---------------------------------------------------------------- links, counts, reminders


def test_the_predecessors_link_takes_no_answer_and_says_why(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    old = row("Fiji")
    reissued(scene, first.letter)
    client = Client()
    address = reverse("letters:acknowledge", args=[links.token_of(old)])
    said = client.get(address).content.decode()
    assert "on 21 November 2026 this letter was issued again to them" in said
    assert "<form" not in said
    assert client.post(address, {"name": "Frank"}).status_code == 409
    new = row("Fiji")
    assert client.post(reverse("letters:acknowledge", args=[links.token_of(new)]), {"name": "Fatou"}).status_code == 200
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.acknowledged_by, new.acknowledged_by) == ("", "Fatou")


def test_what_the_predecessor_said_stays_and_counts_once(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    old = row("Fiji")
    acknowledged(old, "accepted")
    assert offices(first.letter) == ["Fiji"]
    reissued(scene, first.letter)
    old.refresh_from_db()
    new = row("Fiji")
    assert (old.acknowledged_by, new.acknowledged_at) == ("Frank", None)
    assert [(answer.recipient, answer.choice) for answer in Answer.objects.all()] == [(new, "accepted")]
    counted = figures(first.letter)
    assert (counted.offices, counted.countries, counted.invitations[0].answered) == (2, 2, 1)
    covered = coverage_of(first.letter)
    assert sorted(line.in_words for line in covered.countries) == sorted(
        line.in_words for line in covered.countries if line.level
    )
    assert sum(line.offices for line in covered.regions) == 2
    assert sum(line.offices_answered for line in covered.regions) == 1
    page = signed_in(scene.sam).get(reverse("letters:recipient", args=[new.pk]))
    assert "acknowledged by Frank" in page.content.decode()
    [handed_over] = [change for change in page.context["changes"].lines if "Recipient" in change.what]
    assert handed_over.what == {"Recipient": ("Fiji, Frank", "Fiji, Fatou")}


def test_a_predecessor_who_sends_the_same_again_gets_no_thanks(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    old = row("Fiji")
    acknowledged(old)
    reissued(scene, first.letter)
    with pytest.raises(answering.AnswersClosed):
        acknowledged(old)


def test_reminders_go_on_for_the_successors_letter_alone(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    old = row("Fiji")
    handed_over(reissued(scene, first.letter))
    owed = Obligation.objects.open().filter(kind="answer", office=old.office)
    assert list(owed.values_list("subject_id", flat=True)) == [row("Fiji").pk]
    waiting = following.waiting(first.letter, timezone.now())
    assert [one.email for one in waiting.now] == ["fatou@example.org", "gina@example.org"]


def test_nobody_chases_the_predecessor_before_the_letter_is_issued_again(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    found = following.waiting(first.letter, timezone.now())
    assert ([one.email for one in found.now], [str(one) for one in found.overtaken]) == (["gina@example.org"], ["Fiji"])
    client, reissue = signed_in(scene.sam), reverse("letters:reissue", args=[first.letter_id])
    for page in ("letters:chase", "letters:follow_up"):
        assert reissue in client.get(reverse(page, args=[first.letter_id])).content.decode()
    look = client.post(reverse("letters:chase", args=[first.letter_id]), {"note": ""})
    left_out = dict(look.context["effects"])["Left out: somebody new is in the post and has not had the letter"]
    assert left_out == ["Fiji"]


def test_a_rule_reminds_whoever_is_in_the_post_now(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    reminders.sweep(datetime(2026, 12, 1, 13, tzinfo=UTC))
    told = OutgoingMessage.objects.filter(key__startswith="reminder:").order_by("to")
    assert list(told.values_list("to", flat=True)) == ["fatou@example.org", "gina@example.org"]


def test_one_that_came_back_can_be_issued_again(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    sent = reissued(scene, first.letter)
    handed_over(sent)
    dispatching.finish_dispatches()
    assert offices(first.letter) == []
    OutgoingMessage.objects.of(sent.pk).update(state=MessageState.BOUNCED)
    assert offices(first.letter) == ["Fiji"]


def test_a_second_reissue_counts_by_the_newest_link_and_the_one_that_came_back_opens_nothing(
    scene: Scene, first: Dispatch
) -> None:
    succeed("Frank", by="Fatou")
    predecessor = row("Fiji")
    lost = reissued(scene, first.letter)
    handed_over(lost)
    dispatching.finish_dispatches()
    came_back = row("Fiji")
    Dispatch.objects.filter(pk=lost.pk).update(day=TODAY - timedelta(days=4))
    OutgoingMessage.objects.of(lost.pk).update(state=MessageState.BOUNCED)
    ResidentCoordinator.objects.filter(name="Fatou").update(email="fatou.f@example.org")
    handed_over(reissued(scene, first.letter))
    newest = row("Fiji")
    old, bounced, new = (
        reverse("letters:acknowledge", args=[links.token_of(one)]) for one in (predecessor, came_back, newest)
    )
    client = Client()
    assert "on 21 November 2026 this letter was issued again to them" in client.get(old).content.decode()
    assert "Look for a newer e-mail with the same reference." in client.get(bounced).content.decode()
    posted = [client.post(page, {"name": "Fatou"}).status_code for page in (old, bounced, new)]
    assert posted == [409, 404, 200]


def test_of_three_in_the_post_the_first_two_are_told_of_the_last(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou", first=TODAY - timedelta(days=5))
    before = [row("Fiji")]
    second = reissued(scene, first.letter)
    handed_over(second)
    dispatching.finish_dispatches()
    before.append(row("Fiji"))
    Dispatch.objects.filter(pk=second.pk).update(day=TODAY - timedelta(days=4))
    succeed("Fatou", by="Carl", first=TODAY)
    handed_over(reissued(scene, first.letter))
    assert row("Fiji").coordinator == "Carl"
    for page in (reverse("letters:acknowledge", args=[links.token_of(one)]) for one in before):
        assert "on 21 November 2026 this letter was issued again to them" in Client().get(page).content.decode()
        assert Client().post(page, {"name": "Fatou"}).status_code == 409


def test_answers_on_the_predecessors_row_are_recorded_no_more(scene: Scene, first: Dispatch) -> None:
    succeed("Frank", by="Fatou")
    old = row("Fiji")
    reissued(scene, first.letter)
    with pytest.raises(answering.AnswersClosed):
        answering.record_answer(
            recipient=old, name="Frank", replies={}, received_by="phone", by=scene.sam, at=timezone.now()
        )


def test_the_number_of_offices_costs_no_queries(scene: Scene, first: Dispatch, django_assert_num_queries) -> None:
    succeed("Frank", by="Fatou")
    succeed("Gina", by="Grace")
    with django_assert_num_queries(1):
        assert offices(first.letter) == ["Fiji", "Ghana"]
