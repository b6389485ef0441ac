"""Two pages open on the same answers: the later one replaces nothing that it did not show."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from taskforce.letters.models import Answer, Recipient
from tests.cast import signed_in
from tests.letters.scene import Scene, dispatched, office
from tests.letters.test_acknowledge import answer, page_of
from tests.letters.test_answers import first, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def frank(scene: Scene) -> Recipient:
    """The office in Fiji, to which the letter is on its way."""
    office("Fiji", person="Frank")
    return dispatched(scene).recipients.get()


def seen(page: Any) -> dict[str, str]:
    """The mark that the form of a page carries."""
    found = re.search(r'name="seen"(?: value="([^"]*)")?', page.content.decode())
    return {"seen": (found.group(1) or "") if found else ""}


def choices(recipient: Recipient) -> list[str]:
    return list(recipient.answers.values_list("choice", flat=True))


def versions(recipient: Recipient) -> int:
    """How many rows the history has of the office's answers."""
    answers = Answer.pgh_event_model.objects.filter(recipient_id=recipient.pk)  # type: ignore[attr-defined]
    return recipient.events.count() + answers.count()


def test_the_second_of_two_tabs_is_told_and_nothing_of_it_is_written(frank: Recipient) -> None:
    client = Client()
    opened = seen(client.get(page_of(frank)))
    client.post(page_of(frank), answer(frank, "accepted", name="Frank") | opened)
    file = {f"file-{first(frank)}": upload()}
    page = client.post(page_of(frank), answer(frank, "declined", name="Fatou") | opened | file)
    said = page.content.decode()
    frank.refresh_from_db()
    assert (page.status_code, frank.acknowledged_by, choices(frank)) == (409, "Frank", ["accepted", ""])
    assert "These answers were changed by Frank on 21 November 2026, 09:00 (UTC), after you opened this page." in said
    assert "<strong>Accepted</strong>" in said  # what stands
    assert re.search(r'value="declined"[^>]* checked', said)  # what was typed
    assert 'value="Fatou"' in said
    assert "choose your files again below" in said
    assert not client.cookies


def test_what_was_typed_replaces_what_stands_when_it_is_sent_again(frank: Recipient) -> None:
    client = Client()
    mine = answer(frank, "declined", name="Fatou")
    client.post(page_of(frank), answer(frank, "accepted", name="Frank"))
    told = client.post(page_of(frank), mine)
    again = client.post(page_of(frank), mine | seen(told))
    frank.refresh_from_db()
    assert (told.status_code, again.status_code, frank.acknowledged_by) == (409, 200, "Fatou")
    assert choices(frank) == ["declined", ""]


def test_a_third_change_is_told_as_well(frank: Recipient) -> None:
    client = Client()
    mine = answer(frank, "declined", name="Fatou")
    client.post(page_of(frank), answer(frank, "accepted", name="Frank"))
    told = client.post(page_of(frank), mine)
    client.post(page_of(frank), answer(frank, "done", name="Carl"))
    again = client.post(page_of(frank), mine | seen(told))
    assert (again.status_code, "changed by Carl" in again.content.decode()) == (409, True)


def test_a_double_click_ends_on_the_thanks_and_writes_once(frank: Recipient) -> None:
    client = Client()
    sent = answer(frank, "accepted") | seen(client.get(page_of(frank)))
    client.post(page_of(frank), sent | {f"file-{first(frank)}": upload()})
    before = versions(frank)
    page = client.post(page_of(frank), sent | {f"file-{first(frank)}": upload()})
    assert (page.status_code, "Your answer is recorded" in page.content.decode()) == (200, True)
    assert versions(frank) == before


def test_another_file_is_another_answer(frank: Recipient) -> None:
    client = Client()
    sent = answer(frank, "accepted") | seen(client.get(page_of(frank)))
    client.post(page_of(frank), sent | {f"file-{first(frank)}": upload()})
    page = client.post(page_of(frank), sent | {f"file-{first(frank)}": upload(name="other.png")})
    assert page.status_code == 409
    assert frank.answers.first().file.name == "scan.png"


def test_what_the_secretariat_noted_meanwhile_is_told_without_the_name_of_a_person(
    frank: Recipient, scene: Scene
) -> None:
    client = Client()
    client.post(page_of(frank), answer(frank, "accepted"))
    opened = answer(frank, "declined")
    note(scene, frank, choice="under_way")
    page = client.post(page_of(frank), opened)
    assert (page.status_code, "changed by the secretariat" in page.content.decode()) == (409, True)
    assert "Sam" not in page.content.decode()
    assert choices(frank) == ["under_way", ""]


def test_an_office_that_says_itself_what_was_recorded_is_no_conflict(frank: Recipient, scene: Scene) -> None:
    opened = answer(frank, "accepted")
    recorded(scene, frank, "accepted")
    assert Client().post(page_of(frank), opened).status_code == 200
    frank.refresh_from_db()
    assert frank.recorded_by is None


# ---------------------------------------------------------------- the secretariat's pages


def recorded(scene: Scene, recipient: Recipient, choice: str, **more: object) -> Any:
    """Sam records an answer that came by telephone."""
    url = reverse("letters:answer", args=[recipient.pk])
    return signed_in(scene.sam).post(url, answer(recipient, choice) | {"received_by": "by telephone"} | more)


def note(scene: Scene, recipient: Recipient, **said: object) -> Any:
    """Sam says how far the office is with the first invitation, having just opened the page."""
    url, client = reverse("letters:follow", args=[recipient.pk, first(recipient)]), signed_in(scene.sam)
    return client.post(url, seen(client.get(url)) | said)


def test_an_answer_by_the_link_is_not_overwritten_by_one_recorded_from_an_older_page(
    frank: Recipient, scene: Scene
) -> None:
    opened = seen(signed_in(scene.sam).get(reverse("letters:answer", args=[frank.pk])))
    Client().post(page_of(frank), answer(frank, "accepted", name="Frank"))
    told = recorded(scene, frank, "declined", **opened, document=upload())
    said = told.content.decode()
    assert (told.status_code, choices(frank)) == (409, ["accepted", ""])
    assert all(words in said for words in ("changed by Frank on", "What stands now", "choose your files again"))
    assert recorded(scene, frank, "declined", **seen(told)).status_code == 302
    assert choices(frank) == ["declined", ""]


def test_recording_the_same_twice_writes_once(frank: Recipient, scene: Scene) -> None:
    opened = seen(signed_in(scene.sam).get(reverse("letters:answer", args=[frank.pk])))
    assert recorded(scene, frank, "declined", **opened, document=upload()).status_code == 302
    before = versions(frank)
    assert recorded(scene, frank, "declined", **opened, document=upload()).status_code == 302
    assert versions(frank) == before


def test_the_progress_of_an_answer_is_not_overwritten_from_an_older_page(frank: Recipient, scene: Scene) -> None:
    recorded(scene, frank, "accepted")
    url, client = reverse("letters:follow", args=[frank.pk, first(frank)]), signed_in(scene.lea)
    opened = seen(client.get(url))
    note(scene, frank, choice="under_way")
    told = client.post(url, opened | {"choice": "done"})
    assert (told.status_code, "changed by Sam on" in told.content.decode()) == (409, True)
    assert choices(frank) == ["under_way", ""]
    assert client.post(url, seen(told) | {"choice": "done"}).status_code == 302
    assert choices(frank) == ["done", ""]
