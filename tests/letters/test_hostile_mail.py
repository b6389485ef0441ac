"""Mail that somebody made to harm: it is filed or put aside at once, stands in the way of no other, and can be read afterwards."""

import pytest
from django.urls import reverse

from core import mailbox
from core.models import Filing, ReceivedMail
from taskforce.letters.models import MailedReply
from tests.cast import signed_in
from tests.letters.scene import Scene

pytestmark = pytest.mark.django_db
MANY = 100_000
PDF = b"Content-Type: application/pdf\nContent-Disposition: attachment; filename*="


@pytest.fixture(autouse=True)
def _mailbox(settings) -> None:
    settings.MAILBOX_DOMAIN = "mail.example.org"


def stray(head: bytes = b"", body: bytes = b"A text.") -> bytes:
    """A mail of a stranger that names no office of ours."""
    return b"To: reply@mail.example.org\n" + head + b"\n" + body


def in_parts(*parts: bytes) -> bytes:
    """A mail of several parts, each with its own headers."""
    between = b"".join(b"--b\n" + part + b"\n" for part in parts)
    return stray(b"Content-Type: multipart/mixed; boundary=b\n", between + b"--b--\n")


KEPT = {
    "parser stumbles over the sender": (stray(b"From: <\nSubject: One\n"), "A text."),
    "sender takes time by the square": (stray(b"From: " + b"=?utf-8?q?a?= " * MANY + b"\n"), "A text."),
    "sender in comments in comments": (stray(b"From: " + b"(" * MANY + b"\n"), "A text."),
    "date of no calendar": (stray(b"Date: Mon, 1 Jan 99999999999 00:00:00 +0000\n"), "A text."),
    "date after the last day": (stray(b"Date: Fri, 31 Dec 9999 23:59:00 -1200\n"), "A text."),
    "half a character in a header": (stray(b"Subject: =?unicode_escape?q?=5Cud800?=\n"), "A text."),
    "half a character": (stray(b"Content-Type: text/plain; charset=unicode_escape\n", b"a\\ud800\\x00b"), "ab"),
    "tags without an end": (stray(b"Content-Type: text/html\n", b"<a " * MANY), ("<a " * MANY)[:99_999]),
    "tags in tags": (stray(b"Content-Type: text/html\n", b"<<a>" * MANY), ("<" * MANY)),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_strange_mail_is_kept_and_can_be_read(scene: Scene, name: str) -> None:
    raw, words = KEPT[name]
    assert mailbox.file(raw)
    reply = MailedReply.objects.get()
    assert (reply.text[:50], reply.sent_at) == (words[:50], None)
    client = signed_in(scene.sam)
    for page in (reverse("letters:replies"), reverse("letters:reply", args=[reply.pk])):
        assert client.get(page).status_code == 200


ENDLESS = {
    "address without end": b"To: " + b"a" * MANY + b"\n\nA text.",
    "addresses without end": b"To: " + b"a+!" * MANY + b"\n\nA text.",
    "parts without end": in_parts(*[b"\nx"] * 2000),
    "parts in parts": stray(body=b"Content-Type: Multipart/mixed; boundary=c\n\n--c\n" * 60),
    "mails in mails": stray(b"", b"").rstrip(b"\n") + b"\nContent-Type: message/rfc822\n\n" * 3000,
    "lines without end": stray(body=b"\n" * 700_000),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_mail_without_end_is_put_aside(name: str) -> None:
    assert not mailbox.file(ENDLESS[name])
    row = ReceivedMail.objects.get()
    assert (row.outcome, "did not foresee" in row.note) == (Filing.ASIDE, False)


def test_no_part_of_a_mail_is_lost_without_a_word() -> None:
    forwarded = b"Content-Type: message/rfc822\n\nSubject: Inside\n\nWhat we answered."
    spoofed = PDF + b"utf-8''..%2Fnote%00%E2%80%AEfdp.pdf\n\n%PDF-1"
    assert mailbox.file(in_parts(b"\nSee below.", b"Content-Type: application/pdf\n\n%PDF-2", spoofed, forwarded))
    reply = MailedReply.objects.get()
    assert reply.text == "See below."
    assert [one.file.name for one in reply.enclosed.all()] == ["unnamed.pdf", "../notefdp.pdf"]
    assert reply.left_out == "unnamed.eml"
