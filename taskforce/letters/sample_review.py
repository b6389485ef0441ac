"""Sample letters that are being agreed on: one in review, with what the co-chairs say to its paragraphs; one under silence."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from django.utils import timezone

from accounts.models import User
from core.sensitivity import Sensitivity
from core.workflow import move
from taskforce.letters import actions, relating, reviewing, silence
from taskforce.letters.documents import LetterText, Person, Signature, text_of
from taskforce.letters.models import Clearance, ContactKind, Letter, Purpose, Relation
from taskforce.letters.workflow import LETTER

DAY = dt.timedelta(days=1)
NAMING, BRIEFING = 3, 4  # paragraphs of the letter in review
SIGNED_BY = (Signature("Secretary of the Task Force", "Task Force Secretariat"),)
CONTACTS = (
    Person("Task Force Secretariat", "secretariat@taskforce.example.org"),
    Person("Regional adviser on organized crime, Nairobi", "adviser.nairobi@example.org", ContactKind.FIELD.value),
    Person("Regional adviser on organized crime, Bangkok", "adviser.bangkok@example.org", ContactKind.FIELD.value),
)


def _text(name: str) -> str:
    return (Path(__file__).parent / "data" / name).read_text(encoding="utf-8").strip()


IN_REVIEW = LetterText(
    reference="",
    subject="What the contacts in country teams can expect of the Task Force",
    purpose=Purpose.INFORMATION,
    body=_text("letter_contacts.md"),
    sensitivity=Sensitivity.CONFIDENTIAL,
    signatories=SIGNED_BY,
    contacts=CONTACTS,
)
CORRECTION = LetterText(
    reference="",
    subject="Which languages your contact may read: a correction",
    purpose=Purpose.INFORMATION,
    body=_text("letter_correction.md"),
    signatories=SIGNED_BY,
    contacts=CONTACTS[:1],
)


def load(about: Letter, on: dt.date) -> None:
    """Two letters that come after the one of which answers come in, where the people of the sample are."""
    people = {person.email.partition("@")[0]: person for person in User.objects.filter(email__endswith="@example.org")}
    if "secretariat" in people:
        now = timezone.now()
        _in_review(about, people, now)
        _under_silence(about, people, now, on)


def _in_review(about: Letter, people: dict[str, User], now: dt.datetime) -> None:
    """What was said to the first version is met in the second; a remark on the whole and one on a paragraph are open."""
    author, unodc, dppa = people["secretariat"], people["focal-point.unodc"], people["focal-point.dppa"]
    letter = actions.create_letter(mechanism=about.mechanism, text=IN_REVIEW, by=author)
    relating.relate(letter=letter, kind=Relation.Kind.FOLLOW_UP, earlier=about, by=author)
    letter = move(LETTER, letter, "review", by=author)
    said = "To name offices that have not answered does harm where they have good reasons. Leave the names out."
    naming = reviewing.comment(letter=letter, place=NAMING, version=1, body=said, by=dppa, at=now - 3 * DAY)
    shorter = IN_REVIEW.body.replace("; the enclosed list names them.", ".")
    text = replace(text_of(letter), body=shorter)
    letter = actions.change_letter(letter=letter, version=1, text=text, by=author)
    reviewing.reply(to=naming, body="Nobody is named any more.", by=author, at=now - 2 * DAY)
    reviewing.resolve(thread=naming, by=author, at=now - 2 * DAY)
    said = "Say that the briefings are held in English and in French."
    reviewing.comment(letter=letter, place=BRIEFING, version=2, body=said, by=unodc, at=now - DAY)
    said = "It should go out before country teams plan their next year."
    reviewing.comment(letter=letter, place=0, version=2, body=said, by=dppa, at=now - DAY)


def _under_silence(about: Letter, people: dict[str, User], now: dt.datetime, on: dt.date) -> None:
    """An objection broke the first silence; the second one runs, and a member agreed with a reservation."""
    author = people["secretariat"]
    first = CORRECTION.body.replace("takes any language", "is in English")
    text = replace(CORRECTION, body=first)
    letter = actions.create_letter(mechanism=about.mechanism, text=text, by=author)
    relating.relate(letter=letter, kind=Relation.Kind.CORRECTION, earlier=about, by=author)
    _submit(letter, author, on)
    said = "The page is in six languages: do not send offices away from it."
    actions.object_to_letter(
        clearance=_asked(letter, people["focal-point.dppa"]),
        comment=said,
        by=people["focal-point.dppa"],
        at=now - 2 * DAY,
    )
    text = replace(text_of(letter), body=CORRECTION.body)
    letter = actions.change_letter(letter=letter, version=1, text=text, by=author)
    _submit(letter, author, on)
    said = "We can brief in Spanish as well, and ask that the next letter says so."
    actions.clear_with_reservation(
        clearance=_asked(letter, people["focal-point.undp"]), comment=said, by=people["focal-point.undp"], at=now - DAY
    )


def _submit(letter: Letter, by: User, on: dt.date) -> None:
    """Let the silence run for a week, for everybody who sits in the Task Force. Nobody is written to."""
    ends_on = on + 7 * DAY
    letter = move(LETTER, letter, "submit", by=by)
    running = silence.start(letter=letter, ends_on=ends_on, with_members=True, by=by)
    actions.ask_to_clear(letter, clear_by=ends_on, on=on, running=running)


def _asked(letter: Letter, person: User) -> Clearance:
    """What this person's agency is asked."""
    return letter.clearances.current().get(agency__focal_points__person=person)
