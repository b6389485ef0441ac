"""The mail catcher takes mail by SMTP and shows it safely."""

import http.client
import json
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from taskforce.local.paths import ROOT
from taskforce.local.ports import LOOPBACK, free_port
from tests.worker import eventually


@dataclass(frozen=True)
class Catcher:
    """A running mail catcher."""

    smtp_port: int
    http_port: int
    folder: Path

    def take(self, message: EmailMessage, to: list[str]) -> None:
        with smtplib.SMTP(LOOPBACK, self.smtp_port, timeout=10) as client:
            client.send_message(message, "secretariat@example.org", to)

    def get(self, path: str, host: str = LOOPBACK) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(LOOPBACK, self.http_port, timeout=10)
        connection.request("GET", path, headers={"Host": f"{host}:{self.http_port}"})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def messages(self, query: str = "") -> list[dict]:
        return json.loads(self.get(f"/messages.json{query}")[1])

    def answers(self) -> bool:
        try:
            smtplib.SMTP(LOOPBACK, self.smtp_port, timeout=10).close()
            return self.get("/")[0].status == 200
        except OSError:
            return False


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    place = Catcher(free_port(0), free_port(0), tmp_path)
    ports = ["--smtp-port", str(place.smtp_port), "--http-port", str(place.http_port)]
    command = [sys.executable, "-m", "taskforce.local.mailcatcher", "--folder", str(tmp_path), *ports]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            eventually(place.answers, seconds=20)
            yield place
        finally:
            process.terminate()
        assert process.wait(10) == 0


def letter(subject: str = "An invitation", text: str = "Dear colleague") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "secretariat@example.org"
    message["To"] = "rc.one@example.org"
    message["Subject"] = subject
    message.set_content(text)
    return message


def test_a_message_is_listed_with_text_and_recipients(catcher: Catcher) -> None:
    catcher.take(letter(text="Dear colleague in Ñandú"), ["rc.one@example.org"])
    (found,) = catcher.messages()
    assert found["recipients"] == ["rc.one@example.org"]
    assert found["text"].strip() == "Dear colleague in Ñandú"


def test_messages_are_found_by_address(catcher: Catcher) -> None:
    for name in ("rc.one@example.org", "rc.two@example.org"):
        catcher.take(letter(), [name])
    assert len(catcher.messages("?to=rc.two@example.org")) == 1


def test_an_attachment_comes_back_as_it_was_and_is_never_opened(catcher: Catcher) -> None:
    message = letter()
    message.add_attachment(b"%PDF-1.7 content", maintype="application", subtype="pdf", filename="letter.pdf")
    catcher.take(message, ["rc.one@example.org"])
    (found,) = catcher.messages()
    answer, content = catcher.get(f"/{found['id']}/attachments/0")
    assert (found["attachments"], content) == (["letter.pdf"], b"%PDF-1.7 content")
    assert (answer.headers["Content-Disposition"], answer.headers["Content-Type"]) == (
        "attachment",
        "application/octet-stream",
    )


def test_markup_in_a_message_stays_text(catcher: Catcher) -> None:
    catcher.take(letter("<script>alert(1)</script>", "<img src=x onerror=alert(1)>"), ["rc.one@example.org"])
    (found,) = catcher.messages()
    pages = catcher.get("/")[1] + catcher.get(f"/{found['id']}")[1]
    assert b"<script" not in pages
    assert b"<img" not in pages
    assert b"&lt;script&gt;alert(1)" in pages


def test_pages_forbid_scripts_and_framing(catcher: Catcher) -> None:
    answer, _ = catcher.get("/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_a_foreign_host_name_is_refused(catcher: Catcher) -> None:
    assert catcher.get("/", host="attacker.example")[0].status == 421


def test_an_unknown_message_is_not_found(catcher: Catcher) -> None:
    assert catcher.get("/00000000000000000000-aaaaaaaa")[0].status == 404


def test_a_path_does_not_lead_out_of_the_folder(catcher: Catcher) -> None:
    assert catcher.get("/../../etc/passwd")[0].status == 404


def test_a_message_outlives_the_catcher(catcher: Catcher) -> None:
    catcher.take(letter(), ["rc.one@example.org"])
    (file,) = catcher.folder.glob("*.eml")
    assert b"Subject: An invitation" in file.read_bytes()
