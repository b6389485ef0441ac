"""A rehearsal goes to its guests, marked as such, and to nobody else; the letter stays as it is."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from agencies.models import Obligation
from core import jobs, outbox
from core.models import Job, JobState, OutgoingMessage
from core.outbox import Draft, NotAGuestError
from core.workflow import IllegalMove
from taskforce.letters import rehearsing
from taskforce.letters.models import Dispatch, Letter, Recipient, Rehearsal
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.letters.scene import PLAIN, WITH_ANNEX, Scene, dispatched, draft, office, ready
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _offices(db) -> None:
    office("Fiji", countries=5, person="Frank")
    office("Ghana", person="Gina", interim=True)


def rehearsed(scene: Scene, letter: Letter) -> Job:
    """Sam rehearses before Sam and Lea, and a worker does it."""
    rehearsal = rehearsing.rehearse(letter=letter, guests=[scene.sam, scene.lea], by=scene.sam, at=timezone.now())
    job = Job.objects.get(subject_id=rehearsal.pk)
    jobs.run(job.pk)
    return Job.objects.get(pk=job.pk)


def test_the_guests_get_the_samples_and_nobody_else_gets_anything(scene: Scene, sink: Sink) -> None:
    letter = ready(scene, WITH_ANNEX)
    assert rehearsed(scene, letter).state == JobState.DONE
    while outbox.deliver():
        pass
    assert sorted(sink.addresses()) == ["lea@example.org"] * 2 + ["sam@example.org"] * 2
    for _addresses, mail in sink.taken:
        text = mail.get_body().get_content()
        assert ("Rehearsal" in mail["Subject"], "This is a rehearsal" in text) == (True, True)
        assert len(list(mail.iter_attachments())) == 2


def test_the_letter_stays_as_it_is_and_is_dispatched_to_all_afterwards(scene: Scene) -> None:
    letter = ready(scene)
    rehearsed(scene, letter)
    letter.refresh_from_db()
    assert (letter.status, letter.gone_out(), Dispatch.objects.exists()) == (Status.READY, False, False)
    assert not Recipient.objects.exists()
    assert not Obligation.objects.open().filter(kind="answer").exists()
    assert dispatched(scene, letter=letter).recipients.count() == 2


def test_the_outbox_takes_no_message_of_a_rehearsal_to_somebody_else(db) -> None:
    guests = frozenset({"sam@example.org"})
    drafts = [
        Draft(key=to, to=to, subject="Rehearsal", text="Text", only_to=guests)
        for to in ("sam@example.org", "frank@example.org")
    ]
    with pytest.raises(NotAGuestError):
        outbox.enqueue_many(drafts)
    assert not OutgoingMessage.objects.exists()


def test_a_guest_is_somebody_who_may_read_the_letter(scene: Scene) -> None:
    client, url = signed_in(scene.sam), reverse("letters:rehearse", args=[draft(scene).pk])
    page = client.post(url, {"addresses": "sam@example.org frank@example.org\ncharlie@example.org"})
    assert page.status_code == 422
    assert "may read this letter: charlie@example.org, frank@example.org" in page.content.decode()
    assert not Rehearsal.objects.exists()


def test_the_page_sends_and_the_letter_says_so(scene: Scene) -> None:
    letter = draft(scene)
    client = signed_in(scene.sam)
    said = client.post(reverse("letters:rehearse", args=[letter.pk]), {"addresses": "SAM@example.org"}, follow=True)
    assert "Rehearsed: no office got anything by it" in said.content.decode()
    assert [guest.name for guest in Rehearsal.objects.get().guests.all()] == ["Sam"]


def test_a_guest_who_may_no_longer_read_it_gets_nothing(scene: Scene) -> None:
    letter = draft(scene)
    rehearsal = rehearsing.rehearse(letter=letter, guests=[scene.sam, scene.lea], by=scene.sam, at=timezone.now())
    scene.lea.role_assignments.all().delete()
    jobs.run(Job.objects.get(subject_id=rehearsal.pk).pk)
    assert set(OutgoingMessage.objects.values_list("to", flat=True)) == {"sam@example.org"}


def test_a_restricted_letter_is_not_rehearsed(scene: Scene) -> None:
    letter = draft(scene, replace(PLAIN, sensitivity=1))
    with pytest.raises(IllegalMove, match="restricted"):
        rehearsing.rehearse(letter=letter, guests=[scene.sam], by=scene.sam, at=timezone.now())


def test_a_letter_that_is_out_is_not_rehearsed(scene: Scene) -> None:
    letter = Letter.objects.get(pk=dispatched(scene).letter_id)
    with pytest.raises(IllegalMove, match="has not gone out"):
        rehearsing.rehearse(letter=letter, guests=[scene.sam], by=scene.sam, at=timezone.now())


def test_a_focal_point_rehearses_nothing(scene: Scene) -> None:
    with pytest.raises(PermissionDenied):
        rehearsing.rehearse(letter=ready(scene), guests=[scene.alice], by=scene.alice, at=timezone.now())
