"""A small world for the access matrix: two agencies, every sort of person, and hidden things that each carry a mark.

A mark is a string that stands in exactly one thing. The world says who may see it, in plain sets written by hand: the matrix must
not ask the very code that it checks.
"""

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp_auth
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import Group
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import RoleAssignment, User
from agencies.models import (
    Agency,
    AgencyKind,
    AgencyName,
    Capacity,
    Country,
    FocalPoint,
    Mechanism,
    MemberRole,
    Membership,
    Obligation,
    ObligationKind,
    Office,
    OfficeCountry,
    Region,
    ResidentCoordinator,
)
from agencies.people.models import Invitation
from assessments.models import Assessment, Cell, CellState, Contribution, Estimate, Flow, Source
from assessments.workflow import ContributionStatus
from core import jobs, outbox
from core.access import grant
from core.dates import span, today
from core.files import store
from core.sensitivity import Sensitivity
from core.tokens import seal
from taskforce.briefings.access import Audience
from taskforce.briefings.models import Edition, Pack
from taskforce.home.matrix.addresses import Address
from taskforce.letters.actions import Reply, acknowledge
from taskforce.letters.addressees import addressee
from taskforce.letters.dispatching import row_of
from taskforce.letters.documents import frozen, text_of
from taskforce.letters.links import token_of
from taskforce.letters.models import Attachment as LetterAttachment
from taskforce.letters.models import Clearance, Dispatch, Letter
from taskforce.letters.models import Invitation as LetterInvitation
from taskforce.letters.workflow import Status as LetterStatus
from taskforce.reminders.models import Rule

SINCE = span(dt.date(2010, 1, 1))
Arguments = dict[str, Any]

# Who is who. Alice and Bob sit for agency A (a co-chair), Charlie for agency B; the others hold roles of the house; the stranger
# is signed in and holds nothing; the visitor is not signed in.
SEATS = {"alice": ("A", Capacity.FOCAL_POINT), "bob": ("A", Capacity.ALTERNATE), "charlie": ("B", Capacity.FOCAL_POINT)}
ROLES = {
    "sam": "secretariat",
    "lea": "secretariat_lead",
    "ada": "administrator",
    "otto": "observer",
    "audrey": "auditor",
}
A_TEAM = {"alice", "bob"}
HOUSE = {"sam", "lea"}
MEMBERS = {*SEATS, *ROLES}


@dataclass
class World:
    """People, marks with those who may see them, the arguments that open addresses and the forms some of them need."""

    people: dict[str, User | None] = field(default_factory=lambda: {"visitor": None})
    marks: dict[str, set[str]] = field(default_factory=dict)
    subjects: dict[str, list[Arguments]] = field(default_factory=dict)
    links: dict[str, set[str]] = field(default_factory=dict)
    bodies: dict[str, Arguments] = field(default_factory=dict)

    def mark(self, word: str, *readers: str) -> str:
        """A new mark that only `readers` may see."""
        mark = f"mark-{word}-{uuid.uuid4().hex[:8]}"
        self.marks[mark] = set(readers)
        return mark

    def holds_link(self, url: str, *words: str) -> None:
        """Whoever has this link, signed in or not, may see at its address the marks with these words."""
        self.links[url] = {mark for mark in self.marks if mark.rpartition("-")[0].removeprefix("mark-") in words}

    def may_see(self, name: str, mark: str, url: str) -> bool:
        """Whether a person may see a mark at an address."""
        by_link = any(url.startswith(link) and mark in marks for link, marks in self.links.items())
        return by_link or name in self.marks[mark]

    def opens(self, family: str, *objects: Any, **more: Any) -> None:
        """The address of this name, or every other one of the app `app:`, opens with the id of each object, and with `more`."""
        self.subjects.setdefault(family, []).extend({"pk": thing.pk, **more} for thing in objects)

    def arguments(self, address: Address) -> list[Arguments]:
        """The sets of arguments to try: those of the address by its name, else those of its app."""
        if not address.arguments:
            return [{}]
        app = address.name.partition(":")[0] + ":"
        found = self.subjects.get(address.name) or self.subjects.get(app, [])
        return [{name: given[name] for name in address.arguments if name in given} for given in found]


def build() -> World:
    """The world, in the database of this process."""
    world = World()
    for part in PARTS:
        part(world)
    return world


