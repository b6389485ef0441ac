"""Once a day the auditors hear how the history stands."""

import pytest
from django.db import connection

from accounts import auditors
from accounts.models import User
from core import chain
from core.models import OutgoingMessage, Verification
from taskforce.home.tasks import verify_history
from taskforce.home.vigil import WHOLE
from tests.cast import Cast, signed_in
from tests.factories import RoleAssignmentFactory, UserFactory


@pytest.fixture
def audrey(cast: Cast) -> User:
    """The auditor."""
    person = UserFactory(name="Audrey", email="audrey@example.org", is_sample=True)
    RoleAssignmentFactory(user=person, role="auditor")
    connection.check_constraints()
    return person


def forge() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE agencies_agencyevent SET duty_station = 'Rome'")
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_the_head_is_sent_to_the_auditors_once_a_day(audrey: User) -> None:
    head = chain.head()
    verify_history()
    verify_history()
    [mail] = OutgoingMessage.objects.all()
    assert (mail.to, mail.subject) == ("audrey@example.org", "The history was verified")
    assert head in mail.text
    assert Verification.objects.get().head == head


def test_what_is_broken_is_said_in_the_mail_on_the_dashboard_and_on_the_page(audrey: User) -> None:
    forge()
    verify_history()
    mail = OutgoingMessage.objects.get()
    assert mail.subject == "The history is not as it was written"
    client = signed_in(audrey)
    for text in (mail.text, client.get("/").content.decode(), client.get("/system/audit/").content.decode()):
        assert "agencies_agencyevent" in text
        assert "was changed" in text


def test_a_history_that_was_sealed_again_is_named_in_the_mail(audrey: User) -> None:
    again = {7: "2026-11-22: accounts_userevent: other columns: +name"}
    auditors.tell("history:today", WHOLE, "emails/history.txt", report=chain.Report(again=again))
    said = "Sealed again in block 7 on 2026-11-22: accounts_userevent: other columns: +name. Was that an upgrade?"
    assert said in OutgoingMessage.objects.get().text


def test_a_head_of_an_earlier_day_is_looked_for_ever_after(audrey: User) -> None:
    Verification.objects.create(head=f"1:{'0' * 64}", blocks=1, events=1, flaws=0)
    assert [flaw.kind for flaw in chain.verify().flaws] == ["cut"]


def test_the_dashboard_of_others_says_nothing_of_it(cast: Cast) -> None:
    assert "Events in the chain" not in signed_in(cast.ada).get("/").content.decode()
