"""An unanswered letter: the reminder's link opens the answering page without an account, and answering ends the reminders."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

import taskforce.letters.tasks  # noqa: F401  registers the work, as Celery does in a worker
from agencies.models import Office
from core.models import OutgoingMessage
from taskforce.letters.models import Recipient
from taskforce.reminders import actions
from taskforce.reminders.models import Reminder, Rule
from tests.cast import Cast
from tests.letters.scene import NOW, Scene, dispatched, make_scene, office
from tests.letters.test_dispatch import run

WEEK_BEFORE = dt.datetime(2026, 12, 8, 15, tzinfo=dt.UTC)  # the letter asks for answers by 15 December 2026, New York


@pytest.fixture
def scene(cast: Cast, rules: list[Rule]) -> Iterator[Scene]:
    """Two co-chairs on the morning of the dispatch."""
    with time_machine.travel(NOW, tick=True):
        yield make_scene(cast)


@pytest.fixture
def fiji(scene: Scene) -> Recipient:
    """The office in Fiji, which has the letter and has not answered."""
    office("Fiji", person="Frank")
    dispatch = dispatched(scene)
    run(dispatch)
    return dispatch.recipients.get()


def reminders() -> list[OutgoingMessage]:
    return list(
        OutgoingMessage.objects.filter(key__startswith="reminder:", to="frank@example.org").order_by("created_at")
    )


def test_the_coordinator_is_reminded_with_a_link_that_needs_no_account(fiji: Recipient) -> None:
    with time_machine.travel(WEEK_BEFORE, tick=True):
        actions.sweep(WEEK_BEFORE)
        [mail] = reminders()
        assert "Due on 15 December 2026 (UTC−05:00, New York): 7 days are left." in mail.text
        [path] = re.findall(r"/a/\S+", mail.text)
        page = Client().get(path)
    assert page.status_code == 200
    assert "Brief the regional team" in page.content.decode()


@pytest.mark.usefixtures("catalogues")
def test_an_office_is_reminded_in_its_language(fiji: Recipient) -> None:
    Office.objects.filter(name="Fiji").update(language="fr")
    with time_machine.travel(WEEK_BEFORE, tick=True):
        actions.sweep(WEEK_BEFORE)
    [mail] = reminders()
    assert mail.subject.endswith(" : à faire pour le 15 décembre 2026")
    assert "Attendu de : Fidji. Par : " in mail.text
    assert f"Réponse à une lettre: Répondre à la lettre {fiji.dispatch.letter.reference}" in mail.text
    assert "À faire pour le 15 décembre 2026 (UTC−05:00, New York) : il reste 7 jours." in mail.text
    assert "à ce titre : Coordonnatrice ou Coordonnateur résident, Fidji." in mail.text


def test_an_office_that_answers_is_reminded_no_more(fiji: Recipient) -> None:
    with time_machine.travel(WEEK_BEFORE, tick=True) as clock:
        actions.sweep(WEEK_BEFORE)
        [path] = re.findall(r"/a/\S+", reminders()[0].text)
        invitations = fiji.dispatch.letter.invitations.all()
        Client().post(path, {"name": "Frank", **{f"choice-{one.pk}": "accepted" for one in invitations}})
        fiji.refresh_from_db()
        assert fiji.acknowledged_by == "Frank"
        later = WEEK_BEFORE + dt.timedelta(days=6)
        clock.move_to(later)
        actions.sweep(later)
    assert len(reminders()) == 1
    assert Reminder.objects.filter(obligation__office=fiji.office).count() == 1
