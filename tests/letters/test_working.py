"""From an answer to work: a yes opens an assignment once, a no takes it back unless somebody acted."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from agencies.models import Obligation
from core.dates import today
from taskforce.letters import actions, answering, working
from taskforce.letters.answering import Reply
from taskforce.letters.documents import text_of
from taskforce.letters.models import Assignment, Recipient, Sequel, WorkKind, WorkState
from tests.cast import signed_in
from tests.letters.scene import Scene, dispatched, draft, office

pytestmark = pytest.mark.django_db


@pytest.fixture
def frank(scene: Scene) -> Recipient:
    """The office in Fiji, to which the letter is on its way. A yes to the first invitation asks agency B for a briefing."""
    office("Fiji", person="Frank")
    row = dispatched(scene).recipients.get()
    plan(scene, row)
    return row


def plan(scene: Scene, row: Recipient, kind: str = WorkKind.BRIEFING) -> None:
    invitation = row.dispatch.letter.invitations.first()
    working.plan_sequel(invitation=invitation, kind=kind, agency=scene.cast.agency_b, days=10, by=scene.sam)


def say(row: Recipient, choice: str) -> None:
    replies = {row.dispatch.letter.invitations.first().pk: Reply(choice)}
    answering.acknowledge(recipient=row, name="Frank", replies=replies, at=timezone.now())


def owed() -> list[tuple[str, str]]:
    """What agencies owe because of answers: the agency's acronym and the words."""
    rows = Obligation.objects.open().filter(kind="action").named_on(today())
    return [(row.party, row.what) for row in rows]


BRIEF = [("BBB", "Arrange a briefing for Fiji: letter TF/2026/1")]


def test_a_yes_opens_one_assignment_however_often_it_is_said(scene: Scene, frank: Recipient) -> None:
    for choice in ("accepted", "under_way", "accepted"):
        say(frank, choice)
    made = Assignment.objects.get()
    assert (made.kind, made.agency, made.due_on) == ("briefing", scene.cast.agency_b, today() + timedelta(days=10))
    assert owed() == BRIEF
    assert Obligation.objects.get(kind="action").get_absolute_url() == made.get_absolute_url()


@pytest.mark.parametrize("choice", ["declined", "", "done"])
def test_what_is_no_yes_opens_nothing(frank: Recipient, choice: str) -> None:
    say(frank, choice)
    assert not Assignment.objects.exists()


def test_a_yes_taken_back_before_anybody_acted_asks_nobody(frank: Recipient) -> None:
    say(frank, "accepted")
    say(frank, "declined")
    assert (owed(), Assignment.objects.count()) == ([], 0)
    say(frank, "accepted")
    assert owed() == BRIEF


def test_what_somebody_took_up_stays_and_says_that_the_answer_changed(scene: Scene, frank: Recipient) -> None:
    say(frank, "accepted")
    client, page = signed_in(scene.cast.charlie), Assignment.objects.get().get_absolute_url()
    client.post(page, {"do": "take_up", "note": "We meet on Monday."})
    say(frank, "declined")
    assert owed() == BRIEF
    shown = client.get(page).content.decode()
    assert "The office has changed its answer since" in shown
    client.post(page, {"do": "done", "note": "Met."})
    assert (Assignment.objects.get().state, owed()) == (WorkState.DONE, [])
    client.post(page, {"do": "done", "note": "Again."})
    assert Assignment.objects.get().note == "Met."


def test_only_the_agency_and_the_secretariat_act(scene: Scene, frank: Recipient) -> None:
    say(frank, "accepted")
    page = Assignment.objects.get().get_absolute_url()
    assert signed_in(scene.alice).get(page).status_code == 200
    assert signed_in(scene.alice).post(page, {"do": "done"}).status_code == 403
    assert signed_in(scene.cast.charlie).post(page, {"do": "give"}).status_code == 403
    assert owed() == BRIEF


def test_the_secretariat_gives_it_to_another_agency(scene: Scene, frank: Recipient) -> None:
    say(frank, "accepted")
    made = Assignment.objects.get()
    day = {"due_on_day": "1", "due_on_month": "2", "due_on_year": "2027"}
    give = {"do": "give", "agency": str(scene.cast.agency_a.pk), **day}
    assert signed_in(scene.sam).post(made.get_absolute_url(), give).status_code == 302
    assert owed() == [("AAA", BRIEF[0][1])]
    say(frank, "declined")
    assert Assignment.objects.filter(pk=made.pk).exists()


def test_both_ends_lead_to_each_other(scene: Scene, frank: Recipient) -> None:
    say(frank, "accepted")
    made, client = Assignment.objects.get(), signed_in(scene.cast.charlie)
    recipient = reverse("letters:recipient", args=[frank.pk])
    assert recipient in client.get(made.get_absolute_url()).content.decode()
    for page in (recipient, reverse("letters:follow_up", args=[frank.dispatch.letter_id])):
        assert made.get_absolute_url() in client.get(page).content.decode()


def test_the_secretariat_says_what_follows_also_of_answers_that_are_there(scene: Scene, frank: Recipient) -> None:
    plan(scene, frank, "")
    say(frank, "accepted")
    assert owed() == []
    client, url = signed_in(scene.sam), reverse("letters:sequels", args=[frank.dispatch.letter_id])
    form = client.get(url).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    first = frank.dispatch.letter.invitations.first().pk
    assert client.post(url, data | {f"kind-{first}": "expertise", f"agency-{first}": ""}).status_code == 422
    client.post(url, data | {f"kind-{first}": "expertise"})
    assert owed() == [("AAA", "Offer expertise to Fiji: letter TF/2026/1")]


def test_what_follows_stays_with_its_invitation_when_the_text_changes(scene: Scene) -> None:
    letter = draft(scene)
    first = letter.invitations.first()
    working.plan_sequel(invitation=first, kind="briefing", agency=scene.cast.agency_b, days=10, by=scene.sam)
    before = text_of(letter)
    after = before.__class__(**{**vars(before), "invitations": ("Something new", first.text)})
    actions.change_letter(letter=letter, version=letter.version, text=after, by=scene.sam)
    assert [(row.invitation.text, row.days) for row in Sequel.objects.all()] == [(first.text, 10)]