def _people(world: World) -> None:
    region = Region.objects.create(code="990", name="Region")
    mechanism = Mechanism.objects.create(slug="matrix", name=world.mark("mechanism", *MEMBERS), valid=SINCE)
    agencies = {letter: _agency(world, letter, mechanism) for letter in ("A", "B")}
    for name in (*SEATS, *ROLES, "stranger"):
        world.people[name] = User.objects.create_user(f"{name}@example.org", name=name.title(), is_sample=True)
    _second_factors(world)
    for name, (letter, capacity) in SEATS.items():
        FocalPoint.objects.create(
            person=_person(world, name), agency=agencies[letter], mechanism=mechanism, capacity=capacity, valid=SINCE
        )
    for name, role in ROLES.items():
        RoleAssignment.objects.create(user=_person(world, name), role=role, valid=SINCE)
    world.opens("agencies:", *agencies.values())
    for family in ("agencies:mechanism", "agencies:mechanism_history", "agencies:add_focal_point", "agencies:seat"):
        world.subjects[family] = [{"slug": mechanism.slug}]
    for family in ("agencies:change_membership", "agencies:end_membership"):
        world.opens(family, Membership.objects.get(agency=agencies["B"]))
    for family in ("agencies:end_focal_point", "agencies:hand_over"):
        world.opens(family, FocalPoint.objects.get(person=world.people["charlie"]))
    world.opens("people:", world.people["bob"])
    assignment = RoleAssignment.objects.get(role="secretariat")
    world.opens("people:end_role", _person(world, "sam"), role_pk=assignment.pk)
    for what in ("deactivate", "reactivate", "reset-factors", "end-sessions"):
        world.opens("people:change_access", _person(world, "bob"), what=what)
    world.opens("agencies:region", region)


def _second_factors(world: World) -> None:
    """Alice has every second factor, so that the pages about them open."""
    alice = _person(world, "alice")
    totp_auth.TOTP.activate(alice, totp_auth.generate_totp_secret())
    RecoveryCodes.activate(alice)
    key = WebAuthn.add(alice, "Key", _passkey()).instance
    for family in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        world.opens(family, key)
    token = EmailAwarePasswordResetTokenGenerator().make_token(alice)
    world.subjects["account_reset_password_from_key"] = [{"uidb36": user_pk_to_url_str(alice), "key": token}]


def _passkey() -> dict[str, Any]:
    """What a browser would answer for a new passkey; it opens nothing, since nobody has its private key."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    credential = AttestedCredentialData.create(
        Aaguid.NONE,
        secrets.token_bytes(16),
        ES256.from_cryptography_key(public),  # type: ignore[no-untyped-call]
    )
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(hashlib.sha256(b"localhost").digest(), flags, 0, credential)
    client = CollectedClientData.create("webauthn.create", secrets.token_bytes(16), "http://localhost")
    response = {
        "clientDataJSON": websafe_encode(client),
        "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
    }
    key_id = websafe_encode(credential.credential_id)
    return {"id": key_id, "rawId": key_id, "type": "public-key", "response": response}


def _agency(world: World, letter: str, mechanism: Mechanism) -> Agency:
    agency = Agency.objects.create(
        kind=AgencyKind.FUND, valid=SINCE, group=Group.objects.create(name=f"matrix {letter}")
    )
    name = world.mark(f"agency-{letter}", *MEMBERS)
    AgencyName.objects.create(agency=agency, name=name, acronym=f"M{letter}", valid=SINCE)
    role = MemberRole.CO_CHAIR if letter == "A" else MemberRole.MEMBER
    Membership.objects.create(agency=agency, mechanism=mechanism, role=role, valid=SINCE)
    return agency


def _places(world: World) -> None:
    region = Region.objects.get(code="990")
    country = Country.objects.create(
        iso2="ZZ", iso3="ZZZ", m49="999", name=world.mark("country", *MEMBERS), region=region
    )
    office = Office.objects.create(
        name=world.mark("office", *MEMBERS), duty_station="Town", region=region, email="office@example.org", valid=SINCE
    )
    OfficeCountry.objects.create(office=office, country=country, valid=SINCE)
    coordinator = ResidentCoordinator.objects.create(
        office=office, name=world.mark("coordinator", *MEMBERS), email="rc@example.org", valid=SINCE
    )
    world.opens("agencies:country", country)
    for family in ("office", "office_history", "change_office", "appoint", "serve"):
        world.opens(f"agencies:{family}", office)
    for family in ("agencies:change_coordinator", "agencies:end_coordinator"):
        world.opens(family, coordinator)
    world.opens("agencies:end_coverage", OfficeCountry.objects.get(office=office))


def _invitations(world: World) -> None:
    invitation = Invitation.objects.create(
        email=f"{world.mark('invited', 'ada')}@example.org",
        name="Invited",
        role="observer",
        invited_by=_person(world, "ada"),
        sent_at=timezone.now(),
        expires_at=timezone.now() + dt.timedelta(hours=72),
        valid=SINCE,
    )
    world.opens("people:invitation", invitation)
    for what in ("resend", "revoke"):
        world.opens("people:change_invitation", invitation, what=what)
    link = seal("invitation", invitation.pk, invitation.version)
    world.subjects["people:join"] = [{"token": link}]
    world.holds_link(f"/people/join/{link}/", "invited")


def _assessments(world: World) -> None:
    plain = _assessment(world, "plain", "A", Sensitivity.UNCLASSIFIED, MEMBERS)
    confidential = _assessment(world, "confidential", "A", Sensitivity.CONFIDENTIAL, A_TEAM | HOUSE)
    granted = _assessment(world, "granted", "B", Sensitivity.CONFIDENTIAL, {"charlie"} | A_TEAM | HOUSE)
    strict = _assessment(world, "strict", "B", Sensitivity.STRICTLY_CONFIDENTIAL, {"charlie", "lea"})
    grant(_group("A"), "assessments.view_assessment", granted)
    world.opens("assessments:", plain, confidential, granted, strict)
    world.opens("assessments:end_sight", granted, agency=_group("A").agency.pk)


def _assessment(world: World, word: str, letter: str, level: Sensitivity, readers: set[str]) -> Assessment:
    """An assessment whose every part carries a mark; a contribution of agency B is its own and the lead's besides."""
    day = today()
    assessment = Assessment.objects.create(
        title=world.mark(f"assessment-{word}", *readers),
        area="Area",
        lead=_group(letter).agency,
        mechanism=Mechanism.objects.get(slug="matrix"),
        sensitivity=level,
        planned_day=day,
        forecast_day=day,
        note=world.mark(f"note-{word}", *readers),
    )
    flow = Flow.objects.create(assessment=assessment, commodity="drugs", name=world.mark(f"flow-{word}", *readers))
    Cell.objects.create(flow=flow, question=1, text=world.mark(f"answer-{word}", *readers), state=CellState.DRAFT)
    source = Source.objects.create(assessment=assessment, title=world.mark(f"source-{word}", *readers))
    estimate = Estimate.objects.create(
        assessment=assessment, quantity=world.mark(f"estimate-{word}", *readers), unit="US$", method="None"
    )
    world.opens("assessments:source", assessment, part=source.pk)
    world.opens("assessments:estimate", assessment, part=estimate.pk)
    world.opens("assessments:move", assessment, name="start_collection")
    for question in (1, 2):
        world.opens("assessments:cell", assessment, flow=flow.pk, question=question)
    owners = readers & ({"charlie"} | HOUSE | (A_TEAM if letter == "A" else set()))
    for status, families in CONTRIBUTIONS.items():
        contribution = _contribution(world, assessment, status, world.mark(f"{status}-{word}", *owners))
        for family in families:
            world.opens(f"assessments:{family}", contribution)
    return assessment


