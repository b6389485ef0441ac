"""Every page of the letters works for whom it is meant, and does not exist for others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pikepdf
import pytest
import time_machine
from django.urls import reverse

from agencies.models import Office
from core.dates import span
from taskforce.letters import actions, links
from taskforce.letters.models import Letter
from tests.cast import signed_in
from tests.letters.scene import NOW, PLAIN, TODAY, Scene, clearance_of, dispatched, draft, office, ready, submitted
from tests.letters.test_dispatch import run
from tests.queries import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _offices(db) -> None:
    office("Fiji", countries=5, person="Frank")
    office("Ghana", person="Gina", interim=True)


def test_the_list_shows_the_secretariat_its_drafts(scene: Scene) -> None:
    draft(scene)
    page = signed_in(scene.sam).get(reverse("letters:list"))
    assert "A matter of drugs and crime" in page.content.decode()


def test_a_member_sees_no_draft(scene: Scene) -> None:
    letter = draft(scene)
    client = signed_in(scene.cast.charlie)
    assert "A matter" not in client.get(reverse("letters:list")).content.decode()
    assert client.get(reverse("letters:detail", args=[letter.pk])).status_code == 404


def test_a_co_chair_sees_what_it_is_asked_to_clear(scene: Scene) -> None:
    letter = submitted(scene)
    page = signed_in(scene.alice).get(reverse("letters:detail", args=[letter.pk]))
    assert "Your agency is asked to clear this letter" in page.content.decode()


@pytest.mark.parametrize("name", ["detail", "edit", "submit", "history", "recipients", "dispatch", "rehearse"])
def test_the_secretariat_opens_each_page_of_a_draft(scene: Scene, name: str) -> None:
    letter = draft(scene)
    assert signed_in(scene.sam).get(reverse(f"letters:{name}", args=[letter.pk])).status_code == 200


@pytest.mark.parametrize("name", ["detail", "history", "recipients", "matrix", "coverage", "progress"])
def test_everyone_opens_each_page_of_a_letter_that_is_out(scene: Scene, name: str) -> None:
    dispatch = dispatched(scene)
    assert signed_in(scene.cast.charlie).get(reverse(f"letters:{name}", args=[dispatch.letter_id])).status_code == 200


@pytest.mark.parametrize("name", ["edit", "submit", "dispatch", "rehearse"])
def test_a_reader_may_not_write(scene: Scene, name: str) -> None:
    dispatch = dispatched(scene)
    assert signed_in(scene.cast.charlie).get(reverse(f"letters:{name}", args=[dispatch.letter_id])).status_code == 403


@pytest.mark.parametrize("name", ["move", "stop", "resume", "release", "take_back"])
def test_a_move_is_posted(scene: Scene, name: str) -> None:
    letter = draft(scene)
    assert signed_in(scene.sam).get(reverse(f"letters:{name}", args=[letter.pk])).status_code == 405


def test_a_stranger_sees_nothing(scene: Scene) -> None:
    dispatch = dispatched(scene)
    client = signed_in(scene.cast.nobody)
    assert client.get(reverse("letters:list")).status_code == 403
    assert client.get(reverse("letters:detail", args=[dispatch.letter_id])).status_code == 404


def test_the_check_page_counts_letters_and_countries(scene: Scene) -> None:
    office("Chad", mailbox=False)
    page = signed_in(scene.sam).get(reverse("letters:dispatch", args=[ready(scene).pk]))
    roll = page.context["plan"].roll
    assert (len(roll.reached), roll.countries, len(roll.unreached)) == (2, 6, 1)
    assert "Ask for the dispatch to 2 offices" in page.content.decode()


def test_a_cancelled_dispatch_page_offers_nothing_to_stop(scene: Scene) -> None:
    assert signed_in(scene.sam).post(reverse("letters:stop", args=[draft(scene).pk])).status_code == 404


def test_the_recipients_come_as_a_file(scene: Scene) -> None:
    dispatch = dispatched(scene)
    url = reverse("letters:recipients", args=[dispatch.letter_id])
    table = signed_in(scene.sam).get(f"{url}?format=csv&country=Country").content.decode("utf-8-sig")
    assert table.count("\n") == 3
    assert "1. Brief the regional team" in table.splitlines()[0]


def test_the_number_of_queries_does_not_grow_with_rows(scene: Scene) -> None:
    client = signed_in(scene.sam)
    two = dispatched(scene)
    for number in range(20):
        office(f"Office {number}", person=f"P{number}")
    many = dispatched(scene, replace(PLAIN, reference="TF/2026/2"))
    for page in ("recipients", "detail"):
        few = queries_of(client, reverse(f"letters:{page}", args=[two.letter_id]))
        assert queries_of(client, reverse(f"letters:{page}", args=[many.letter_id])) == few


def test_only_who_records_answers_gets_a_letter_with_its_key(scene: Scene) -> None:
    dispatch = dispatched(scene)
    run(dispatch)
    row = dispatch.recipients.first()
    url = reverse("letters:pdf", args=[row.pk])
    theirs = b"".join(signed_in(scene.sam).get(url))
    ours = b"".join(signed_in(scene.cast.charlie).get(url))
    token = links.token_of(row).encode()
    assert (token in links_in(theirs), token in links_in(ours)) == (True, False)


def links_in(pdf: bytes) -> bytes:
    """All addresses that a PDF leads to."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        actions = [note.A.URI for page in opened.pages for note in page.get("/Annots", []) if "/A" in note]
        return b" ".join(bytes(uri) for uri in actions)


