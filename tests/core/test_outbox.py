"""Mail leaves once, or its row says honestly why not."""

import ipaddress
import ssl
import tempfile
import threading
import uuid
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from core import outbox
from core.files import store
from core.models import MessageState, OutgoingMessage
from core.outbox import sending, wire
from taskforce.local.ports import free_port
from tests.smtp_sink import Sink, smtp_sink

pytestmark = pytest.mark.django_db


def queue(to: str = "rc.kenya@example.org", **parts) -> OutgoingMessage:
    return outbox.enqueue(key=f"test:{to}", to=to, subject="A letter", text="Please open the portal.", **parts)


def fresh(message: OutgoingMessage) -> OutgoingMessage:
    return OutgoingMessage.objects.get(pk=message.pk)


def test_a_message_is_handed_over_once_with_its_enclosures(sink: Sink) -> None:
    letter = store(name="letter.pdf", content_type="application/pdf", data=b"%PDF-1.7 letter")
    message = queue(attachments=[letter])
    assert outbox.deliver() == 1
    assert outbox.deliver() == 0
    [(recipients, mail)] = sink.taken
    assert recipients == ["rc.kenya@example.org"]
    assert mail["Message-ID"] == message.message_id
    assert [part.get_filename() for part in mail.iter_attachments()] == ["letter.pdf"]
    assert fresh(message).state == MessageState.HANDED_OVER


def test_the_history_keeps_what_became_of_a_message_and_not_the_moment_of_handing_over(sink: Sink) -> None:
    taken, stranded, token = queue(), queue("rc.fiji@example.org"), uuid.uuid4()
    [mine] = [message for message in outbox.claim(token) if message == stranded]
    assert sending._fence(mine, token)
    OutgoingMessage.objects.update(lease_until=Now() - timedelta(seconds=1))
    outbox.reap()
    outbox.deliver()
    versions = OutgoingMessage.pgh_event_model.objects.order_by("pgh_id").values_list("id", "state", "attempts")
    assert [row[1:] for row in versions if row[0] == taken.pk] == [("queued", 0), ("handed_over", 1)]
    assert [row[1:] for row in versions if row[0] == stranded.pk] == [("queued", 0), ("uncertain", 1)]


def test_a_message_of_many_parts_arrives_whole(sink: Sink) -> None:
    words, pages = "Übersicht — " * 40 + "\n.\n", "<p>Ünïcode</p>\n"
    files = [
        store(name="lettre du siège.pdf", content_type="application/pdf", data=bytes(range(256)) * 20),
        store(name="empty.bin", content_type="application/octet-stream", data=b""),
    ]
    outbox.enqueue(key="parts", to="rc@example.org", subject="Réponse " * 15, text=words, html=pages, attachments=files)
    outbox.deliver()
    [(_recipients, mail)] = sink.taken
    assert [part.defects for part in mail.walk()] == [[]] * 6
    assert mail["Subject"].split() == ["Réponse"] * 15
    bodies = [mail.get_body([kind]).get_content().replace("\r\n", "\n") for kind in ("plain", "html")]
    assert bodies == [words, pages]
    enclosed = [(part.get_filename(), part.get_content_type(), part.get_content()) for part in mail.iter_attachments()]
    assert enclosed == [(file.name, file.content_type, file.read()) for file in files]


def test_the_same_key_is_queued_once(sink: Sink) -> None:
    assert queue().pk == queue().pk
    outbox.deliver()
    assert len(sink.taken) == 1


def test_a_refused_recipient_is_written_down_and_harms_no_other(sink: Sink) -> None:
    sink.rcpt["gone@example.org"] = "550 no such user"
    refused, sent = queue("gone@example.org"), queue("here@example.org")
    assert outbox.deliver() == 1
    assert (fresh(refused).state, fresh(sent).state) == (MessageState.REFUSED, MessageState.HANDED_OVER)
    assert "no such user" in fresh(refused).reason


def test_a_postponed_message_waits_and_goes_later(sink: Sink) -> None:
    sink.rcpt["slow@example.org"] = "451 try later"
    message = queue("slow@example.org")
    assert outbox.deliver() == 0
    assert fresh(message).state == MessageState.QUEUED
    sink.rcpt.clear()
    assert outbox.deliver() == 0, "its pause is not over"
    OutgoingMessage.objects.update(not_before=Now())
    assert outbox.deliver() == 1


