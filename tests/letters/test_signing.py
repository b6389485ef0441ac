"""Signatures: asked one after the other or all at once, given on the portal or recorded from paper, bound to the text."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pgtrigger
import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from agencies.models import Obligation
from core.models import MessageState, OutgoingMessage
from core.workflow import IllegalMove
from taskforce.letters import actions, dispatching, releasing, signing
from taskforce.letters.documents import seal_of, text_of
from taskforce.letters.models import Letter, Signing
from taskforce.letters.stages import stages_of
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.letters.scene import PLAIN, TEXT, TODAY, Scene, approved, cleared, dispatched, office, ready, signed
from tests.letters.test_dispatch import deliver, run
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db


def asked(scene: Scene, *, in_sequence: bool, people: str = "charlie dora") -> Letter:
    """A cleared letter whose two signatories are people of agencies B and C."""
    letter = cleared(scene)
    who = {"charlie": scene.cast.charlie, "dora": scene.dora}
    seats = {row.pk: who[name].seats.get() for row, name in zip(letter.signings.all(), people.split(), strict=False)}
    return signing.ask(letter=letter, seats=seats, in_sequence=in_sequence, due_on=TODAY + timedelta(5), by=scene.sam)


def sign(letter: Letter, person, sha256: str = "") -> Letter:
    """The person signs what stands."""
    row = letter.signings.current().get(person=person)
    return signing.sign(row=row, sha256=sha256 or seal_of(text_of(letter)), by=person, at=timezone.now())


def states(letter: Letter) -> list[str]:
    return list(letter.signings.current().values_list("state", flat=True))


def test_a_simple_letter_is_signed_in_one_step(scene: Scene) -> None:
    letter = cleared(scene)
    client, url = signed_in(scene.sam), reverse("letters:signings_record", args=[letter.pk])
    page = client.get(url)
    rows = [str(row.pk) for row in page.context["form"].initial["rows"]]
    scan = SimpleUploadedFile("signed.png", b"\x89PNG\r\n\x1a\n...")
    day = {"signed_on_day": TODAY.day, "signed_on_month": TODAY.month, "signed_on_year": TODAY.year}
    client.post(url, {"rows": rows, "scan": scan, **day})
    letter.refresh_from_db()
    first = letter.signings.first()
    assert (letter.status, states(letter), first.decided_by) == (Status.READY, ["signed", "signed"], scene.sam)
    assert (first.scan.content_type, first.sha256) == ("image/png", seal_of(text_of(letter)))
    assert "Signed electronically" not in client.get(letter.get_absolute_url()).content.decode()
    scan_url = reverse("letters:scan", args=[first.pk])
    assert b"".join(client.get(scan_url).streaming_content).startswith(b"\x89PNG")
    assert signed_in(scene.alice).get(scan_url).status_code == 403


def test_in_sequence_each_is_asked_when_the_one_before_has_signed(scene: Scene) -> None:
    letter = asked(scene, in_sequence=True)
    assert states(letter) == ["asked", "open"]
    assert list(OutgoingMessage.objects.values_list("to", flat=True)) == ["charlie@example.org"]
    letter = sign(letter, scene.cast.charlie)
    assert (letter.status, states(letter)) == (Status.IN_SIGNATURE, ["signed", "asked"])
    assert [row.what for row in Obligation.objects.open()] == [f"Sign letter {letter.open_name}"]
    assert sign(letter, scene.dora).status == Status.READY
    assert not Obligation.objects.open().exists()


def test_in_parallel_all_are_asked_at_once(scene: Scene) -> None:
    letter = asked(scene, in_sequence=False)
    assert states(letter) == ["asked", "asked"]
    assert Obligation.objects.open().filter(kind="signature").count() == 2
    sign(letter, scene.dora)
    assert sign(letter, scene.cast.charlie).status == Status.READY


def test_whose_agency_is_asked_to_sign_sees_the_letter(scene: Scene) -> None:
    hidden = cleared(scene, replace(TEXT, reference="TF/2026/2"))
    letter = asked(scene, in_sequence=False)
    assert list(Letter.objects.visible_to(scene.cast.charlie)) == [letter]
    assert set(Letter.objects.visible_to(scene.sam)) == {hidden, letter}


def test_who_is_asked_is_chosen_from_the_seats_of_the_mechanism(scene: Scene) -> None:
    letter = cleared(scene)
    client, url = signed_in(scene.sam), reverse("letters:signings_ask", args=[letter.pk])
    first, second = client.get(url).context["form"].rows
    seat = scene.dora.seats.get()
    typed = {"order": "parallel", "due_on_day": 30, "due_on_month": 11, "due_on_year": 2026}
    assert "Choose at least one person" in client.post(url, typed).content.decode()
    client.post(url, {**typed, f"person-{second.pk}": str(seat.pk)})
    assert [(row.person, row.state) for row in letter.signings.all()] == [(None, "open"), (scene.dora, "asked")]
    assert first.order == 1


def test_a_person_and_a_paper_in_one_letter(scene: Scene) -> None:
    letter = asked(scene, in_sequence=True, people="charlie")
    sign(letter, scene.cast.charlie)
    assert stages_of(letter)[2].next == "1 signature to be recorded"
    assert signed(scene, letter).status == Status.READY


def test_nobody_signs_for_another(scene: Scene) -> None:
    row = asked(scene, in_sequence=False).signings.get(person=scene.dora)
    with pytest.raises(PermissionDenied):
        signing.sign(row=row, sha256=seal_of(text_of(row.letter)), by=scene.alice, at=timezone.now())
    page = signed_in(scene.alice).get(row.get_absolute_url()).content.decode()
    assert ("Only Dora signs this." in page, "Record your decision" in page) == (True, False)


def test_whoever_left_the_agency_signs_no_more(scene: Scene) -> None:
    row = asked(scene, in_sequence=False).signings.get(person=scene.dora)
    assert signing.may_sign(row, scene.dora)
    scene.dora.seats.update(agency=scene.cast.agency_b)
    assert not signing.may_sign(row, scene.dora)


def test_one_signs_the_text_that_was_shown(scene: Scene) -> None:
    letter = asked(scene, in_sequence=False)
    with pytest.raises(IllegalMove, match="has changed since"):
        sign(letter, scene.dora, sha256="0" * 64)


def test_a_signatory_may_decline_and_somebody_else_be_asked(scene: Scene) -> None:
    letter = asked(scene, in_sequence=True)
    client, row = signed_in(scene.cast.charlie), letter.signings.get(person=scene.cast.charlie)
    typed = {"decision": "decline", "approved": "x"}
    assert client.post(row.get_absolute_url(), typed).status_code == 422
    client.post(row.get_absolute_url(), {**typed, "reason": "Not my matter."})
    assert (states(letter), Obligation.objects.open().count()) == (["declined", "open"], 0)
    assert "Not my matter." in signed_in(scene.sam).get(letter.get_absolute_url()).content.decode()
    seats = {row.pk: scene.alice.seats.get()}
    signing.ask(letter=letter, seats=seats, in_sequence=True, due_on=TODAY, by=scene.sam)
    assert sign(letter, scene.alice).signings.unsigned().count() == 1


def test_a_change_takes_every_signature_back(scene: Scene) -> None:
    letter = asked(scene, in_sequence=False)
    sign(letter, scene.dora)
    letter = actions.change_letter(letter=letter, version=1, text=replace(TEXT, subject="Another"), by=scene.sam)
    assert (letter.status, states(letter), Obligation.objects.open().count()) == (Status.DRAFT, [], 0)


def test_a_letter_whose_text_is_not_the_signed_one_is_not_sent(scene: Scene) -> None:
    office("Fiji", person="Frank")
    letter = ready(scene)
    Letter.objects.filter(pk=letter.pk).update(subject="Changed behind our back")
    letter.refresh_from_db()
    with pytest.raises(IllegalMove, match="not the one that was signed"):
        releasing.ask(letter=letter, approved=approved(letter), by=scene.lea, on=TODAY, at=timezone.now())


def test_what_goes_out_says_who_signed_on_the_portal_and_when(scene: Scene) -> None:
    office("Fiji", person="Frank")
    letter = asked(scene, in_sequence=False, people="charlie")
    sign(letter, scene.cast.charlie)
    dispatch = dispatched(scene, letter=signed(scene, letter))
    assert [row["signed_on"] for row in dispatch.frozen["signatories"]] == [TODAY.isoformat(), ""]
    html = dispatching.document(dispatching.personal_letter(dispatch.recipients.get())).html
    assert html.count("Signed electronically on 21 November 2026") == 1


def test_the_seal_of_a_text_outlives_new_fields_with_a_default(scene: Scene) -> None:
    text = text_of(ready(scene))
    assert seal_of(text) == seal_of(replace(text, tlp="green"))
    assert seal_of(text) != seal_of(replace(text, tlp="red"))


def test_the_line_says_where_it_stands_and_who_is_next(scene: Scene) -> None:
    letter = asked(scene, in_sequence=True)
    assert [(stage.name, stage.place, stage.next) for stage in stages_of(letter)][1:4] == [
        ("Clearance", "done", ""),
        ("Signature", "here", "waits for Charlie"),
        ("Ready", "ahead", ""),
    ]


# ---------------------------------------------------------------- where a stop leads


def test_a_dispatch_that_reached_nobody_stops_where_it_began(scene: Scene) -> None:
    office("Fiji", person="Frank")
    dispatch = dispatched(scene)
    dispatching.cancel_dispatch(dispatch=dispatch, by=scene.sam, at=timezone.now())
    letter = Letter.objects.get(pk=dispatch.letter_id)
    assert (letter.status, letter.can_change()) == (Status.READY, True)


@pytest.mark.parametrize("refused", [False, True])
def test_a_stopped_repeat_leaves_the_letter_dispatched_and_in_sight(scene: Scene, sink: Sink, refused: bool) -> None:
    office("Fiji", person="Frank")
    first = dispatched(scene)
    run(first)
    deliver()
    dispatching.finish_dispatches()
    if refused:
        OutgoingMessage.objects.update(state=MessageState.REFUSED)
    office("Ghana", person="Gina")
    again = dispatched(scene, letter=first.letter)
    assert Letter.objects.visible_to(scene.cast.charlie).exists()
    dispatching.cancel_dispatch(dispatch=again, by=scene.sam, at=timezone.now())
    assert Letter.objects.get().status == Status.DISPATCHED
    assert Letter.objects.visible_to(scene.cast.charlie).exists()


# ---------------------------------------------------------------- letters of before


def test_letters_cleared_before_are_sorted_by_whether_somebody_has_them(scene: Scene) -> None:
    office("Fiji", person="Frank")
    sent = dispatched(scene)
    run(sent)
    waits = cleared(scene, replace(PLAIN, reference="TF/2026/2"))
    Signing.objects.all().delete()
    with pgtrigger.ignore("letters.Letter:status_moves"):
        Letter.objects.update(status="cleared")
    import_module("taskforce.letters.migrations.0013_cleared_letters").sort(apps, None)
    assert Letter.objects.get(pk=sent.letter_id).status == Status.DISPATCHED
    waits.refresh_from_db()
    assert (waits.status, [row.title for row in waits.signings.all()]) == (
        Status.IN_SIGNATURE,
        ["Under-Secretary-General", "Executive Director"],
    )