def test_the_list_of_letters_takes_a_constant_number_of_queries(scene: Scene) -> None:
    client, url = signed_in(scene.sam), reverse("letters:list")
    draft(scene)
    few = queries_of(client, url)
    for number in range(2, 9):
        draft(scene, replace(PLAIN, reference=f"TF/2026/{number}"))
    assert queries_of(client, url) == few


def test_a_letter_that_is_out_is_shown_as_it_went(scene: Scene) -> None:
    dispatch = dispatched(scene)
    ghana = dispatch.recipients.get(office_name="Ghana")
    with time_machine.travel(NOW + timedelta(days=30)):
        Office.objects.filter(pk=ghana.office_id).update(name="Renamed", duty_station="Moved")
        Letter.objects.filter(pk=dispatch.letter_id).update(subject="Not what went out")
        page = signed_in(scene.sam).get(reverse("letters:detail", args=[dispatch.letter_id]), {"for": ghana.office_id})
    shown = page.context["preview"]
    assert (shown.to, shown.text, shown.day) == (ghana.addressee, PLAIN, dispatch.day)
    assert [one.office for one in page.context["offices"]] == ["Fiji", "Ghana"]


def test_the_pdf_of_a_letter_that_is_out_is_there_when_the_office_is_closed(scene: Scene) -> None:
    dispatch = dispatched(scene)
    ghana = Office.objects.get(name="Ghana")
    Office.objects.filter(pk=ghana.pk).update(valid=span(ghana.first_day, TODAY - timedelta(days=1)))
    page = signed_in(scene.sam).get(reverse("letters:sample", args=[dispatch.letter_id, ghana.pk]))
    assert (page.status_code, page["Content-Type"]) == (200, "application/pdf")


def test_the_page_of_a_withdrawn_clearance_shows_no_text(scene: Scene) -> None:
    letter = submitted(scene)
    url = reverse("letters:clearance", args=[clearance_of(letter, scene.alice).pk])
    client = signed_in(scene.alice)
    assert "This goes to" in client.get(url).content.decode()
    actions.revise(letter=letter, by=scene.sam)
    assert client.get(url).status_code == 404
    actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.sam, on=TODAY)
    page = client.get(url)
    assert (page.status_code, "This goes to" in page.content.decode()) == (200, False)


def test_the_days_left_for_answers_are_counted_where_the_deadline_is(scene: Scene) -> None:
    letter = draft(scene, replace(PLAIN, deadline="2026-11-22", deadline_zone="America/New_York"))
    with time_machine.travel(datetime(2026, 11, 22, 2, tzinfo=UTC)):  # still the 21st in New York
        page = signed_in(scene.sam).get(reverse("letters:detail", args=[letter.pk])).content.decode()
    assert "1 day left" in page
