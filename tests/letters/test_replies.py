"""Replies by e-mail: filed as plain text to their office, or for people to file; none answers by itself."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agencies.people.retention import AFTER_REPLY
from core import mailbox
from core.models import OutgoingMessage, ReceivedMail
from taskforce.home.needs import of_house
from taskforce.letters import following, replies
from taskforce.letters.models import MailedReply, Recipient
from tests.cast import signed_in
from tests.imap_server import ImapServer
from tests.letters.scene import Scene, dispatched, handed_over, office
from tests.letters.test_acknowledge import answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def frank(scene: Scene, settings) -> Recipient:
    """The office in Fiji, which has the letter of a portal with a mailbox."""
    settings.MAILBOX_DOMAIN = "mail.example.org"
    office("Fiji", person="Frank")
    dispatch = dispatched(scene)
    handed_over(dispatch)
    return dispatch.recipients.get()


def mail(to: str, text: str = "We accept the first.", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Frank <frank@example.net>", to, "Re: Letter TF/2026/1"
    made["Date"] = "Mon, 23 Nov 2026 10:00:00 +1200"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def arrive(made: EmailMessage) -> MailedReply:
    """File a mail as the visit of the mailbox does."""
    assert mailbox.file(made.as_bytes())
    return MailedReply.objects.for_list()[0]


def test_letter_and_chase_carry_an_address_of_their_own(scene: Scene, frank: Recipient) -> None:
    following.chase(letter=frank.dispatch.letter, note="", by=scene.sam, at=timezone.now())
    sent = OutgoingMessage.objects.values_list("reply_to", flat=True)
    assert list(sent) == [replies.reply_address(frank)] * 2
    assert replies.reply_address(frank).startswith("reply+")


def test_without_a_mailbox_answers_go_to_the_contact(scene: Scene) -> None:
    office("Fiji", person="Frank")
    handed_over(dispatched(scene))
    assert OutgoingMessage.objects.get().reply_to == "focal.point@example.org"


def test_a_reply_in_the_mailbox_is_filed_to_its_office_and_answers_nothing(
    frank: Recipient, inbox: ImapServer, scene: Scene
) -> None:
    made = mail(replies.reply_address(frank))
    made.add_attachment(b"%PDF-1.7 minutes", maintype="application", subtype="pdf", filename="minutes.pdf")
    made.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="run.exe")
    inbox.receive(made)
    assert (mailbox.poll(), mailbox.poll()) == (1, 0)
    kept = MailedReply.objects.get()
    frank.refresh_from_db()
    assert (kept.recipient, kept.sender, kept.text) == (frank, "frank@example.net", "We accept the first.")
    assert (kept.sent_at.isoformat(), kept.automatic) == ("2026-11-22T22:00:00+00:00", False)
    assert ([one.file.name for one in kept.enclosed.all()], kept.left_out) == (["minutes.pdf"], "run.exe")
    assert frank.acknowledged_at is None
    page = signed_in(scene.sam).get(reverse("letters:recipient", args=[frank.pk])).content.decode()
    assert "not yet read into answers" in page
    got = signed_in(scene.sam).get(reverse("letters:reply_file", args=[kept.pk, 1]))
    assert got["Content-Disposition"].startswith("attachment")
    assert b"".join(got) == b"%PDF-1.7 minutes"


def test_html_is_never_shown_as_html(frank: Recipient, scene: Scene) -> None:
    made = mail(replies.reply_address(frank))
    made.set_content("<script>alert(1)</script><p>Yes &lt;b&gt;really&lt;/b&gt;</p>", subtype="html")
    kept = arrive(made)
    page = signed_in(scene.sam).get(reverse("letters:recipient", args=[frank.pk])).content.decode()
    assert "<script>alert" not in page
    assert "<b>really" not in page
    assert "really" in kept.text


@pytest.mark.parametrize(
    ("said", "automatic"), [("auto-replied", True), ("auto-generated; why=x", True), ("no", False), ("No", False)]
)
def test_a_machine_that_answers_is_told_from_people(frank: Recipient, said: str, automatic: bool) -> None:
    assert arrive(mail(replies.reply_address(frank), Auto_Submitted=said)).automatic is automatic


def test_a_mail_whose_charset_nobody_knows_is_kept(frank: Recipient) -> None:
    raw = mail(replies.reply_address(frank)).as_bytes().replace(b'charset="utf-8"', b'charset="x-klingon"')
    assert mailbox.file(raw)
    assert MailedReply.objects.get().text == "We accept the first."


@pytest.mark.parametrize("to", ["reply@mail.example.org", "reply+torn@mail.example.org", "Reply+AB.c@MAIL.example.org"])
def test_a_mail_without_a_token_of_ours_waits_to_be_filed_by_hand(frank: Recipient, scene: Scene, to: str) -> None:
    kept = arrive(mail(to))
    client, url = signed_in(scene.sam), reverse("letters:reply", args=[kept.pk])
    assert (kept.recipient, kept.sender_name) == (None, "Frank")
    assert "Re: Letter TF/2026/1" in client.get(reverse("letters:replies")).content.decode()
    assert client.post(url, {"letter": ""}).status_code == 422
    client.post(url, {"letter": frank.dispatch.letter_id, "office": frank.office_id})
    kept.refresh_from_db()
    assert kept.recipient == frank
    assert not client.get(reverse("letters:replies")).context["listing"].count


@pytest.mark.parametrize(
    "to", ["noreply@mail.example.org", "reply@mail.example.org.evil.net", "bounce+torn@mail.example.org"]
)
def test_mail_to_others_is_not_kept(frank: Recipient, to: str) -> None:
    assert not mailbox.file(mail(to).as_bytes())
    assert not MailedReply.objects.exists()


def test_strangers_do_not_fill_the_list(frank: Recipient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "MOST_UNFILED", 1)
    assert mailbox.file(mail("reply@mail.example.org", "One").as_bytes())
    assert not mailbox.file(mail("reply@mail.example.org", "Two").as_bytes())
    assert (MailedReply.objects.count(), ReceivedMail.objects.count()) == (1, 2)


def test_the_answers_are_recorded_from_the_mail_that_is_then_read(frank: Recipient, scene: Scene) -> None:
    kept = arrive(mail(replies.reply_address(frank)))
    client = signed_in(scene.sam)
    url = f"{reverse('letters:answer', args=[frank.pk])}?reply={kept.pk}"
    page = client.get(url)
    assert "We accept the first." in page.content.decode()
    assert page.context["form"]["received_by"].value() == "by e-mail of 22 November 2026"
    client.post(url, answer(frank, "accepted") | {"received_by": "by e-mail"})
    kept.refresh_from_db()
    assert (kept.settled_by, frank.answers.first().choice) == (scene.sam, "accepted")
    assert "not yet read" not in client.get(reverse("letters:recipient", args=[frank.pk])).content.decode()


def test_a_mail_of_another_office_is_not_recorded_here(frank: Recipient, scene: Scene) -> None:
    kept = arrive(mail("reply@mail.example.org"))
    url = f"{reverse('letters:answer', args=[frank.pk])}?reply={kept.pk}"
    assert signed_in(scene.sam).get(url).status_code == 404


def test_a_mail_in_which_there_is_nothing_to_record_is_put_away(frank: Recipient, scene: Scene) -> None:
    kept = arrive(mail(replies.reply_address(frank), Auto_Submitted="auto-replied"))
    signed_in(scene.sam).post(reverse("letters:reply_settle", args=[kept.pk]))
    kept.refresh_from_db()
    assert kept.settled_by == scene.sam


def test_only_who_records_answers_reads_the_mail(frank: Recipient, scene: Scene) -> None:
    kept = arrive(mail(replies.reply_address(frank)))
    for client in (signed_in(scene.alice), signed_in(scene.cast.charlie)):
        page = client.get(reverse("letters:recipient", args=[frank.pk])).content.decode()
        assert "We accept the first." not in page
        assert client.get(reverse("letters:reply", args=[kept.pk])).status_code in {403, 404}
    assert Client().get(reverse("letters:replies")).status_code == 302


# ---------------------------------------------------------------- people are forgotten


def test_after_a_year_nobody_knows_who_wrote_and_what_they_wrote_stays(scene: Scene, frank: Recipient) -> None:
    reply = arrive(mail(replies.reply_address(frank)))
    due = reply.received_at + AFTER_REPLY
    assert replies.forget_senders(due) == 0
    assert replies.forget_senders(due + timedelta(seconds=1)) == 1
    reply.refresh_from_db()
    assert (reply.sender, reply.sender_name, reply.text) == ("", "", "We accept the first.")
    assert replies.forget_senders(due + timedelta(days=1)) == 0
    page = signed_in(scene.sam).get(reverse("letters:recipient", args=[frank.pk])).content.decode()
    assert "no longer kept" in page


def test_replies_to_be_filed_are_told_on_the_dashboard_of_those_who_file(scene: Scene) -> None:
    for person, told in ((scene.sam, []), (scene.alice, [])):
        assert _needs(person) == told
    MailedReply.objects.create(received_at=timezone.now())
    MailedReply.objects.create(received_at=timezone.now(), settled_at=timezone.now())
    assert (_needs(scene.sam), _needs(scene.alice)) == (["File 1 reply by e-mail"], [])


def _needs(person) -> list[str]:
    return [need.what for need in of_house(person, timezone.localdate(), "en") if "reply" in need.what]
