"""People err, and some do it on purpose: every form about letters refuses what it cannot take at its field, and writes nothing.

Each form is filled in as a browser would find it, then one kind of nonsense goes into all its text boxes, or into its date.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import OutgoingMessage, StoredFile
from taskforce.letters import answering, links, reviewing, signing, working
from taskforce.letters.models import Assignment, MailedReply
from tests.cast import signed_in
from tests.letters.scene import (
    TEXT,
    TODAY,
    WITH_ANNEX,
    Scene,
    clearance_of,
    cleared,
    dispatched,
    draft,
    handed_over,
    office,
    ready,
    submitted,
)

pytestmark = pytest.mark.django_db

PAGES = "\n".join(["Line"] * 10_000)
STRANGE = "<script>alert(1)</script>\"'> \U0001f980 \u202etxt.exe =1+1 {% debug %} \u0661\x01"
NO_DAYS = [("31", "2", "2027"), ("1", "1", "1"), ("31", "12", "9999"), ("x", "-1", ""), ("\0", "1", "2027")]


class Page(HTMLParser):
    """The form of a page with most text boxes: what a browser would send, and which boxes take text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.typed: list[set[str]] = []
        self.inside = False
        self.named = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = of.get("method") == "post"
            self.forms.append({})
            self.typed.append(set())
        if self.inside and tag in {"input", "textarea", "select", "option"}:
            self._take(tag, of, self.forms[-1])

    def _take(self, tag: str, of: dict[str, str], sent: dict[str, str]) -> None:
        kind, name = of.get("type", "text"), of.get("name", self.named)
        if tag == "option":
            sent[name] = of.get("value", "") if "selected" in of else sent.get(name, of.get("value", ""))
        elif kind in {"radio", "checkbox"}:
            if "checked" in of or (kind == "radio" and name not in sent):
                sent[name] = of.get("value", "on")
        elif tag == "select":
            self.named = name
        elif kind != "file":
            sent[name] = of.get("value", "")
            self.typed[-1] |= {name} - ({name} if kind == "hidden" else set())
            self.named = name

    def handle_data(self, data: str) -> None:
        if self.inside and self.lasttag == "textarea" and self.named:
            self.forms[-1][self.named] += data

    def handle_endtag(self, tag: str) -> None:
        self.named = "" if tag in {"textarea", "select"} else self.named
        self.inside = self.inside and tag != "form"


@dataclass(eq=False)
class Desk:
    """A letter at every stage; `forms` are the clients and addresses of all forms about them."""

    scene: Scene
    forms: dict[str, tuple[Client, str]] = field(default_factory=dict)

    @cache  # noqa: B019  a desk lives as long as its test
    def filled(self, name: str) -> tuple[dict[str, str], list[str], list[str]]:
        """What a browser would send, its text boxes, and its dates."""
        client, url = self.forms[name]
        page = Page(client.get(url).content.decode())
        place = max(range(len(page.forms)), key=lambda number: len(page.typed[number]))
        typed = page.typed[place]
        days = [box.removesuffix("_day") for box in typed if box.endswith("_day")]
        words = [box for box in typed if not re.search(r"_(day|month|year)$", box)]
        return {**page.forms[place], **WHOLE.get(name, {})}, sorted(words), days

    def send(self, name: str, typed: dict[str, str]) -> int:
        """The status of the answer to a form with this in it; a refusal says why, and has written nothing. All is as before then."""
        client, url = self.forms[name]
        with transaction.atomic():
            point, before = transaction.savepoint(), written()
            answer = client.post(url, {**self.filled(name)[0], **typed}, follow=STRANGE in typed.values())
            page = answer.content.decode()
            assert "<script>alert" not in page
            if answer.status_code == 422:
                assert "govuk-error-message" in page or "govuk-error-summary" in page
                assert written() == before
            transaction.savepoint_rollback(point)
        return answer.status_code


WHOLE = {"new": {"subject": "A subject", "purpose": "information", "body": "A text."}, "assignment": {"do": "give"}}


def written() -> list[tuple[int]]:
    """How many rows there are: of letters with their whole history, of mail and of files."""
    models = [*apps.get_app_config("letters").get_models(), OutgoingMessage, StoredFile]
    counts = " UNION ALL ".join(f'SELECT count(*) FROM "{model._meta.db_table}"' for model in models)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(counts)
        return cursor.fetchall()