def test_a_message_postponed_too_often_counts_as_refused(sink: Sink) -> None:
    sink.rcpt["slow@example.org"] = "451 try later"
    message = queue("slow@example.org")
    OutgoingMessage.objects.update(attempts=sending.MAX_ATTEMPTS - 1)
    outbox.deliver()
    assert fresh(message).state == MessageState.REFUSED


def test_what_workers_leased_before_they_died_counts_as_no_attempt(sink: Sink) -> None:
    sink.rcpt["slow@example.org"] = "451 try later"
    message = queue("slow@example.org")
    for _death in range(sending.MAX_ATTEMPTS):
        assert outbox.claim(uuid.uuid4())
        OutgoingMessage.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert fresh(message).attempts == 0
    outbox.deliver()
    assert (fresh(message).state, fresh(message).attempts) == (MessageState.QUEUED, 1)


def test_a_connection_lost_while_handing_over_leaves_it_uncertain_and_is_not_repeated(sink: Sink) -> None:
    sink.data["lost@example.org"] = "hang up"
    message, other = queue("lost@example.org"), queue("other@example.org")
    outbox.deliver()
    outbox.deliver()
    assert fresh(message).state == MessageState.UNCERTAIN
    assert fresh(other).state == MessageState.HANDED_OVER
    assert sink.addresses().count("lost@example.org") == 1


def test_a_relay_that_hangs_up_after_an_answer_is_called_again_for_the_next_message(sink: Sink) -> None:
    messages = [queue(f"{name}@example.org") for name in ("ada", "bob", "charlie")]
    sink.data = {message.to: "250 taken, goodbye" for message in messages}
    assert outbox.deliver() == 3
    assert [fresh(message).attempts for message in messages] == [1, 1, 1]


def test_a_relay_that_takes_few_messages_on_a_connection_is_called_again(sink: Sink) -> None:
    sink.per_connection = 2
    messages = [queue(f"{name}@example.org") for name in ("ada", "bob", "charlie")]
    assert outbox.deliver() == 3
    assert [fresh(message).reason for message in messages] == ["taken"] * 3


def test_a_relay_that_is_away_costs_no_attempt(settings) -> None:
    settings.EMAIL_PORT = free_port(0)
    message = queue()
    assert outbox.deliver() == 0
    assert (fresh(message).state, fresh(message).attempts) == (MessageState.QUEUED, 0)
    assert "cannot be reached" in fresh(message).reason


def test_a_sender_whose_lease_ran_out_is_stopped_by_the_fence(sink: Sink) -> None:
    message, token = queue(), uuid.uuid4()
    [mine] = outbox.claim(token)
    OutgoingMessage.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert outbox.deliver() == 1
    with sending._connect() as relay:
        assert sending._hand_over(relay, mine, token) is False
    assert len(sink.taken) == 1
    assert fresh(message).state == MessageState.HANDED_OVER


def test_a_slow_sender_does_not_overwrite_what_another_one_reached(sink: Sink) -> None:
    message, token = queue(), uuid.uuid4()
    [mine] = outbox.claim(token)
    OutgoingMessage.objects.update(lease_until=Now() - timedelta(seconds=1))
    outbox.deliver()
    sink.rcpt["rc.kenya@example.org"] = "550 no such user"
    with sending._connect() as relay:
        sending._hand_over(relay, mine, token)
    assert fresh(message).state == MessageState.HANDED_OVER


def test_a_sender_that_vanished_after_the_fence_leaves_it_uncertain(sink: Sink) -> None:
    message, token = queue(), uuid.uuid4()
    [mine] = outbox.claim(token)
    assert sending._fence(mine, token)
    OutgoingMessage.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert outbox.reap() == 1
    assert outbox.deliver() == 0
    assert fresh(message).state == MessageState.UNCERTAIN
    assert sink.taken == []


def test_a_cancelled_dispatch_does_not_leave_even_if_claimed(sink: Sink) -> None:
    batch, token = uuid.uuid4(), uuid.uuid4()
    message = queue(batch=batch)
    [mine] = outbox.claim(token)
    assert outbox.cancel(batch) == 1
    with sending._connect() as relay:
        assert sending._hand_over(relay, mine, token) is False
    assert (fresh(message).state, sink.taken) == (MessageState.CANCELLED, [])


