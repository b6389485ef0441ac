"""A letter of the Task Force, its two co-chairs and offices of every kind."""

import datetime as dt
from dataclasses import dataclass, replace

from django.utils import timezone

from accounts.models import User
from agencies.models import Capacity, MemberRole, Office, PostStatus
from core import outbox
from core.models import MessageState, OutgoingMessage
from taskforce.letters import actions, dispatching, releasing, signing
from taskforce.letters.dispatching import personal_letter
from taskforce.letters.documents import Annex, LetterText, Person, Signature
from taskforce.letters.emails import letter_email
from taskforce.letters.following import owe_answer
from taskforce.letters.models import Clearance, Dispatch, Letter, Purpose, Release
from taskforce.letters.workflow import Status
from tests.cast import Cast
from tests.factories import (
    AgencyFactory,
    FocalPointFactory,
    MembershipFactory,
    OfficeCountryFactory,
    OfficeFactory,
    ResidentCoordinatorFactory,
    UserFactory,
)

TODAY = dt.date(2026, 11, 21)
NOW = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)

TEXT = LetterText(
    reference="TF/2026/1",
    subject="A matter of drugs and crime",
    purpose=Purpose.ACTION,
    body="{{ salutation }},\n\nThis goes to **{{ office }}** for {{ countries }}.\n\n{{ invitations }}\n\n"
    "Please answer by {{ deadline }}: {{ link }}",
    deadline="2026-12-15",
    invitations=("Brief the regional team", "Use the assessment"),
    signatories=(Signature("Under-Secretary-General", "Department A"), Signature("Executive Director", "Office B")),
    contacts=(Person("Task Force focal point", "focal.point@example.org"),),
)
PLAIN = replace(TEXT, attachments=())
WITH_ANNEX = replace(TEXT, attachments=(Annex("Key messages", text="One *message*."),))


@dataclass(frozen=True)
class Scene:
    """The cast, with Dora as focal point of a second co-chair."""

    cast: Cast
    dora: User

    @property
    def sam(self) -> User:
        """The secretariat."""
        return self.cast.sam

    @property
    def lea(self) -> User:
        """The lead of the secretariat."""
        return self.cast.lea

    @property
    def alice(self) -> User:
        """Focal point of the first co-chair."""
        return self.cast.alice


def make_scene(cast: Cast) -> Scene:
    """Two co-chairs."""
    agency = AgencyFactory(acronym="CCC")
    MembershipFactory(agency=agency, mechanism=cast.task_force, role=MemberRole.CO_CHAIR)
    dora = UserFactory(name="Dora", email="dora@example.org", is_sample=True)
    FocalPointFactory(person=dora, agency=agency, mechanism=cast.task_force, capacity=Capacity.FOCAL_POINT)
    return Scene(cast, dora)


def draft(scene: Scene, text: LetterText = TEXT) -> Letter:
    """A draft by Sam."""
    return actions.create_letter(mechanism=scene.cast.task_force, text=text, by=scene.sam)


def submitted(scene: Scene, text: LetterText = TEXT) -> Letter:
    """A letter that both co-chairs are asked to clear."""
    return actions.submit_letter(
        letter=draft(scene, text), clear_by=TODAY + dt.timedelta(7), by=scene.sam, on=timezone.localdate()
    )


def clearance_of(letter: Letter, person: User) -> Clearance:
    """What this person's agency is asked."""
    return letter.clearances.current().get(agency__focal_points__person=person)


def clear(letter: Letter, person: User) -> Letter:
    """The person clears it for their agency."""
    return actions.clear_letter(clearance=clearance_of(letter, person), by=person, at=timezone.now())


def cleared(scene: Scene, text: LetterText = TEXT) -> Letter:
    """A letter cleared by both, which waits to be signed."""
    letter = submitted(scene, text)
    clear(letter, scene.alice)
    return clear(letter, scene.dora)


def signed(scene: Scene, letter: Letter) -> Letter:
    """All sign it on paper, which Sam records."""
    rows = [row.pk for row in letter.signings.unsigned()]
    return signing.record(
        letter=letter, rows=rows, signed_on=timezone.localdate(), scan=None, by=scene.sam, at=timezone.now()
    )


def ready(scene: Scene, text: LetterText = TEXT) -> Letter:
    """A letter cleared and signed."""
    return signed(scene, cleared(scene, text))


def approved(letter: Letter) -> str:
    """The fingerprint that the check page would show today."""
    today = timezone.localdate()
    return dispatching.plan_of(letter, today, today).sha256


def dispatched(scene: Scene, text: LetterText = PLAIN, letter: Letter | None = None) -> Dispatch:
    """A dispatch just released by Sam: rows are there, nothing is prepared."""
    return released(asked(scene, text, letter), scene.sam)


def asked(scene: Scene, text: LetterText = PLAIN, letter: Letter | None = None) -> Release:
    """A dispatch that Lea asked for, of a letter that is signed first if it still waits for that."""
    letter = letter or cleared(scene, text)
    letter.refresh_from_db()
    if letter.status == Status.IN_SIGNATURE:
        letter = signed(scene, letter)
    return releasing.ask(
        letter=letter, approved=approved(letter), by=scene.lea, on=timezone.localdate(), at=timezone.now()
    )


def released(waiting: Release, by: User) -> Dispatch:
    """The person releases what was asked for."""
    return releasing.release(asked=waiting, approved=waiting.sha256, by=by, on=timezone.localdate(), at=timezone.now())


def handed_over(dispatch: Dispatch) -> None:
    """The relay took the letter of every office that has an address, this morning; no PDF is set for it."""
    rows = list(dispatch.recipients.exclude(email=""))
    outbox.enqueue_many(letter_email(row, personal_letter(row), sender_name="", files=()) for row in rows)
    OutgoingMessage.objects.of(dispatch.pk).update(state=MessageState.HANDED_OVER, settled_at=NOW)
    for row in rows:
        row.message = OutgoingMessage.objects.get(key=row.key)
        row.save()
        owe_answer(row, dispatch)


def office(name: str, *, countries: int = 1, person: str = "", interim: bool = False, mailbox: bool = True) -> Office:
    """An office of that name; `person` names its coordinator."""
    made = OfficeFactory(name=name, email=f"{name.lower()}@example.org" if mailbox else "")
    OfficeCountryFactory.create_batch(countries, office=made)
    if person:
        status = PostStatus.AD_INTERIM if interim else PostStatus.IN_OFFICE
        ResidentCoordinatorFactory(office=made, name=person, email=f"{person.lower()}@example.org", status=status)
    return made
