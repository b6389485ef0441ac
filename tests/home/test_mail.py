"""Mail on its pages: honest states, no text, and what a person decides."""

import uuid

import pytest

from core import outbox
from core.models import MessageState, OutgoingMessage, SendHold
from core.outbox import sending
from tests.cast import Cast, signed_in
from tests.queries import queries_of
from tests.smtp_sink import Sink

LINK = "https://portal.example.org/a/secret-token/"


def queue(state: str = MessageState.QUEUED, to: str = "rc@example.org") -> OutgoingMessage:
    message = outbox.enqueue(key=str(uuid.uuid4()), to=to, subject="A letter", text=f"Open {LINK}")
    OutgoingMessage.objects.filter(pk=message.pk).update(state=state, reason="The relay hung up.")
    return OutgoingMessage.objects.get(pk=message.pk)


def fresh(message: OutgoingMessage) -> OutgoingMessage:
    return OutgoingMessage.objects.get(pk=message.pk)


def test_the_list_shows_state_and_reason_and_filters_by_state(cast: Cast) -> None:
    queue(MessageState.REFUSED, "gone@example.org")
    queue(MessageState.HANDED_OVER, "here@example.org")
    page = signed_in(cast.sam).get("/system/mail/?state=refused").content.decode()
    assert "gone@example.org" in page
    assert "The relay hung up." in page
    assert "here@example.org" not in page


def test_no_page_shows_the_text_of_a_message(cast: Cast) -> None:
    message = queue(MessageState.UNCERTAIN)
    sam = signed_in(cast.sam)
    for address in ("", "?format=csv", f"{message.pk}/", f"{message.pk}/resolve/"):
        assert "secret-token" not in sam.get(f"/system/mail/{address}").content.decode()


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_mail_is_not_for_everybody(cast: Cast, name: str) -> None:
    client = signed_in(getattr(cast, name))
    assert client.get("/system/mail/").status_code == 403
    assert client.get(f"/system/mail/{queue().pk}/").status_code == 404


def test_what_did_not_arrive_is_sent_again_by_a_person(cast: Cast, sink: Sink) -> None:
    message = queue(MessageState.UNCERTAIN)
    signed_in(cast.sam).post(f"/system/mail/{message.pk}/resolve/", {"arrived": "no"})
    outbox.deliver()
    assert sink.addresses() == ["rc@example.org"]


def test_what_arrived_is_settled_with_the_name_of_who_said_so(cast: Cast) -> None:
    message = queue(MessageState.UNCERTAIN)
    signed_in(cast.sam).post(f"/system/mail/{message.pk}/resolve/", {"arrived": "yes"})
    assert (fresh(message).state, fresh(message).reason) == (MessageState.HANDED_OVER, "Said to have arrived by Sam")


def test_deciding_without_a_choice_says_what_is_missing(cast: Cast) -> None:
    message = queue(MessageState.UNCERTAIN)
    answer = signed_in(cast.sam).post(f"/system/mail/{message.pk}/resolve/", {})
    assert answer.status_code == 422
    assert "Choose what you found out." in answer.content.decode()
    assert fresh(message).state == MessageState.UNCERTAIN


def test_what_is_certain_is_not_decided(cast: Cast) -> None:
    message = queue(MessageState.REFUSED)
    signed_in(cast.sam).post(f"/system/mail/{message.pk}/resolve/", {"arrived": "no"})
    assert fresh(message).state == MessageState.REFUSED


def test_the_administrator_may_look_but_not_decide(cast: Cast) -> None:
    message = queue(MessageState.UNCERTAIN)
    ada = signed_in(cast.ada)
    assert ada.get(f"/system/mail/{message.pk}/").status_code == 200
    assert ada.post(f"/system/mail/{message.pk}/resolve/", {"arrived": "no"}).status_code == 403


def test_the_administrator_stops_mail_and_lets_it_leave_again(cast: Cast, sink: Sink) -> None:
    before, ada = queue(), signed_in(cast.ada)
    ada.post("/system/mail/hold/", {"reason": "The relay is being moved"})
    after = queue(fresh(before).state, "later@example.org")
    assert outbox.deliver() == 0
    assert (fresh(before).state, fresh(after).state) == (MessageState.HELD, MessageState.HELD)
    assert "The relay is being moved" in ada.get("/system/mail/").content.decode()
    ada.post("/system/mail/hold/", {"release": "yes"})
    outbox.deliver()
    assert sorted(sink.addresses()) == ["later@example.org", "rc@example.org"]


def test_stopping_without_a_reason_is_refused(cast: Cast) -> None:
    assert signed_in(cast.ada).post("/system/mail/hold/", {"reason": " "}).status_code == 422
    assert not SendHold.objects.exists()


def test_a_message_taken_before_the_hold_does_not_leave(cast: Cast, sink: Sink) -> None:
    queue()
    token = uuid.uuid4()
    [mine] = outbox.claim(token)
    outbox.pause("Stop")
    with sending._connect() as relay:
        assert sending._hand_over(relay, mine, token) is False
    assert (fresh(mine).state, sink.taken) == (MessageState.HELD, [])


def test_what_a_person_sends_again_during_a_hold_waits_for_its_end(cast: Cast, sink: Sink) -> None:
    message = queue(MessageState.UNCERTAIN)
    outbox.pause("Stop")
    outbox.resolve(message, arrived=False, by=cast.sam)
    assert outbox.deliver() == 0
    outbox.release(by=cast.ada)
    assert outbox.deliver() == 1


def test_the_secretariat_may_not_stop_mail(cast: Cast) -> None:
    assert signed_in(cast.sam).post("/system/mail/hold/", {"reason": "Why not"}).status_code == 403
    assert not SendHold.objects.exists()


def test_the_list_takes_the_same_queries_for_many(cast: Cast) -> None:
    def queries(rows: int) -> int:
        for _row in range(rows):
            queue()
        return queries_of(signed_in(cast.sam), "/system/mail/")

    assert queries(1) == queries(60)