PLAIN = (
    ("To", "rc.kenya@example.org"),
    ("Reply-To", "reply+a_b-c=@mail.example.org"),
    ("Message-ID", "<176.42.99@example.org>"),
    ("Date", "Sun, 22 Nov 2026 09:31:05 +0000"),
    ("Content-Type", 'multipart/mixed; boundary="=0123456789abcdef1="'),
)


@pytest.mark.parametrize(("name", "value"), PLAIN)
def test_a_plain_header_is_written_as_the_library_writes_it(name: str, value: str) -> None:
    assert wire.SIMPLE.fullmatch(value)
    written = wire.SMTP_POLICY.fold_binary(*wire.SMTP_POLICY.header_store_parse(name, value))
    assert getattr(wire, "_header")(name, value) == written  # noqa: B009


def test_messages_built_ahead_are_each_their_own_and_a_bad_one_is_held(sink: Sink) -> None:
    names = ["rc.kenya@example.org", "rc.peru@example.org", "rc.fiji@example.org"]
    files = [store(name="letter.pdf", content_type="application/pdf", data=f"%PDF-1.7 {to}".encode()) for to in names]
    rows = [queue(to, attachments=[file]) for to, file in zip(names, files, strict=True)]
    rows[1].enclosures.update(file=files[0])
    assert outbox.deliver() == 2
    assert [fresh(row).state for row in rows] == ["handed_over", "held", "handed_over"]
    assert [(recipients, next(mail.iter_attachments()).get_content().decode()) for recipients, mail in sink.taken] == [
        ([to], f"%PDF-1.7 {to}") for to in names[::2]
    ]


@pytest.mark.parametrize("text", ["One\n" + "two " * 60 + "\n\nthree", "long " * 300, "Ünïcode " * 30, "\n", ""])
def test_a_text_arrives_as_it_was(text: str, sink: Sink) -> None:
    outbox.enqueue(key="text", to="rc.kenya@example.org", subject="Text", text=text)
    assert outbox.deliver() == 1
    [(_recipients, mail)] = sink.taken
    assert mail.get_content().splitlines() == text.splitlines()
    assert max(map(len, mail.as_bytes().splitlines())) <= 998


def test_a_line_that_begins_with_a_dot_arrives_as_it_was(sink: Sink) -> None:
    outbox.enqueue(key="dots", to="rc.kenya@example.org", subject="Dots", text="One\n.two\n.\n..four\n")
    assert outbox.deliver() == 1
    [(_recipients, mail)] = sink.taken
    assert mail.get_content().splitlines() == ["One", ".two", ".", "..four"]


def test_content_that_is_not_what_was_approved_is_held(sink: Sink) -> None:
    letter = store(name="letter.pdf", content_type="application/pdf", data=b"%PDF-1.7 approved")
    other = store(name="letter.pdf", content_type="application/pdf", data=b"%PDF-1.7 another")
    message = queue(attachments=[letter])
    message.enclosures.update(file=other)
    assert outbox.deliver() == 0
    assert (fresh(message).state, sink.taken) == (MessageState.HELD, [])


def test_an_address_that_cannot_be_written_harms_no_other(sink: Sink) -> None:
    bad, good = queue("naïve@example.org"), queue("good@example.org")
    assert outbox.deliver() == 1
    assert (fresh(bad).state, fresh(good).state) == (MessageState.HELD, MessageState.HANDED_OVER)


def test_the_database_refuses_a_change_of_frozen_content() -> None:
    message = queue()
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        OutgoingMessage.objects.filter(pk=message.pk).update(text="Something else")


def test_after_a_restore_nothing_leaves_until_a_person_says_so(sink: Sink, cast) -> None:
    before = queue("before@example.org")
    assert outbox.hold("Restored from a backup") == 1
    after = queue("after@example.org")
    assert outbox.deliver() == 0
    assert (fresh(before).state, fresh(after).state) == (MessageState.UNCERTAIN, MessageState.HELD)
    outbox.release(by=cast.ada)
    outbox.deliver()
    assert sink.addresses() == ["after@example.org"]


