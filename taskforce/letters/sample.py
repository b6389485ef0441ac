"""Sample letters: the letter of 2011 in our own words as a draft, and a small one that went out and was partly answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pgtrigger
from django.db import transaction
from django.utils import timezone

from agencies.models import Mechanism, Obligation, ObligationKind, Office
from core.models import MessageState, OutgoingMessage
from core.outbox import enqueue_many
from taskforce.letters import actions, answering, following, sample_answers, sample_review, signing
from taskforce.letters.addressees import Addressee, Roll, addressee
from taskforce.letters.dispatching import personal_letter, row_of
from taskforce.letters.documents import Annex, LetterText, Person, Signature, fingerprint, frozen, seal_of, text_of
from taskforce.letters.emails import letter_email
from taskforce.letters.groups import chosen
from taskforce.letters.links import PURPOSE
from taskforce.letters.models import (
    Choice,
    Clearance,
    Dispatch,
    Letter,
    Note,
    Numbering,
    Purpose,
    Recipient,
    Signing,
    Translation,
    Way,
)
from taskforce.letters.sample_review import CONTACTS, SIGNED_BY
from taskforce.letters.wording import Wording, words_of
from taskforce.letters.workflow import Status

SLUG = "task-force"
SLIDES = "Presentation of the Task Force, Bangkok, 30 May 2012"


def _text(name: str) -> str:
    """A text of ours, in Markdown."""
    return (Path(__file__).parent / "data" / name).read_text(encoding="utf-8").strip()


LETTER_2011 = LetterText(
    reference="TF/2011/1",
    subject="Joining forces against transnational organized crime and drug trafficking",
    purpose=Purpose.ACTION,
    body=_text("letter_2011.md"),
    deadline_zone="America/New_York",
    invitations=(
        "Have members of the Task Force brief the meetings of your regional team",
        "Have representatives of the Task Force take part in regional meetings of Resident Coordinators",
        "Use members' assessments, the regional ones among them, in the common country assessment and what follows from it",
        "Use the enclosed key messages when you speak about organized crime and drugs",
        "Make Member States aware of what the United Nations can do for them in this field",
    ),
    signatories=(
        Signature("Chair", "United Nations Development Group"),
        Signature("Under-Secretary-General for Political Affairs", "Department of Political Affairs"),
        Signature("Executive Director", "United Nations Office on Drugs and Crime"),
    ),
    attachments=(
        Annex("Key messages", text=_text("key_messages.md")),
        Annex("Terms of Reference of the Task Force", text=_text("terms_of_reference.md")),
    ),
    contacts=(
        Person("Focal point, United Nations Office on Drugs and Crime", "focal.point@unodc.example.org"),
        Person("Focal point, Department of Political Affairs", "focal.point@dpa.example.org"),
    ),
)

FRENCH_2011 = Wording(
    language="fr",
    subject="Unir nos forces contre la criminalité transnationale organisée et le trafic de drogues",
    body=_text("letter_2011.fr.md"),
    invitations=(
        "Faire présenter des exposés par des membres de l’Équipe spéciale aux réunions de votre équipe régionale",
        "Faire participer des représentants de l’Équipe spéciale aux réunions régionales des coordonnateurs résidents",
        "Utiliser les évaluations des membres, dont les évaluations régionales, dans le bilan commun de pays et ce qui en découle",
        "Employer les messages clefs joints lorsque vous parlez de la criminalité organisée et des drogues",
        "Faire connaître aux États Membres ce que l’Organisation peut faire pour eux dans ce domaine",
    ),
    signatories=(
        ("Présidente ou Président", "Groupe des Nations Unies pour le développement"),
        ("Secrétaire général adjoint aux affaires politiques", "Département des affaires politiques"),
        ("Directeur exécutif", "Office des Nations Unies contre la drogue et le crime"),
    ),
    attachments=(("Messages clefs", ""), ("Mandat de l’Équipe spéciale", "")),
    contacts=(
        "Point de contact, Office des Nations Unies contre la drogue et le crime",
        "Point de contact, Département des affaires politiques",
    ),
)

EARLIER = LetterText(
    reference="",
    subject="Who answers for organized crime in your office",
    purpose=Purpose.ACTION,
    body=_text("letter_small.md"),
    deadline_zone="America/New_York",
    invitations=("Name a contact for organized crime in your office", "Say which languages the contact reads"),
    signatories=SIGNED_BY,
    contacts=CONTACTS[:2],
)

EARLIER_ELSEWHERE = (
    Wording(
        language="fr",
        subject="Qui suit la criminalité organisée dans votre bureau",
        body=_text("letter_small.fr.md"),
        invitations=(
            "Désigner dans votre bureau un point de contact pour la criminalité organisée",
            "Indiquer les langues que lit ce point de contact",
        ),
        signatories=(("Secrétaire de l’Équipe spéciale", "Secrétariat de l’Équipe spéciale"),),
        contacts=(
            "Secrétariat de l’Équipe spéciale",
            "Conseiller régional pour la criminalité organisée, Nairobi",
        ),
    ),
    Wording(
        language="ar",
        subject="من يتابع الجريمة المنظمة في مكتبكم",
        body=_text("letter_small.ar.md"),
        invitations=("تسمية جهة اتصال للجريمة المنظمة في مكتبكم", "بيان اللغات التي تقرؤها جهة الاتصال"),
        signatories=(("أمين فرقة العمل", "أمانة فرقة العمل"),),
        contacts=("أمانة فرقة العمل", "المستشار الإقليمي لشؤون الجريمة المنظمة، نيروبي"),
    ),
)

DATES = (
    ("7 September 2011", f"{SLIDES}: slide on the letter and slide on action within the United Nations"),
    (
        "24 November 2012, which is later than the presentation that says so",
        f"{SLIDES}: another slide, on letters sent",
    ),
)


OFFICES = 24  # recipients of the small letter
ANSWERED = 5  # of each 12: the first ones
ODD = (
    (MessageState.REFUSED, "Sample data: 550 no such mailbox"),
    (MessageState.UNCERTAIN, "Sample data: relay gone"),
    (MessageState.BOUNCED, "Sample data: 5.1.1 mailbox unknown"),
    (MessageState.BOUNCED, "Sample data: 5.1.6 mailbox has moved"),
)
CORRECTED = -len(ODD)  # of the recipients: the one whose address was corrected
LIFE = (Status.IN_CLEARANCE, Status.IN_SIGNATURE, Status.READY, Status.DISPATCHING, Status.DISPATCHED)
AWAY = dt.timedelta(days=14)
AGAIN = dt.timedelta(days=9)  # ago the letter was sent to an address that was corrected
DEADLINE = dt.timedelta(days=7)


@transaction.atomic
def load(scale: int = 1) -> None:
    """Load the letters once: the draft of 2011, `scale` small letters that went out two weeks ago, two that are agreed on."""
    mechanism = Mechanism.objects.filter(slug=SLUG).first()
    if mechanism is None or Letter.objects.filter(reference=LETTER_2011.reference).exists():
        return
    on = timezone.localdate()
    Numbering.objects.create(mechanism=mechanism, pattern="TF/{year}/{number}")
    _draft_of_2011(mechanism, on)
    sent = [_small_letter(mechanism, f"TF/{on.year}/{number}", on) for number in range(1, scale + 1)]
    sample_review.load(sent[0], on)


def _draft_of_2011(mechanism: Mechanism, on: dt.date) -> None:
    """The letter as a draft, for action by a day three weeks after loading, with what is said about its date."""
    text = replace(LETTER_2011, deadline=(on + dt.timedelta(days=21)).isoformat())
    letter = actions.create_letter(mechanism=mechanism, text=text, by=None)
    _translations(letter, text, [FRENCH_2011], timezone.now())
    Note.objects.bulk_create(
        Note(letter=letter, order=order, about="Date of the letter", statement=statement, source=source)
        for order, (statement, source) in enumerate(DATES, start=1)
    )


def _small_letter(mechanism: Mechanism, reference: str, on: dt.date) -> Letter:
    """A letter to a few offices: most have it, some answered, one relay refused it, one hand-over is uncertain.

    Of two that came back one was sent again when the address was corrected.
    """
    day = on - AWAY
    text = replace(EARLIER, reference=reference, deadline=(on + DEADLINE).isoformat())
    letter = actions.create_letter(mechanism=mechanism, text=text, by=None)
    at = timezone.now() - AWAY
    _translations(letter, text, EARLIER_ELSEWHERE, at)
    text = replace(text, wordings=EARLIER_ELSEWHERE)
    cleared = {"text_version": 1, "due_on": day, "state": Clearance.State.CLEARED, "decided_at": at}
    for agency in letter.co_chairs(day):
        for language in ("", *text.languages):
            Clearance.objects.create(letter=letter, agency=agency, language=language, **cleared)
    signing.open_for(letter)
    Signing.objects.filter(letter=letter).update(
        state=Signing.State.SIGNED, way=Way.PAPER, signed_on=day, decided_at=at, sha256=seal_of(text_of(letter))
    )
    offices = Office.objects.open_on(day).filter(chosen(())).exclude(email="").order_by("pk")[:OFFICES]
    roll = Roll(tuple(addressee(office) for office in offices)).written_in(text.languages, text.language)
    for status in LIFE:
        Letter.objects.filter(pk=letter.pk).update(status=status)
    to = list(roll.addressees)
    right = to[CORRECTED]
    to[CORRECTED] = replace(right, email=f"former.{right.email}")
    first = _sent(letter, text, to, at, ODD)
    _sent(letter, text, [right], timezone.now() - AGAIN)
    following.match_deliveries(at)
    sample_answers.plan(letter)
    _answers(letter, first)
    sample_answers.load(first[0].dispatch)
    return letter


def _sent(
    letter: Letter, text: LetterText, to: list[Addressee], at: dt.datetime, odd: Sequence[tuple[str, str]] = ()
) -> list[Recipient]:
    """One dispatch as it would have been left; `odd` is what became of the last messages, the last one first."""
    day = timezone.localdate(at)
    dispatch = Dispatch.objects.create(
        letter=letter,
        number=letter.dispatches.count() + 1,
        day=day,
        started_at=at,
        finished_at=at,
        frozen=frozen(text),
        sha256=fingerprint(text, day, to),
    )
    recipients = Recipient.objects.bulk_create(row_of(dispatch, one) for one in to)
    _messages(dispatch, text, recipients, odd)
    _obligations(dispatch, recipients)
    return recipients


def _translations(letter: Letter, text: LetterText, texts: Iterable[Wording], at: dt.datetime) -> None:
    """The letter's texts in further languages, made from its first version."""
    source = words_of(text).kept()
    Translation.objects.bulk_create(
        Translation(
            letter=letter, language=one.language, words=one.kept(), source=source, source_version=1, changed_at=at
        )
        for one in texts
    )