@pytest.fixture
def desk(scene: Scene) -> Desk:
    """Sam writes and looks after letters; Alice and Dora speak for the co-chairs; Frank got a letter."""
    sam, alice, dora, lea = map(signed_in, (scene.sam, scene.alice, scene.dora, scene.lea))
    office("Fiji", person="Frank")
    sent = dispatched(scene, WITH_ANNEX)
    handed_over(sent)
    frank = sent.recipients.get()
    asked = frank.dispatch.letter.invitations.first()
    working.plan_sequel(invitation=asked, kind="briefing", agency=scene.cast.agency_b, days=10, by=scene.sam)
    answering.acknowledge(
        recipient=frank, name="Frank", replies={asked.pk: answering.Reply("accepted")}, at=timezone.now()
    )
    office("Ghana", person="Gina")
    begun = draft(scene, replace(WITH_ANNEX, reference="D/1"))
    reviewed = reviewing.begin(letter=draft(scene, replace(TEXT, reference="R/1")), by=scene.sam)
    said = reviewing.comment(
        letter=reviewed, place=1, version=reviewed.version, body="Why?", by=scene.alice, at=timezone.now()
    )
    waiting = submitted(scene, replace(TEXT, reference="C/1"))
    unsigned = cleared(scene, replace(TEXT, reference="S/1"))
    to_sign = cleared(scene, replace(TEXT, reference="S/2"))
    seats = {to_sign.signings.first().pk: scene.dora.seats.get()}
    signing.ask(letter=to_sign, seats=seats, in_sequence=True, due_on=TODAY + timedelta(5), by=scene.sam)
    stray = MailedReply.objects.create(sender="somebody@example.net", received_at=timezone.now())
    made = Desk(scene)
    for name, client, *address in (
        ("new", sam),
        ("edit", sam, begun.pk),
        ("submit", sam, begun.pk),
        ("translate", sam, begun.pk, "ar"),
        ("groups", sam, begun.pk),
        ("relation_new", sam, begun.pk),
        ("review", alice, reviewed.pk),
        ("comment", alice, said.pk),
        ("clearance", alice, clearance_of(waiting, scene.alice).pk),
        ("signings_ask", sam, unsigned.pk),
        ("signings_record", sam, unsigned.pk),
        ("signing", dora, to_sign.signings.get(person=scene.dora).pk),
        ("rehearse", sam, ready(scene, replace(TEXT, reference="Y/1")).pk),
        ("sequels", sam, sent.letter_id),
        ("assignment", sam, Assignment.objects.get().pk),
        ("exempt", sam, frank.pk),
        ("came_back", sam, frank.pk),
        ("answer", sam, frank.pk),
        ("follow", sam, frank.pk, asked.pk),
        ("numbering", lea, scene.cast.task_force.slug),
        ("reply", sam, stray.pk),
        ("acknowledge", Client(), links.token_of(frank)),
    ):
        made.forms[name] = (client, reverse(f"letters:{name}", args=address))
    return made


def test_every_form_refuses_what_it_cannot_take(desk: Desk) -> None:
    """Ten thousand lines fit nowhere, no day is taken that cannot be reckoned with, and strange words stay words."""
    for name in desk.forms:
        _sent, words, days = desk.filled(name)
        if words:
            assert (name, desk.send(name, dict.fromkeys(words, PAGES))) == (name, 422)
            assert (name, desk.send(name, dict.fromkeys(words, STRANGE))) in {(name, 200), (name, 422)}
        for day in days:
            for parts in NO_DAYS:
                typed = dict(zip((f"{day}_day", f"{day}_month", f"{day}_year"), parts, strict=True))
                assert (name, parts, desk.send(name, typed)) == (name, parts, 422)


def test_no_text_in_any_box_breaks_a_form(desk: Desk) -> None:
    boxes = [(name, box) for name in desk.forms for box in desk.filled(name)[1]]

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(boxes), st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
    def tried(box: tuple[str, str], text: str) -> None:
        assert desk.send(box[0], {box[1]: text}) in {200, 302, 422}

    tried()
