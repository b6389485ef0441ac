"""A dispatch: one row, one PDF, one message for each office, nothing of anybody else's in it."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Obligation
from core import jobs, outbox
from core.models import Job, JobState, MessageState, OutgoingMessage
from core.workflow import IllegalMove
from taskforce.letters import actions, dispatching, links
from taskforce.letters.models import Dispatch, Letter, Purpose, RecipientState
from taskforce.letters.workflow import Status
from tests.letters.scene import TEXT, WITH_ANNEX, Scene, clear, dispatched, office, ready, submitted
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db


def run(dispatch: Dispatch) -> Job:
    """Do the job as a worker would."""
    job = Job.objects.get(subject_id=dispatch.pk)
    jobs.run(job.pk)
    return Job.objects.get(pk=job.pk)


def deliver() -> None:
    """Hand over everything that waits."""
    while outbox.deliver():
        pass


def states(dispatch: Dispatch) -> Counter[str]:
    return Counter(dispatch.recipients.with_state().values_list("state", flat=True))


def status(dispatch: Dispatch) -> str:
    return Letter.objects.get(pk=dispatch.letter_id).status


def text_of(mail: EmailMessage) -> str:
    return mail.get_body().get_content()


def test_a_letter_that_is_not_cleared_is_not_dispatched(scene: Scene) -> None:
    office("Fiji")
    letter = submitted(scene)
    clear(letter, scene.alice)
    with pytest.raises(IllegalMove):
        dispatched(scene, letter=letter)


def test_rows_are_there_before_anything_is_prepared(scene: Scene) -> None:
    office("Fiji", person="Frank")
    office("Chad", mailbox=False)
    assert states(dispatched(scene)) == {RecipientState.PREPARING: 1, RecipientState.UNREACHED: 1}
    assert not OutgoingMessage.objects.exists()


def test_every_office_gets_its_own_letter_and_enclosures(scene: Scene, sink: Sink) -> None:
    office("Fiji", person="Frank", countries=5)
    office("Ghana", person="Gina")
    dispatch = dispatched(scene, WITH_ANNEX)
    assert run(dispatch).state == JobState.DONE
    deliver()
    assert sorted(sink.addresses()) == ["frank@example.org", "gina@example.org"]
    for _addresses, mail in sink.taken:
        assert [part.get_filename() for part in mail.iter_attachments()] == ["TF-2026-1.pdf", "TF-2026-1-1.pdf"]
        assert mail["Subject"] == "Letter TF/2026/1"


def test_193_offices_get_one_message_each_with_nothing_of_anybody_else(scene: Scene, sink: Sink, settings) -> None:
    for number in range(193):
        office(f"Office{number:03}", person=f"Person{number:03}")
    dispatch = dispatched(scene)
    run(dispatch)
    deliver()
    assert all(len(addresses) == 1 for addresses, _mail in sink.taken)
    tokens = {row.email: links.token_of(row) for row in dispatch.recipients.all()}
    assert Counter(sink.addresses()) == Counter(tokens.keys())
    for [address], mail in sink.taken:
        text = text_of(mail)
        assert [token for token in tokens.values() if token in text] == [tokens[address]]
        assert mail["To"] == address
        assert [number for number in range(193) if f"Office{number:03}" in text] == [int(address[6:9])]


def test_preparing_twice_queues_nothing_twice(scene: Scene) -> None:
    office("Fiji", person="Frank")
    dispatch = dispatched(scene)
    run(dispatch)
    dispatching.resume(dispatch=dispatch, by=scene.sam)
    jobs.sweep()
    for job in Job.objects.unfinished():
        jobs.run(job.pk)
    assert OutgoingMessage.objects.count() == 1


def test_a_letter_for_action_is_owed_an_answer_by_each_office_reached(scene: Scene) -> None:
    fiji = office("Fiji", person="Frank")
    office("Chad", mailbox=False)
    dispatch = dispatched(scene)
    run(dispatch)
    [owed] = Obligation.objects.open().filter(kind="answer")
    assert (owed.office, owed.sealed, owed.due_on.isoformat()) == (fiji, True, TEXT.deadline)
    assert owed.subject_id == dispatch.recipients.get(office=fiji).pk


def test_a_letter_for_information_is_owed_nothing(scene: Scene) -> None:
    office("Fiji", person="Frank")
    run(dispatched(scene, replace(TEXT, purpose=Purpose.INFORMATION, deadline="")))
    assert not Obligation.objects.filter(kind="answer").exists()


def test_a_confidential_letter_goes_as_a_link_only(scene: Scene, sink: Sink) -> None:
    office("Fiji", person="Frank")
    dispatch = dispatched(scene, replace(WITH_ANNEX, sensitivity=1))
    run(dispatch)
    deliver()
    [(_addresses, mail)] = sink.taken
    assert not list(mail.iter_attachments())
    assert TEXT.subject not in text_of(mail)
    assert links.link_to(dispatch.recipients.get()) in text_of(mail)


def test_it_is_dispatched_when_nothing_waits_any_more(scene: Scene, sink: Sink) -> None:
    office("Fiji", person="Frank")
    dispatch = dispatched(scene)
    assert dispatching.finish_dispatches() == 0
    run(dispatch)
    assert dispatching.finish_dispatches() == 0, "the message still waits in the outbox"
    deliver()
    assert dispatching.finish_dispatches() == 1
    assert status(dispatch) == Status.DISPATCHED


def test_a_refused_address_is_shown_as_refused(scene: Scene, sink: Sink) -> None:
    office("Fiji", person="Frank")
    sink.rcpt["frank@example.org"] = "550 no such user"
    dispatch = dispatched(scene)
    run(dispatch)
    deliver()
    row = dispatch.recipients.for_list().get()
    assert (row.state, "no such user" in row.reason) == (RecipientState.REFUSED, True)


def test_a_stopped_dispatch_sends_nothing_more_and_can_go_on_to_the_rest(scene: Scene, sink: Sink) -> None:
    office("Fiji", person="Frank")
    ghana = office("Ghana", person="Gina")
    first = dispatched(scene)
    run(first)
    OutgoingMessage.objects.filter(to="gina@example.org").update(not_before=Now() + timedelta(days=1))
    deliver()
    dispatching.cancel_dispatch(dispatch=first, by=scene.sam, at=timezone.now())
    assert status(first) == Status.DISPATCHED
    second = dispatched(scene, letter=first.letter)
    assert [row.office for row in second.recipients.all()] == [ghana]
    run(second)
    deliver()
    assert sink.addresses() == ["frank@example.org", "gina@example.org"]


def test_a_stopped_dispatch_is_owed_no_answer(scene: Scene) -> None:
    office("Fiji", person="Frank")
    dispatch = dispatched(scene)
    run(dispatch)
    dispatching.cancel_dispatch(dispatch=dispatch, by=scene.sam, at=timezone.now())
    assert not Obligation.objects.open().filter(kind="answer").exists()
    assert states(dispatch) == {RecipientState.CANCELLED: 1}


def test_a_letter_that_went_out_is_not_changed(scene: Scene, sink: Sink) -> None:
    office("Fiji", person="Frank")
    office("Ghana", person="Gina")
    dispatch = dispatched(scene)
    run(dispatch)
    OutgoingMessage.objects.filter(to="gina@example.org").update(not_before=Now() + timedelta(days=1))
    deliver()
    dispatching.cancel_dispatch(dispatch=dispatch, by=scene.sam, at=timezone.now())
    changed = replace(TEXT, body="Something else")
    with pytest.raises(IllegalMove):
        actions.change_letter(letter=dispatch.letter, version=1, text=changed, by=scene.sam)


@pytest.fixture
def stopped(scene: Scene) -> Dispatch:
    """Stopped while the message to Frank was being handed over; Gina's never left."""
    office("Fiji", person="Frank")
    office("Ghana", person="Gina")
    dispatch = dispatched(scene)
    run(dispatch)
    OutgoingMessage.objects.filter(to="frank@example.org").update(state=MessageState.IN_FLIGHT)
    dispatching.cancel_dispatch(dispatch=dispatch, by=scene.sam, at=timezone.now())
    return dispatch


