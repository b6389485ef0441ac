"""The file of recipients: for each office its state with day and reason, and when each step happened."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import MessageState, OutgoingMessage
from taskforce.letters import answering, following
from taskforce.letters.answering import Reply
from taskforce.letters.fates import with_fates
from taskforce.letters.models import Dispatch, MailedReply, Recipient
from tests.cast import signed_in
from tests.letters.scene import NOW, Scene, dispatched, handed_over, office

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def out(scene: Scene) -> Dispatch:
    """Fiji's letter came back, Ghana answered and wrote, Chad's was refused, Mali could not be reached."""
    for name in ("Chad", "Fiji", "Ghana"):
        office(name, person=name.lower())
    office("Mali", mailbox=False)
    dispatch = dispatched(scene)
    handed_over(dispatch)
    messages = OutgoingMessage.objects.of(dispatch.pk)
    messages.filter(to="fiji@example.org").update(
        state=MessageState.BOUNCED, reason="5.1.1 no such user", settled_at=LATER
    )
    messages.filter(to="chad@example.org").update(state=MessageState.REFUSED, reason="550 no", settled_at=LATER)
    ghana = dispatch.recipients.get(office_name="Ghana")
    first = dispatch.letter.invitations.first()
    answering.acknowledge(recipient=ghana, name="Gina", replies={first.pk: Reply("accepted")}, at=LATER)
    later = LATER + timedelta(days=1)
    answering.acknowledge(recipient=ghana, name="Gina", replies={first.pk: Reply("done")}, at=later)
    MailedReply.objects.create(recipient=ghana, received_at=LATER)
    mali = dispatch.recipients.get(office_name="Mali")
    following.exempt(recipient=mali, why="Closed in summer", by=scene.sam, at=timezone.now())
    return dispatch


def exported(user, dispatch: Dispatch) -> dict[str, dict[str, str]]:
    page = signed_in(user).get(reverse("letters:recipients", args=[dispatch.letter_id]), {"format": "csv"})
    rows = csv.DictReader(io.StringIO(page.content.decode("utf-8-sig")))
    return {row["Office"]: row for row in rows}


def test_each_state_has_its_day_and_reason(scene: Scene, out: Dispatch) -> None:
    rows = exported(scene.sam, out)
    said = {name: (row["State"], row["In this state since"][:16], row["Reason"]) for name, row in rows.items()}
    assert said == {
        "Chad": ("Refused", "2026-11-21 12:00", "550 no"),
        "Fiji": ("Came back", "2026-11-21 12:00", "5.1.1 no such user"),
        "Ghana": ("Acknowledged", "2026-11-21 12:00", "Acknowledged by Gina"),
        "Mali": ("Unreached: no address", "2026-11-21 09:00", "There was no address on the day of dispatch."),
    }
    assert rows["Mali"]["No reply expected"] == "Closed in summer"


def test_an_earlier_step_stands_beside_a_later_one(scene: Scene, out: Dispatch) -> None:
    fiji, ghana = (exported(scene.sam, out)[name] for name in ("Fiji", "Ghana"))
    steps = ("Queued", "Handed to relay", "Refused", "Uncertain", "Came back", "First answer to an invitation")
    assert [fiji[step][:16] for step in steps] == [
        "2026-11-21 09:00",
        "2026-11-21 09:00",
        "",
        "",
        "2026-11-21 12:00",
        "",
    ]
    assert [ghana[step][:16] for step in steps[1:]] == ["2026-11-21 09:00", "", "", "", "2026-11-21 12:00"]
    assert (ghana["Acknowledged"][:16], ghana["First reply by e-mail"][:16]) == ("2026-11-21 12:00", "2026-11-21 12:00")


def test_that_a_mail_came_is_told_to_those_who_read_mail_alone(scene: Scene, out: Dispatch) -> None:
    assert exported(scene.alice, out)["Ghana"]["First reply by e-mail"] == ""


def test_the_number_of_offices_costs_no_queries(scene: Scene, out: Dispatch, django_assert_num_queries) -> None:
    rows = with_fates(Recipient.objects.latest().for_list(), scene.sam)
    with django_assert_num_queries(2):  # the rows, their answers
        assert len([(row.bounced_at, getattr(row, "exemption", None)) for row in rows]) == 4
