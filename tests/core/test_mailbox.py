"""Mail that comes in is read from a real mailbox, filed once, and never by somebody who made its address up."""

import base64
import uuid
from email.message import EmailMessage

import pytest
from django.test import Client

import core.tasks  # noqa: F401  registers who files bounces, as Celery does in a worker
from core import mailbox, outbox, providers
from core.models import Filing, MessageState, OutgoingMessage, ReceivedMail
from core.tokens import address_token, read_address_token
from tests.imap_server import ImapServer, delivery_report
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(inbox: ImapServer, sink: Sink) -> OutgoingMessage:
    """A message that the relay took, from a return path of its own."""
    outbox.enqueue(key="one", to="frank@example.org", subject="A letter", text="Please open the portal.")
    outbox.deliver()
    return OutgoingMessage.objects.get()


def fresh(message: OutgoingMessage) -> tuple[str, str]:
    now = OutgoingMessage.objects.get(pk=message.pk)
    return now.state, now.reason


def mail(to: str, subject: str = "Hello") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "somebody@example.net", to, subject
    made.set_content("A text.")
    return made


def test_a_message_leaves_with_a_return_path_of_its_own(sent: OutgoingMessage, sink: Sink) -> None:
    assert sink.senders == [outbox.return_path(sent)]
    local, _at, domain = sink.senders[0].partition("@")
    assert (local[:7], len(local) <= 64, domain) == ("bounce+", True, "mail.example.org")


def test_without_a_mailbox_it_comes_back_to_its_sender(sink: Sink) -> None:
    outbox.enqueue(key="one", to="frank@example.org", subject="A letter", text="Text.")
    outbox.deliver()
    assert sink.senders == ["secretariat@taskforce.example.org"]
    assert mailbox.poll() == 0


def test_a_message_that_comes_back_is_marked_with_the_reason(sent: OutgoingMessage, inbox: ImapServer) -> None:
    inbox.receive(delivery_report(outbox.return_path(sent), said="smtp; 550 <frank@example.org>: unknown user"))
    assert mailbox.poll() == 1
    assert fresh(sent) == (MessageState.BOUNCED, "5.1.1 550 …: unknown user")
    assert (inbox.subjects(), len(inbox.subjects("Filed"))) == ([], 1)


def test_a_mail_system_that_changes_capitals_does_no_harm(sent: OutgoingMessage, inbox: ImapServer) -> None:
    inbox.receive(delivery_report(outbox.return_path(sent).upper()))
    mailbox.poll()
    assert fresh(sent)[0] == MessageState.BOUNCED


def test_a_message_that_is_late_is_only_noted(sent: OutgoingMessage, inbox: ImapServer) -> None:
    late = delivery_report(outbox.return_path(sent), action="delayed", status="4.4.1", said="smtp; 451 try later")
    inbox.receive(late)
    assert mailbox.poll() == 1
    assert fresh(sent) == (MessageState.HANDED_OVER, "Delayed: 4.4.1 451 try later")


def test_a_mail_is_filed_once_however_often_it_is_read(sent: OutgoingMessage, inbox: ImapServer, monkeypatch) -> None:
    """The poll dies between the row and the move: the next visit moves the mail and undoes nothing a person decided."""
    inbox.receive(delivery_report(outbox.return_path(sent)))

    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("imap_tools.MailBoxUnencrypted.move", killed)
        with pytest.raises(KeyboardInterrupt):
            mailbox.poll()
    assert len(inbox.subjects()) == 1
    OutgoingMessage.objects.update(state=MessageState.HANDED_OVER, reason="Said to have arrived")
    assert mailbox.poll() == 1
    assert fresh(sent) == (MessageState.HANDED_OVER, "Said to have arrived")
    assert (inbox.subjects(), ReceivedMail.objects.count()) == ([], 1)


def test_nothing_is_moved_whose_row_was_not_written(sent: OutgoingMessage, inbox: ImapServer, monkeypatch) -> None:
    inbox.receive(delivery_report(outbox.return_path(sent)))

    def killed(_arrived: object) -> None:
        OutgoingMessage.objects.update(state=MessageState.BOUNCED)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(mailbox._handlers, "bounce", killed)
        with pytest.raises(KeyboardInterrupt):
            mailbox.poll()
    assert (len(inbox.subjects()), ReceivedMail.objects.count()) == (1, 0)
    assert fresh(sent)[0] == MessageState.HANDED_OVER
    mailbox.poll()
    assert fresh(sent)[0] == MessageState.BOUNCED


def test_a_made_up_address_moves_nothing(sent: OutgoingMessage, inbox: ImapServer) -> None:
    true = outbox.return_path(sent)
    forged = true.replace(true[7:55], address_token("reply", sent.pk))
    inbox.receive(delivery_report(forged), mail("secretariat@mail.example.org"))
    assert mailbox.poll() == 0
    assert fresh(sent)[0] == MessageState.HANDED_OVER
    assert len(inbox.subjects("Aside")) == 2