CONTRIBUTIONS = {
    ContributionStatus.ASKED: ("contribution", "submit", "withdraw"),
    ContributionStatus.ACCEPTED: ("contribution", "contribution_file", "accept", "return"),
}


def _contribution(world: World, assessment: Assessment, status: str, mark: str) -> Contribution:
    """What agency B was asked for, or gave with a file."""
    given = status == ContributionStatus.ACCEPTED
    return Contribution.objects.create(
        assessment=assessment,
        agency=_group("B").agency,
        what=mark,
        due_on=today(),
        status=status,
        text=mark if given else "",
        file=store(name=f"{mark}.txt", content_type="text/plain", data=mark.encode()) if given else None,
        submitted_at=timezone.now() if given else None,
    )


def _group(letter: str) -> Group:
    return Group.objects.select_related("agency").get(name=f"matrix {letter}")


def _letters(world: World) -> None:
    """A draft, one that agency A is asked to clear, one that went out, and a confidential one that A cleared and went out."""
    draft = _letter(world, "draft", LetterStatus.DRAFT, HOUSE)
    asked = _letter(world, "asked", LetterStatus.IN_CLEARANCE, A_TEAM | HOUSE)
    out = _letter(world, "out", LetterStatus.DISPATCHED, MEMBERS)
    secret = _letter(world, "secret", LetterStatus.DISPATCHED, A_TEAM | HOUSE, Sensitivity.CONFIDENTIAL)
    world.opens("letters:", draft, asked, out, secret)
    office = Office.objects.get(email="office@example.org")
    world.opens("letters:sample", draft, secret, office=office.pk)
    for letter in (asked, secret):
        world.opens("letters:clearance", _clearance(letter))
    for letter in (draft, out, secret):
        readers = world.marks[letter.subject]
        mark = world.mark(f"attachment-{letter.reference}", *readers)
        file = store(name=f"{mark}.txt", content_type="text/plain", data=mark.encode())
        world.opens("letters:attachment", LetterAttachment.objects.create(letter=letter, title=mark, file=file))
    for letter in (out, secret):
        _gone(world, letter, office)
    running = _letter(world, "running", LetterStatus.DISPATCHING, MEMBERS)
    for family in ("letters:stop", "letters:resume", "letters:progress"):
        world.opens(family, out, running)
    _dispatch(running, finished=False)
    world.bodies["letters:move"] = {"move": "withdraw"}