def _messages(
    dispatch: Dispatch, text: LetterText, recipients: list[Recipient], odd: Sequence[tuple[str, str]]
) -> None:
    """What the outbox would have left then. Within one transaction: no worker ever sees these as waiting."""
    enqueue_many(
        letter_email(row, personal_letter(row, text), sender_name=dispatch.letter.mechanism.name, files=())
        for row in recipients
    )
    messages = OutgoingMessage.objects.of(dispatch.pk)
    messages.update(state=MessageState.HANDED_OVER, settled_at=dispatch.started_at, reason="Sample data: never sent")
    with pgtrigger.ignore("core.OutgoingMessage:frozen"):
        messages.update(created_at=dispatch.started_at)
    for row, (state, reason) in zip(reversed(recipients), odd, strict=False):
        messages.filter(key=row.key).update(state=state, reason=reason)
    by_key = messages.in_bulk([row.key for row in recipients], field_name="key")
    for row in recipients:
        row.message = by_key[row.key]
    Recipient.objects.bulk_update(recipients, ["message"])


def _obligations(dispatch: Dispatch, recipients: list[Recipient]) -> None:
    """Every office owes its answer, noted on the day of dispatch."""
    letter = dispatch.letter
    Obligation.objects.bulk_create(
        Obligation(
            kind=ObligationKind.ANSWER,
            what=f"Answer letter {letter}",
            page=PURPOSE,
            subject_id=row.pk,
            sealed=True,
            office_id=row.office_id,
            mechanism_id=letter.mechanism_id,
            topic=letter.pk,
            due_on=letter.deadline or dispatch.day,
            time_zone=letter.deadline_zone,
            noted_on=dispatch.day,
        )
        for row in recipients
    )


def _answers(letter: Letter, recipients: list[Recipient]) -> None:
    """Of each twelve offices five answered, each in its own way, on different days."""
    invitations = list(letter.invitations.all())
    ways = [choice for choice in Choice if choice]
    for number, row in enumerate(recipients):
        if number % 12 >= ANSWERED or number >= len(recipients) - 3:
            continue
        replies = {
            invitation.pk: answering.Reply(ways[(number + place) % len(ways)])
            for place, invitation in enumerate(invitations)
        }
        at = row.dispatch.started_at + dt.timedelta(days=number % 12 + 1)
        answering.acknowledge(recipient=row, name=row.coordinator or row.title, replies=replies, at=at)