def test_a_mail_that_is_no_report_is_put_aside_for_people(sent: OutgoingMessage, inbox: ImapServer) -> None:
    inbox.receive(mail(outbox.return_path(sent), "Out of office"))
    mailbox.poll()
    assert (fresh(sent)[0], inbox.subjects("Aside")) == (MessageState.HANDED_OVER, ["Out of office"])
    row = ReceivedMail.objects.get()
    assert (row.tag, row.about, row.outcome) == ("bounce", sent.pk, Filing.ASIDE)


def test_a_handler_that_fails_stands_in_the_way_of_no_other_mail(
    sent: OutgoingMessage, inbox: ImapServer, monkeypatch
) -> None:
    def fails(_arrived: object) -> str:
        OutgoingMessage.objects.update(reason="half written")
        raise ZeroDivisionError

    monkeypatch.setitem(mailbox._handlers, "reply", fails)
    inbox.receive(mail(mailbox.address_of("reply", uuid.uuid4()), "Broken"), delivery_report(outbox.return_path(sent)))
    assert mailbox.poll() == 1
    assert (inbox.subjects("Aside"), fresh(sent)[0]) == (["Broken"], MessageState.BOUNCED)


def test_a_report_with_signs_that_no_text_has_still_counts(sent: OutgoingMessage) -> None:
    assert mailbox.file(delivery_report(outbox.return_path(sent), said=f"smtp; 550 {'a' * 100_000}\x00\x08"))
    assert fresh(sent)[0] == MessageState.BOUNCED


def test_too_large_a_mail_is_put_aside_unread(inbox: ImapServer, monkeypatch) -> None:
    monkeypatch.setattr(mailbox, "LARGEST", 500)
    inbox.receive(mail("a@mail.example.org", "Large" + "e" * 600), mail("b@mail.example.org", "Small"))
    mailbox.poll()
    assert (ReceivedMail.objects.count(), len(inbox.subjects("Aside"))) == (1, 2)


def test_a_token_of_an_address_is_for_one_purpose_and_one_key(settings) -> None:
    about = uuid.uuid4()
    token = address_token("reply", about)
    assert read_address_token("reply", token) == about
    assert read_address_token("bounce", token) is None
    assert read_address_token("reply", token[:-8] + "aaaaaaaa") is None
    assert read_address_token("reply", token[:-8]) is None
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert read_address_token("reply", token) == about
    settings.SECRET_KEY_FALLBACKS = []
    assert read_address_token("reply", token) is None


# ---------------------------------------------------------------- a provider reports

REPORTS = {
    "postmark": lambda header: {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "Metadata": {"message": header},
        "Details": "smtp;550 no such user",
        "Email": "frank@example.org",
    },
    "mailjet": lambda header: {
        "event": "bounce",
        "hard_bounce": True,
        "error": "user unknown",
        "smtp_reply": "smtp;550 no such user",
        "Payload": header,
    },
    "brevo": lambda header: {"event": "hard_bounce", "reason": "smtp;550 no such user", "X-Mailin-custom": header},
}
BASIC = {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(b"user:password").decode()}


@pytest.fixture
def reported(settings, sink: Sink, request) -> dict[str, object]:
    """What the provider would post of a message that it took and could not deliver."""
    settings.MAIL_PROVIDER, settings.MAIL_EVENTS_SECRET = request.param, "user:password"
    outbox.enqueue(key="one", to="frank@example.org", subject="A letter", text="Text.")
    outbox.deliver()
    [(_recipients, taken)] = sink.taken
    return REPORTS[request.param](taken[providers.PROVIDERS[request.param].header])


def post(client: Client, report: object, **auth: str) -> int:
    return client.post("/mail/events/", report, content_type="application/json", **auth).status_code


@pytest.mark.parametrize("reported", providers.PROVIDERS, indirect=True)
def test_a_provider_says_that_a_message_came_back(reported, client: Client) -> None:
    assert post(client, reported, **BASIC) == 200
    message = OutgoingMessage.objects.get()
    assert (message.state, message.reason) == (MessageState.BOUNCED, "smtp;550 no such user")


@pytest.mark.parametrize("reported", ["postmark"], indirect=True)
def test_a_provider_proves_itself_and_speaks_of_our_messages_only(reported, client: Client, settings) -> None:
    assert post(client, reported) == 400
    others = [{**reported, "Metadata": {"message": str(uuid.uuid4())}}, {**reported, "Metadata": {}}]
    assert [post(client, report, **BASIC) for report in others] == [200, 200]
    settings.MAIL_EVENTS_SECRET = ""
    assert post(client, reported, **BASIC) == 204
    assert OutgoingMessage.objects.get().state == MessageState.HANDED_OVER


@pytest.mark.parametrize("reported", ["postmark"], indirect=True)
def test_a_provider_that_still_tries_changes_nothing(reported, client: Client) -> None:
    assert post(client, {**reported, "Type": "Transient"}, **BASIC) == 200
    message = OutgoingMessage.objects.get()
    assert (message.state, message.reason) == (MessageState.HANDED_OVER, "Delayed: smtp;550 no such user")