@pytest.mark.parametrize("state", [MessageState.QUEUED, MessageState.HELD])
def test_an_office_whose_message_waits_after_a_stop_gets_no_second_one(stopped: Dispatch, state: str) -> None:
    OutgoingMessage.objects.filter(to="frank@example.org").update(state=state)
    roll = dispatching.roll_of(stopped.letter, timezone.localdate())
    assert [one.office for one in roll.addressees] == ["Ghana"]


def test_an_office_whose_message_is_refused_after_a_stop_can_be_sent_it_again(stopped: Dispatch) -> None:
    OutgoingMessage.objects.filter(to="frank@example.org").update(state=MessageState.REFUSED)
    roll = dispatching.roll_of(stopped.letter, timezone.localdate())
    assert [one.office for one in roll.addressees] == ["Fiji", "Ghana"]
    assert not stopped.letter.gone_out()


@pytest.mark.parametrize("step", [actions.revise, actions.withdraw_letter])
def test_a_letter_of_which_a_message_waits_after_a_stop_keeps_its_text(scene: Scene, stopped: Dispatch, step) -> None:
    OutgoingMessage.objects.filter(to="frank@example.org").update(state=MessageState.QUEUED)
    letter = Letter.objects.get(pk=stopped.letter_id)
    assert not letter.can_change()
    with pytest.raises(IllegalMove):
        step(letter=letter, by=scene.sam)


def test_whoever_lost_the_right_does_not_go_on(scene: Scene) -> None:
    office("Fiji", person="Frank")
    dispatch = dispatched(scene)
    scene.sam.role_assignments.all().delete()
    job = run(dispatch)
    assert (job.state, "may no longer" in job.message) == (JobState.FAILED, True)
    assert not OutgoingMessage.objects.exists()


def test_a_row_changed_behind_our_back_stops_everything(scene: Scene) -> None:
    office("Fiji", person="Frank")
    dispatch = dispatched(scene)
    dispatch.recipients.update(email="somebody.else@example.org")
    job = run(dispatch)
    assert (job.state, "not what was approved" in job.message) == (JobState.FAILED, True)
    assert not OutgoingMessage.objects.exists()


def test_a_letter_whose_deadline_is_over_is_not_dispatched(scene: Scene) -> None:
    office("Fiji", person="Frank")
    letter = ready(scene)
    with (
        time_machine.travel(letter.deadline_ends + timedelta(seconds=1)),
        pytest.raises(IllegalMove, match="has passed"),
    ):
        dispatched(scene, letter=letter)


@pytest.mark.parametrize("end", ["stop", "finish"])
def test_a_letter_is_locked_before_its_dispatch(scene: Scene, end: str) -> None:
    office("Chad", mailbox=False)
    office("Fiji", person="Frank")
    dispatch = dispatched(scene)
    dispatch.recipients.update(reach="unreached", email="")
    with CaptureQueriesContext(connection) as asked:
        if end == "stop":
            dispatching.cancel_dispatch(dispatch=dispatch, by=scene.sam, at=timezone.now())
        else:
            assert dispatching.finish_dispatches() == 1
    locked = [query["sql"].partition("FROM")[2].split('"')[1] for query in asked if "FOR UPDATE" in query["sql"]]
    assert locked.index("letters_letter") < locked.index("letters_dispatch")
