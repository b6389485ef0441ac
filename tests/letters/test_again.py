"""A letter that went out is sent again only to those who lack it: a corrected address, a late office."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agencies.models import Obligation, ResidentCoordinator
from core import outbox
from core.models import MessageState, OutgoingMessage
from core.workflow import IllegalMove
from taskforce.letters import answering, dispatching
from taskforce.letters.links import token_of
from taskforce.letters.models import Dispatch, RecipientState
from tests.cast import signed_in
from tests.letters.scene import Scene, dispatched, office
from tests.letters.test_dispatch import deliver, run
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(scene: Scene, sink: Sink) -> Dispatch:
    """Ghana has the letter; the relay refused the address of Fiji."""
    office("Fiji", person="Frank")
    office("Ghana", person="Gina")
    sink.rcpt["frank@example.org"] = "550 no such user"
    dispatch = dispatched(scene)
    run(dispatch)
    deliver()
    dispatching.finish_dispatches()
    return dispatch


def test_only_the_failed_and_the_late_get_it(scene: Scene, sink: Sink, first: Dispatch) -> None:
    ResidentCoordinator.objects.filter(name="Frank").update(email="fred@example.org")
    office("Chad", person="Carl")
    client = signed_in(scene.sam)
    assert "Send to those who lack it" in client.get(first.letter.get_absolute_url()).content.decode()
    page = client.get(reverse("letters:dispatch", args=[first.letter_id]))
    assert (page.context["again"], len(page.context["plan"].roll.reached)) == (["Fiji"], 2)
    again = dispatched(scene, letter=first.letter)
    run(again)
    deliver()
    assert sorted(sink.addresses()) == ["carl@example.org", "fred@example.org", "gina@example.org"]
    assert dispatching.finish_dispatches() == 1


def test_an_office_whose_letter_came_back_gets_it_at_its_corrected_address(
    scene: Scene, sink: Sink, first: Dispatch
) -> None:
    sent = OutgoingMessage.objects.get(to="gina@example.org")
    assert outbox.came_back(sent.pk, "5.1.1 no such user")
    ghana = first.recipients.for_list().get(office_name="Ghana")
    assert (ghana.state, ghana.reason) == (RecipientState.BOUNCED, "5.1.1 no such user")
    assert not first.letter.can_change()
    ResidentCoordinator.objects.filter(name="Gina").update(email="grace@example.org")
    run(dispatched(scene, letter=first.letter))
    deliver()
    assert sink.addresses() == ["gina@example.org", "grace@example.org"]


def test_the_link_of_a_letter_that_was_sent_again_opens_nothing(scene: Scene, sink: Sink, first: Dispatch) -> None:
    """It came back from somebody who told us on the telephone: they hold a key to the letter."""
    ghana = first.recipients.get(office_name="Ghana")
    outbox.came_back(ghana.message_id, "Read by a stranger")
    ResidentCoordinator.objects.filter(name="Gina").update(email="grace@example.org")
    again = dispatched(scene, letter=first.letter)
    old, new = (
        reverse("letters:acknowledge", args=[token_of(row)])
        for row in (ghana, again.recipients.get(office=ghana.office))
    )
    assert Client().get(old).status_code == 200
    run(again)
    assert [Client().get(page).status_code for page in (old, f"{old}0.pdf", new)] == [404, 404, 200]
    assert Client().post(old, {"name": "A stranger"}).status_code == 404


def test_an_answer_outweighs_a_report_that_the_letter_came_back(scene: Scene, first: Dispatch) -> None:
    ghana = first.recipients.get(office_name="Ghana")
    outbox.came_back(ghana.message_id, "5.1.1 no such user")
    answering.acknowledge(recipient=ghana, name="Gina", replies={}, at=timezone.now())
    assert first.recipients.with_state().get(pk=ghana.pk).state == RecipientState.ACKNOWLEDGED
    assert [one.office for one in dispatching.roll_of(first.letter, timezone.localdate()).addressees] == ["Fiji"]


def test_each_office_owes_one_answer(scene: Scene, first: Dispatch) -> None:
    run(dispatched(scene, letter=first.letter))
    owed = Obligation.objects.open().filter(kind="answer").values_list("office__name", flat=True)
    assert sorted(owed) == ["Fiji", "Ghana"]


def test_there_is_nobody_left_when_all_have_it(scene: Scene, sink: Sink, first: Dispatch) -> None:
    OutgoingMessage.objects.of(first.pk).update(state=MessageState.HANDED_OVER)
    assert "Send to those who lack it" not in signed_in(scene.sam).get(first.letter.get_absolute_url()).content.decode()
    with pytest.raises(IllegalMove, match="no office"):
        dispatched(scene, letter=first.letter)


def test_an_uncertain_one_is_sent_again_only_when_a_person_says_so(scene: Scene, sink: Sink, first: Dispatch) -> None:
    message = OutgoingMessage.objects.get(to="frank@example.org")
    OutgoingMessage.objects.filter(pk=message.pk).update(state=MessageState.UNCERTAIN)
    with pytest.raises(IllegalMove, match="no office"):
        dispatched(scene, letter=first.letter)
    del sink.rcpt["frank@example.org"]
    outbox.resolve(message, arrived=False, by=scene.sam)
    deliver()
    assert sorted(sink.addresses()) == ["frank@example.org", "gina@example.org"]
