"""Answers with their evidence: files by the link, the secretariat's records, and what became of what was accepted."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.models import StoredFile
from taskforce.letters import limits
from taskforce.letters.meanwhile import mark_of
from taskforce.letters.models import Answer, Recipient
from tests.cast import signed_in
from tests.letters.scene import PLAIN, Scene, dispatched, office
from tests.letters.test_acknowledge import answer, page_of

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n and a picture"


@pytest.fixture
def frank(scene: Scene) -> Recipient:
    """The office in Fiji, to which the letter is on its way."""
    office("Fiji", person="Frank")
    return dispatched(scene).recipients.get()


def upload(data: bytes = PNG, name: str = "scan.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "text/html")


def first(recipient: Recipient) -> str:
    """The id of the first invitation."""
    return str(recipient.dispatch.letter.invitations.first().pk)


def send(recipient: Recipient, **files: SimpleUploadedFile) -> Answer:
    """Answer the first invitation by the link, with a file."""
    named = {f"{name}-{first(recipient)}": file for name, file in files.items()}
    assert Client().post(page_of(recipient), answer(recipient, "accepted") | named).status_code == 200
    return recipient.answers.first()


def test_a_file_given_with_an_answer_is_kept_opaquely_and_only_ever_downloaded(frank: Recipient, scene: Scene) -> None:
    given = send(frank, file=upload())
    assert (given.file.content_type, given.file.name) == ("image/png", "scan.png")
    assert "scan" not in given.file.blob.name
    ours = reverse("letters:answer_file", args=[given.pk])
    theirs = f"{page_of(frank)}files/{given.pk}/"
    for client, url in ((signed_in(scene.cast.charlie), ours), (Client(), theirs)):
        got = client.get(url)
        assert got["Content-Disposition"].startswith("attachment")
        assert b"".join(got) == PNG
    assert signed_in(scene.cast.nobody).get(ours).status_code == 404


def test_a_file_of_another_office_does_not_open_by_this_link(frank: Recipient, scene: Scene) -> None:
    given = send(frank, file=upload())
    office("Ghana", person="Gina")
    other = dispatched(scene, replace(PLAIN, reference="TF/2026/2")).recipients.get(office_name="Ghana")
    assert Client().get(f"{page_of(other)}files/{given.pk}/").status_code == 404


@pytest.mark.parametrize(
    "wrong", [upload(b"MZ no picture"), upload(b"<html>", "scan.html"), upload(PNG + b"x" * 5_300_000)]
)
def test_a_file_of_a_wrong_kind_or_size_is_refused_and_nothing_is_answered(
    frank: Recipient, wrong: SimpleUploadedFile
) -> None:
    page = Client().post(page_of(frank), answer(frank, "accepted") | {f"file-{first(frank)}": wrong})
    frank.refresh_from_db()
    assert (page.status_code, frank.acknowledged_at, StoredFile.objects.filter(name=wrong.name).count()) == (
        422,
        None,
        0,
    )
    assert "choose your files again" in page.content.decode()


def test_what_was_answered_before_is_shown_and_stays_in_the_history(frank: Recipient, scene: Scene) -> None:
    send(frank, file=upload())
    send(frank)
    page = Client().get(page_of(frank)).content.decode()
    assert "Your answers so far" in page
    assert "scan.png" in page
    Client().post(page_of(frank), answer(frank, "declined") | {f"drop-{first(frank)}": "on"})
    assert frank.answers.first().file is None
    history = signed_in(scene.sam).get(reverse("letters:recipient", args=[frank.pk])).content.decode()
    assert "scan.png" in history
    assert "Accepted" in history


def test_a_link_does_not_fill_the_disk(frank: Recipient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 2)
    send(frank, file=upload(name="first.png"))
    send(frank, file=upload(name="second.png"))
    page = Client().post(page_of(frank), answer(frank, "done") | {f"file-{first(frank)}": upload()})
    assert (page.status_code, "sent many files already" in page.content.decode()) == (422, True)
    assert frank.answers.first().choice == "accepted"


def test_a_link_does_not_fill_the_history(frank: Recipient, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_CHANGES", 2)
    link, client = page_of(frank), Client()
    client.post(link, answer(frank, "accepted"))
    signed_in(scene.sam).post(
        reverse("letters:answer", args=[frank.pk]), answer(frank, "declined") | {"received_by": "by telephone"}
    )  # does not count
    client.post(link, answer(frank, "under_way"))
    assert client.post(link, answer(frank, "under_way")).status_code == 200  # stands already
    page = client.post(link, answer(frank, "done"))
    assert (page.status_code, "changed its answers many times already" in page.content.decode()) == (422, True)
    assert frank.answers.first().choice == "under_way"


def test_the_secretariat_records_an_answer_that_came_by_telephone(frank: Recipient, scene: Scene) -> None:
    url = reverse("letters:answer", args=[frank.pk])
    came = {"received_by": "by telephone", "document": upload(b"%PDF-1.7", "note.pdf")}
    signed_in(scene.sam).post(url, answer(frank, "under_way") | came)
    frank.refresh_from_db()
    assert (frank.recorded_by, frank.received_by, frank.document.name) == (scene.sam, "by telephone", "note.pdf")
    assert frank.answers.first().choice == "under_way"
    note = signed_in(scene.cast.charlie).get(reverse("letters:document", args=[frank.pk]))
    assert b"".join(note) == b"%PDF-1.7"


@pytest.mark.parametrize("name", ["answer", "follow"])
def test_a_focal_point_records_no_answers(frank: Recipient, scene: Scene, name: str) -> None:
    more = [first(frank)] if name == "follow" else []
    assert signed_in(scene.alice).get(reverse(f"letters:{name}", args=[frank.pk, *more])).status_code == 403


def follow(scene: Scene, recipient: Recipient, **said: object):  # type: ignore[no-untyped-def]
    opened = {"seen": mark_of(recipient.answers.first())}
    return signed_in(scene.sam).post(reverse("letters:follow", args=[recipient.pk, first(recipient)]), opened | said)


def test_what_was_accepted_is_followed_until_it_is_done(frank: Recipient, scene: Scene) -> None:
    send(frank)
    day = {"day_day": "3", "day_month": "11", "day_year": "2026"}
    follow(scene, frank, choice="under_way", **day)
    follow(scene, frank, choice="done", link="https://example.org/minutes", file=upload(), **day)
    now = frank.answers.first()
    assert (now.choice, now.day, now.link, now.file.name) == (
        "done",
        date(2026, 11, 3),
        "https://example.org/minutes",
        "scan.png",
    )
    steps = Answer.pgh_event_model.objects.filter(pgh_obj=now).order_by("pgh_id")  # type: ignore[attr-defined]
    assert list(steps.values_list("choice", flat=True)) == ["accepted", "under_way", "done"]


def test_a_day_to_come_shows_nothing_done(frank: Recipient, scene: Scene) -> None:
    send(frank)
    assert follow(scene, frank, choice="done", day_day="1", day_month="1", day_year="2027").status_code == 422
    assert frank.answers.first().choice == "accepted"


def test_what_was_never_answered_is_recorded_first(frank: Recipient, scene: Scene) -> None:
    assert follow(scene, frank, choice="done")["Location"] == reverse("letters:answer", args=[frank.pk])
    assert not frank.answers.exists()


def test_the_day_of_an_answer_is_the_day_at_the_place_of_the_deadline(frank: Recipient) -> None:
    with time_machine.travel(datetime(2026, 12, 2, 4, 30, tzinfo=UTC)):  # still the first in New York
        assert send(frank).day == date(2026, 12, 1)
    with time_machine.travel(datetime(2026, 12, 5, 12, tzinfo=UTC)):
        assert send(frank).day == date(2026, 12, 1)  # the same answer again
