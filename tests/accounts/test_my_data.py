"""My data: all that is kept, to read and to take along; what is wrong is corrected."""

import json

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies.people.models import Correction
from agencies.people.retention import KEPT
from core import outbox
from tests.accounts.signing_in import member, set_up_app, sign_in
from tests.cast import Cast, signed_in


def test_the_page_says_for_each_sort_what_for_and_how_long(cast: Cast):
    page = signed_in(cast.alice).get("/people/me/data/").content.decode()

    for kept in KEPT.values():
        assert str(kept.what) in page
        assert str(kept.purpose) in page
    assert "Focal point of AAA" in page
    assert "charlie@example.org" not in page


@pytest.mark.parametrize("kind", ["json", "txt"])
def test_the_download_holds_everything_of_one_person_and_nothing_of_others(cast: Cast, client, kind: str):
    maria = member(cast.alice)
    sign_in(client, maria)
    set_up_app(client)
    for name in ("alice", "charlie"):
        outbox.enqueue(key=f"reminder:{name}", to=f"{name}@example.org", subject=f"Due, {name}", text="Due.")
    Correction.objects.create(person=maria, text="My title is wrong")

    answer = client.get(f"/people/me/data/my-data.{kind}")

    text = answer.content.decode()
    assert answer["Content-Disposition"].startswith("attachment")
    for words in (
        "alice@example.org",
        "Focal point of AAA",
        "Due, alice",
        "My title is wrong",
        "signed in",
        "127.0.0.1",
    ):
        assert words in text
    assert "charlie" not in text
    if kind == "json":
        assert len(json.loads(text)) == len(KEPT)


def test_a_request_reaches_the_administrators_and_its_answer_comes_back(cast: Cast):
    browser, ada = signed_in(cast.alice), signed_in(cast.ada)
    browser.post("/people/me/data/correction/", {"text": "My seat ended in May."})
    asked = Correction.objects.get()

    assert "Answer a request for correction" in ada.get("/").content.decode()
    assert "My seat ended in May." in ada.get("/people/corrections/").content.decode()
    ada.post(f"/people/corrections/{asked.pk}/", {"answer": "Mended today."})

    assert "Mended today." in browser.get("/people/me/data/").content.decode()
    assert "Answer a request for correction" not in ada.get("/").content.decode()
    asked.refresh_from_db()
    assert asked.answered_by == cast.ada


def test_an_answer_is_given_once_and_with_words(cast: Cast):
    asked = Correction.objects.create(person=cast.alice, text="Wrong")
    ada = signed_in(cast.ada)

    assert ada.post(f"/people/corrections/{asked.pk}/", {"answer": ""}).status_code == 422
    ada.post(f"/people/corrections/{asked.pk}/", {"answer": "First."})
    ada.post(f"/people/corrections/{asked.pk}/", {"answer": "Second."})

    asked.refresh_from_db()
    assert asked.answer == "First."
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(person=cast.alice, text="Wrong", answered_at=timezone.now())


@pytest.mark.parametrize("name", ["alice", "charlie", "sam", "lea", "nobody"])
def test_nobody_else_reads_requests(cast: Cast, name: str):
    asked = Correction.objects.create(person=cast.bob, text="Between me and the administrator")
    browser = signed_in(getattr(cast, name))

    assert browser.get("/people/corrections/").status_code == 403
    assert browser.get(f"/people/corrections/{asked.pk}/").status_code == 404
    assert browser.get("/people/expiring/").status_code == 403


def test_an_empty_request_is_refused_at_the_field(cast: Cast):
    answer = signed_in(cast.alice).post("/people/me/data/correction/", {"text": " "})

    assert answer.status_code == 422
    assert "text" in answer.context["form"].errors
