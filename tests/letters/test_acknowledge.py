"""The page behind a recipient's link: looking answers nothing, the button does, and it can be changed until the deadline."""

import io
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from agencies.models import Obligation
from core.tokens import seal
from taskforce.letters import actions, links
from taskforce.letters.meanwhile import mark_of
from taskforce.letters.models import Invitation, Letter, Recipient
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.letters.scene import TEXT, Scene, dispatched, office
from tests.letters.test_dispatch import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def frank(scene: Scene) -> Recipient:
    """The office in Fiji, which has the letter."""
    office("Fiji", person="Frank")
    dispatch = dispatched(scene)
    run(dispatch)
    return dispatch.recipients.get()


def page_of(recipient: Recipient) -> str:
    return reverse("letters:acknowledge", args=[links.token_of(recipient)])


def answer(recipient: Recipient, *choices: str, name: str = "Frank, Resident Coordinator") -> dict[str, str]:
    """What the form sends when it was just opened."""
    invitations = recipient.dispatch.letter.invitations.all()
    chosen = {f"choice-{invitation.pk}": choice for invitation, choice in zip(invitations, choices, strict=False)}
    return {"name": name, "seen": mark_of(Recipient.objects.get(pk=recipient.pk)), **chosen}


def test_looking_answers_nothing(frank: Recipient) -> None:
    client = Client()
    for ask in (client.get, client.head):
        assert ask(page_of(frank)).status_code == 200
    frank.refresh_from_db()
    assert frank.acknowledged_at is None
    assert Obligation.objects.open().filter(kind="answer").count() == 1


def test_the_button_acknowledges_and_settles_what_is_owed(frank: Recipient) -> None:
    page = Client().post(page_of(frank), answer(frank, "accepted", "declined"))
    frank.refresh_from_db()
    assert "Your answer is recorded" in page.content.decode()
    assert frank.acknowledged_by == "Frank, Resident Coordinator"
    assert list(frank.answers.values_list("choice", flat=True)) == ["accepted", "declined"]
    assert not Obligation.objects.open().filter(kind="answer").exists()


def test_a_name_is_needed(frank: Recipient) -> None:
    page = Client().post(page_of(frank), answer(frank, "accepted", name=""))
    frank.refresh_from_db()
    assert (page.status_code, frank.acknowledged_at) == (422, None)


def test_a_browser_that_names_no_origin_and_keeps_no_cookie_can_answer(frank: Recipient) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Origin": "null"})
    page = client.post(page_of(frank), answer(frank, "accepted"))
    frank.refresh_from_db()
    assert (page.status_code, frank.acknowledged_by) == (200, "Frank, Resident Coordinator")
    assert not client.cookies


def test_it_can_be_changed_until_the_end_of_the_day_of_the_deadline_at_its_place(frank: Recipient) -> None:
    Client().post(page_of(frank), answer(frank, "accepted"))
    with time_machine.travel(datetime(2026, 12, 16, 4, 59, tzinfo=UTC)):  # 23:59 of 15 December in New York
        Client().post(page_of(frank), answer(frank, "done"))
    assert frank.answers.first().choice == "done"


def test_who_answered_last_is_named_with_the_moment_of_that_answer(frank: Recipient, scene: Scene) -> None:
    for day, name in ((1, "Frank"), (4, "Fatou")):
        with time_machine.travel(datetime(2026, 12, day, 12, tzinfo=UTC)):
            Client().post(page_of(frank), answer(frank, "accepted", name=name))
            page = Client().get(page_of(frank)).content.decode()
            sheet = signed_in(scene.sam).get(reverse("letters:recipient", args=[frank.pk])).content.decode()
    assert re.search(r"Acknowledged by Fatou</strong></bdi>, (<[^>]+>)?4 December 2026", page)
    assert re.search(r"1 December 2026(.(?!Fatou))*<br>Last change <bdi>Fatou</bdi>, (<[^>]+>)?4 December 2026", sheet)


def test_after_the_deadline_it_shows_what_was_answered_and_takes_no_more(frank: Recipient) -> None:
    Client().post(page_of(frank), answer(frank, "accepted"))
    with time_machine.travel(datetime(2026, 12, 16, 5, 0, tzinfo=UTC)):
        assert Client().post(page_of(frank), answer(frank, "declined")).status_code == 409
        page = Client().get(page_of(frank)).content.decode()
    assert frank.answers.first().choice == "accepted"
    assert "Answers can no longer be changed here" in page
    assert "<button" not in page