def _letter(
    world: World, word: str, status: str, readers: set[str], level: Sensitivity = Sensitivity.UNCLASSIFIED
) -> Letter:
    return Letter.objects.create(
        mechanism=Mechanism.objects.get(slug="matrix"),
        reference=word,
        subject=world.mark(f"letter-{word}", *readers),
        body=world.mark(f"body-{word}", *readers),
        status=status,
        sensitivity=level,
    )


def _clearance(letter: Letter) -> Clearance:
    cleared = letter.status == LetterStatus.DISPATCHED
    return Clearance.objects.create(
        letter=letter,
        agency=_group("A").agency,
        text_version=1,
        due_on=today(),
        state=Clearance.State.CLEARED if cleared else Clearance.State.ASKED,
        decided_at=timezone.now() if cleared else None,
    )


def _dispatch(letter: Letter, *, finished: bool) -> Dispatch:
    now = timezone.now()
    return Dispatch.objects.create(
        letter=letter,
        number=1,
        day=today(),
        started_at=now,
        finished_at=now if finished else None,
        frozen=frozen(text_of(letter)),
        sha256="0" * 64,
    )


def _gone(world: World, letter: Letter, office: Office) -> None:
    """The letter's dispatch to the one office, with its PDF and a commented answer; its public page is open to the visitor too."""
    readers, word = world.marks[letter.subject], letter.reference
    invitation = LetterInvitation.objects.create(letter=letter, text=world.mark(f"invites-{word}", *readers))
    dispatch = _dispatch(letter, finished=True)
    recipient = row_of(dispatch, addressee(Office.objects.open_on(today()).select_related("region").get(pk=office.pk)))
    recipient.file = store(name="letter.pdf", content_type="application/pdf", data=letter.subject.encode())
    recipient.save()
    comment = world.mark(f"comment-{word}", *readers)
    acknowledge(
        recipient=recipient, name="Somebody", replies={invitation.pk: Reply("accepted", comment)}, at=timezone.now()
    )
    for family in ("letters:recipient", "letters:answer", "letters:pdf", "letters:resolve"):
        world.opens(family, recipient)
    link = token_of(recipient)
    about = (
        "mechanism",
        "office",
        "coordinator",
        "country",
        f"letter-{word}",
        f"body-{word}",
        f"invites-{word}",
        f"comment-{word}",
    )
    world.holds_link(f"/a/{link}/", *about)
    for family in ("letters:acknowledge", "letters:acknowledge_file"):
        world.subjects.setdefault(family, []).append({"token": link, "number": 0})


def _packs(world: World) -> None:
    """A pack for all members and a confidential one for the secretariat, each with an edition."""
    for audience, level, readers in (
        (Audience.MEMBERS, Sensitivity.UNCLASSIFIED, MEMBERS),
        (Audience.SECRETARIAT, Sensitivity.CONFIDENTIAL, HOUSE),
    ):
        mark = world.mark(f"pack-{audience}", *readers)
        sam = _person(world, "sam")
        pack = Pack.objects.create(
            title=mark, mechanism=Mechanism.objects.get(slug="matrix"), as_of=today(), audience=audience, created_by=sam
        )
        job = jobs.start("matrix", subject=pack.pk, by=sam, label=mark)
        edition = Edition.objects.create(
            pack=pack,
            number=1,
            content={"title": mark},
            sha256="0" * 64,
            file=store(name="pack.pdf", content_type="application/pdf", data=mark.encode()),
            job=job,
            made_by=sam,
            sensitivity=level,
        )
        world.opens("briefings:", pack)
        world.opens("briefings:download", edition)


def _work(world: World) -> None:
    obligation = Obligation.objects.create(
        kind=ObligationKind.ACTION,
        agency=_group("B").agency,
        what=world.mark("obligation", "charlie", *HOUSE),
        page="home:tasks",
        subject_id=uuid.uuid4(),
        due_on=today(),
    )
    rule = Rule.objects.create(kind=ObligationKind.ACTION, days=-1)
    world.opens("reminders:rule", rule)
    world.opens("reminders:of", obligation)
    job = jobs.start("matrix", subject=None, by=_person(world, "alice"), label=world.mark("job", "alice", *HOUSE))
    world.opens("jobs:", job)
    message = outbox.enqueue(
        key="matrix", to="rc@example.org", subject=world.mark("mail", "ada", *HOUSE), text="Neutral."
    )
    for family in ("home:message", "home:mail_resolve"):
        world.opens(family, message)


def _person(world: World, name: str) -> User:
    person = world.people[name]
    assert person is not None  # noqa: S101 - only the visitor is nobody
    return person


PARTS: list[Callable[[World], None]] = [_people, _places, _invitations, _assessments, _letters, _packs, _work]