def test_a_person_resolves_what_is_uncertain(sink: Sink, cast) -> None:
    arrived, lost = queue("arrived@example.org"), queue("lost@example.org")
    OutgoingMessage.objects.update(state=MessageState.UNCERTAIN)
    outbox.resolve(arrived, arrived=True, by=cast.sam)
    outbox.resolve(lost, arrived=False, by=cast.sam)
    outbox.deliver()
    assert sink.addresses() == ["lost@example.org"]
    assert fresh(arrived).state == MessageState.HANDED_OVER


def test_what_was_cancelled_while_the_relay_postponed_it_stays_cancelled(sink: Sink) -> None:
    batch, token = uuid.uuid4(), uuid.uuid4()
    message = queue(batch=batch)
    [mine] = outbox.claim(token)
    sink.rcpt[message.to] = "451 try later"
    outbox.cancel(batch)
    with sending._connect() as relay:
        sending._hand_over(relay, mine, token)
    assert fresh(message).state == MessageState.CANCELLED


def test_a_relay_that_hangs_up_on_one_recipient_does_not_keep_the_others_waiting(sink: Sink) -> None:
    sink.rcpt["aa@example.org"] = "hang up"
    broken, behind = queue("aa@example.org"), queue("zz@example.org")
    OutgoingMessage.objects.filter(pk=broken.pk).update(not_before=broken.not_before - timedelta(hours=1))
    assert outbox.deliver() == 1
    assert (fresh(broken).state, fresh(broken).attempts) == (MessageState.QUEUED, 1)
    assert fresh(broken).not_before > timezone.now()
    assert fresh(behind).state == MessageState.HANDED_OVER


def test_the_lease_begins_anew_at_the_fence(sink: Sink) -> None:
    message, token = queue(), uuid.uuid4()
    [mine] = outbox.claim(token)
    OutgoingMessage.objects.update(lease_until=Now() + timedelta(seconds=1))
    assert sending._fence(mine, token)
    assert fresh(message).lease_until > mine.lease_until - timedelta(seconds=60)


def test_the_fence_does_not_read_through_all_that_waits() -> None:
    for number in range(30):
        queue(f"rc{number}@example.org")
    [mine] = outbox.claim(uuid.uuid4(), limit=1)
    sql, given = sending._fencing(300)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}", [mine.pk if value == sending.PK else value for value in given])
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert "core_outgoingmessage_pkey" in plan


def test_a_slow_sender_before_the_fence_does_not_touch_what_is_uncertain(sink: Sink) -> None:
    letter = store(name="letter.pdf", content_type="application/pdf", data=b"%PDF-1.7")
    message, token = queue(attachments=[letter]), uuid.uuid4()
    [mine] = outbox.claim(token)
    OutgoingMessage.objects.update(state=MessageState.UNCERTAIN, lease_token=None, lease_until=None)
    message.enclosures.all().delete()
    mine = OutgoingMessage.objects.get(pk=mine.pk)
    with sending._connect() as relay:
        assert sending._hand_over(relay, mine, token) is False
    assert fresh(message).state == MessageState.UNCERTAIN


def test_a_relay_whose_certificate_nobody_vouches_for_gets_nothing(settings) -> None:
    settings.EMAIL_USE_TLS = True
    with smtp_sink(tls_context=self_signed()) as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        message = queue()
        assert outbox.deliver() == 0
        assert sink.taken == []
    assert "certificate" in fresh(message).reason.lower()


@pytest.mark.django_db(transaction=True)
def test_what_is_queued_while_a_hold_ends_is_not_left_behind(cast) -> None:
    outbox.pause("Stop")
    queued, released = threading.Event(), threading.Event()

    def release() -> None:
        queued.wait(10)
        outbox.release(by=cast.ada)
        released.set()
        connection.close()

    thread = threading.Thread(target=release)
    thread.start()
    with transaction.atomic():
        message = queue()
        queued.set()
        assert not released.wait(0.5), "the hold ended beside an open transaction that saw it"
    thread.join()
    assert fresh(message).state == MessageState.QUEUED


def self_signed() -> ssl.SSLContext:
    """A server's TLS context with a certificate for 127.0.0.1 that it gave itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as pem:
        encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        pem.write(certificate.public_bytes(Encoding.PEM) + encoded)
        pem.flush()
        context.load_cert_chain(pem.name)
    return context