@pytest.mark.parametrize(
    "wrong",
    [
        lambda row: "nonsense",
        lambda row: links.token_of(row)[:-1] + chr(ord(links.token_of(row)[-1]) ^ 1),
        lambda row: seal("something-else", row.pk),
        lambda row: seal(links.PURPOSE, row.pk, row.token_version + 1),
        lambda row: seal(links.PURPOSE, row.office_id),
    ],
)
def test_a_wrong_link_says_what_to_do(frank: Recipient, wrong) -> None:
    page = Client().get(reverse("letters:acknowledge", args=[wrong(frank)]))
    assert page.status_code == 404
    assert "Open the link again from the e-mail" in page.content.decode()


def test_a_link_ends_some_time_after_the_deadline(frank: Recipient) -> None:
    with time_machine.travel(datetime(2027, 3, 20, tzinfo=UTC)):
        assert Client().get(page_of(frank)).status_code == 404


def test_no_other_site_learns_the_address_and_no_cache_keeps_it(frank: Recipient) -> None:
    page = Client().get(page_of(frank))
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]


def test_the_log_keeps_no_key(frank: Recipient) -> None:
    """Django logs the address of every refused request, and the browser's reports name the page."""
    [console] = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    before = console.setStream(log := io.StringIO())
    try:
        Client().post(page_of(frank), {"name": ""})
        report = {"csp-report": {"document-uri": f"https://portal.example.org{page_of(frank)}"}}
        Client().post(reverse("csp_report"), report, content_type="application/csp-report")
    finally:
        console.setStream(before)
    assert ("Unprocessable" in log.getvalue(), "document-uri" in log.getvalue()) == (True, True)
    assert links.token_of(frank) not in log.getvalue()


def test_the_history_keeps_no_key(frank: Recipient) -> None:
    Client().post(page_of(frank), answer(frank, "accepted"))
    kept = [
        context
        for row in (frank, frank.answers.first())
        for context in row.events.values_list("pgh_context", flat=True)
    ]
    assert "/a/…/" in {context["url"] for context in kept if context and "url" in context}
    assert links.token_of(frank) not in str(kept)


def test_the_whole_page_is_small(frank: Recipient, settings) -> None:
    """The letter of five invitations, answered, with everything that the page loads."""
    more = [Invitation(letter=frank.dispatch.letter, order=order, text="x" * 120) for order in (3, 4, 5)]
    Invitation.objects.bulk_create(more)
    page = Client().post(page_of(frank), answer(frank, "accepted", "declined", "done", "under_way", "accepted"))
    html = page.content.decode()
    loaded = re.findall(r'(?:src|href)="/static/([^"]+)"', html)
    assert loaded == ["build/public.css"]
    assert "url(" not in (sheet := (settings.ROOT / "static" / loaded[0]).read_text())
    assert len(page.content) + len(sheet.encode()) < 50_000


def test_the_letter_is_read_behind_the_link(frank: Recipient) -> None:
    url = reverse("letters:acknowledge_file", args=[links.token_of(frank), 0])
    assert b"".join(Client().get(url).streaming_content).startswith(b"%PDF-")
    assert Client().get(url.replace("0.pdf", "7.pdf")).status_code == 404


def test_a_closed_letter_takes_no_answers(frank: Recipient) -> None:
    letter = frank.dispatch.letter
    Letter.objects.filter(pk=letter.pk).update(status=Status.DISPATCHED)
    Letter.objects.filter(pk=letter.pk).update(status=Status.CLOSED)
    assert Client().post(page_of(frank), answer(frank, "accepted")).status_code == 409


def test_answers_of_another_letter_are_not_taken(frank: Recipient, scene: Scene) -> None:
    other = actions.create_letter(
        mechanism=scene.cast.task_force, text=replace(TEXT, reference="TF/2026/9"), by=scene.sam
    )
    foreign = other.invitations.first()
    Client().post(page_of(frank), answer(frank) | {f"choice-{foreign.pk}": "accepted"})
    assert not foreign.answers.exists()


def test_an_answer_by_the_link_is_no_longer_one_that_was_recorded(frank: Recipient, scene: Scene) -> None:
    url = reverse("letters:answer", args=[frank.pk])
    signed_in(scene.sam).post(url, answer(frank, "declined") | {"received_by": "by telephone"})
    Client().post(page_of(frank), answer(frank, "accepted"))
    frank.refresh_from_db()
    assert (frank.recorded_by, frank.received_by) == (None, "")
