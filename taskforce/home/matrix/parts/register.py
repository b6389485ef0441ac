"""People with their seats, roles and second factors, places, an invitation."""

import datetime as dt
import hashlib
import secrets
from typing import Any

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp_auth
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import Group
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import RoleAssignment, User
from agencies.changeovers import carry_out, plan_name
from agencies.identity.models import PURPOSE, Identity, IdentityProvider
from agencies.imports.plan import send
from agencies.models import (
    Absence,
    Agency,
    AgencyKind,
    AgencyName,
    Capacity,
    Confirmation,
    Country,
    FocalPoint,
    ImportKind,
    Mechanism,
    MemberRole,
    Membership,
    Milestone,
    Nomination,
    Office,
    OfficeCountry,
    Region,
    ResidentCoordinator,
    Round,
    Terms,
)
from agencies.nominations import nominate
from agencies.people.models import Correction, Invitation
from core.dates import span, today
from core.files import store
from core.tokens import seal
from core.vault import lock
from taskforce.home.matrix.world import A_TEAM, B_TEAM, FORMER, HOUSE, MEMBERS, ROLES, SEATS, SINCE, World, group


def people(world: World) -> None:
    region = Region.objects.create(code="990", name="Region")
    mechanism = Mechanism.objects.create(slug="matrix", name=world.mark("mechanism", *MEMBERS), valid=SINCE)
    agencies = {letter: _agency(world, letter, mechanism) for letter in ("A", "B")}
    for name in (*SEATS, *ROLES, *FORMER, "stranger"):
        world.people[name] = User.objects.create_user(f"{name}@example.org", name=name.title(), is_sample=True)
    _second_factors(world)
    for name, (letter, capacity) in SEATS.items():
        FocalPoint.objects.create(
            person=world.person(name), agency=agencies[letter], mechanism=mechanism, capacity=capacity, valid=SINCE
        )
    for name, role in ROLES.items():
        RoleAssignment.objects.create(user=world.person(name), role=role, valid=SINCE)
    _former(world, mechanism, agencies["A"])
    world.opens("agencies:", *agencies.values())
    world.opens("home:why", *agencies.values(), kind="agency")
    for family in ("agencies:mechanism", "agencies:mechanism_history", "agencies:add_focal_point", "agencies:seat"):
        world.subjects[family] = [{"slug": mechanism.slug}]
    _successions(world, agencies["B"])
    _nominations(world, mechanism, agencies["B"])
    _texts(world, mechanism)
    for family in ("agencies:change_membership", "agencies:end_membership"):
        world.opens(family, Membership.objects.get(agency=agencies["B"]))
    for family in ("agencies:end_focal_point", "people:hand_over"):
        world.opens(family, FocalPoint.objects.get(person=world.people["charlie"]))
    world.opens("people:", world.people["bob"])
    assignment = RoleAssignment.objects.get(user=world.person("sam"))
    world.opens("people:end_role", world.person("sam"), role_pk=assignment.pk)
    for what in ("deactivate", "reactivate", "reset-factors", "end-sessions"):
        world.opens("people:change_access", world.person("bob"), what=what)
    world.opens("agencies:region", region)
    opened = Round.objects.create(mechanism=mechanism, opened_on=today(), due_on=today())
    Confirmation.objects.create(round=opened, agency=agencies["A"])
    confirmation = Confirmation.objects.create(
        round=opened, agency=agencies["B"], note=world.mark("confirmation", "ada", *B_TEAM, *HOUSE)
    )
    world.opens("agencies:confirm", confirmation)
    days = span(today() + dt.timedelta(days=30), today() + dt.timedelta(days=40))
    absence = Absence.objects.create(person=world.person("alice"), alternate=world.person("bob"), valid=days)
    world.opens("people:end_absence", absence)
    asked = Correction.objects.create(person=world.person("bob"), text=world.mark("correction", "bob", "ada"))
    world.opens("people:correction", asked)
    world.subjects["people:download_data"] = [{"kind": "json"}, {"kind": "txt"}]


def _successions(world: World, agency: Agency) -> None:
    """A new name of agency B, recorded with a document that every reader of the register may have."""
    words = world.mark("source-document", *MEMBERS)
    document = store(name="decision.txt", content_type="text/plain", data=words.encode())
    name = AgencyName(agency=agency, language="fr", name=world.mark("name", *MEMBERS), valid=span(dt.date(2024, 1, 1)))
    made = carry_out(
        plan_name(name, dt.date(2024, 1, 1), None), by=world.person("ada"), source="Decision", document=document
    )
    for family in ("changeover", "correct_changeover", "take_back"):
        world.opens(f"agencies:{family}", made)
    world.opens("agencies:source", document)


def _nominations(world: World, mechanism: Mechanism, agency: Agency) -> None:
    """Agency B is nominated for another mechanism, which agency A does not chair."""
    other = Mechanism.objects.create(slug="matrix-other", name=world.mark("mechanism-2", *MEMBERS), valid=SINCE)
    readers = {*B_TEAM, "ada", *HOUSE}
    waiting = Nomination(
        agency=agency,
        mechanism=other,
        first=dt.date(2030, 1, 1),
        answer_by=dt.date(2029, 1, 1),
        source=world.mark("nomination", *readers),
    )
    nominate(nomination=waiting, by=world.person("sam"))
    second = Nomination.objects.create(
        agency=group("A").agency,
        mechanism=other,
        first=dt.date(2030, 1, 1),
        answer_by=dt.date(2029, 1, 1),
        nominated_by=world.person("sam"),
        source=world.mark("nomination-2", *A_TEAM, "ada", *HOUSE),
    )
    world.subjects["agencies:nominate"] = [{"slug": mechanism.slug}]
    for family in ("nomination", "answer_nomination", "withdraw_nomination", "begin_membership"):
        world.opens(f"agencies:{family}", waiting, second)
    world.opens("agencies:membership", Membership.objects.get(agency=agency))


def _texts(world: World, mechanism: Mechanism) -> None:
    """Milestones, and Terms of Reference of which two are restricted."""
    milestone = Milestone.objects.create(mechanism=mechanism, what=world.mark("milestone", *MEMBERS))
    for family in ("change_milestone", "remove_milestone"):
        world.opens(f"agencies:{family}", milestone)
    for family in ("change_mechanism", "add_mandate", "add_milestone", "add_terms"):
        world.subjects[f"agencies:{family}"] = [{"slug": mechanism.slug}]
    readers = {0: MEMBERS, 1: {*SEATS, *HOUSE}, 2: {"lea"}}
    for level, who in readers.items():
        words = world.mark(f"terms-{level}", *who)
        file = store(name="terms.txt", content_type="text/plain", data=words.encode())
        days = span(dt.date(2015 + level, 1, 1), dt.date(2015 + level, 12, 31))
        terms = Terms.objects.create(
            mechanism=mechanism, number=words, adopted_by="Principals", file=file, sensitivity=level, valid=days
        )
        world.opens("agencies:terms", terms)


def _former(world: World, mechanism: Mechanism, agency: Agency) -> None:
    """Those whose rights ended yesterday, each in another way."""
    until_yesterday = span(dt.date(2010, 1, 1), today() - dt.timedelta(days=1))
    left = _agency(world, "D", mechanism, until_yesterday)
    for name, sits_for, valid in (("eve", agency, until_yesterday), ("mia", left, SINCE), ("dora", agency, SINCE)):
        FocalPoint.objects.create(
            person=world.person(name),
            agency=sits_for,
            mechanism=mechanism,
            capacity=Capacity.FOCAL_POINT,
            valid=valid,
        )
        world.own[name] = {mechanism.name, sits_for.names.get(language="en").name}
    RoleAssignment.objects.create(user=world.person("tom"), role="secretariat_lead", valid=until_yesterday)
    dora = world.person("dora")
    dora.is_active = False
    dora.save(update_fields=["is_active"])


def _second_factors(world: World) -> None:
    """Alice has every second factor, so that the pages about them open."""
    alice = world.person("alice")
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


def _agency(world: World, letter: str, mechanism: Mechanism, sits: DateRange = SINCE) -> Agency:
    agency = Agency.objects.create(
        kind=AgencyKind.FUND, valid=SINCE, group=Group.objects.create(name=f"matrix {letter}")
    )
    name = world.mark(f"agency-{letter}", *MEMBERS)
    AgencyName.objects.create(agency=agency, name=name, acronym=f"M{letter}", valid=SINCE)
    role = MemberRole.CO_CHAIR if letter == "A" else MemberRole.MEMBER
    Membership.objects.create(agency=agency, mechanism=mechanism, role=role, valid=sits)
    return agency


def places(world: World) -> None:
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


def imports(world: World) -> None:
    """A file that adds an office: only the administrator may see it."""
    mark = world.mark("imported", "ada")
    data = f"Office,Duty station,Region,Source\n{mark},Town,990,A list\n".encode()
    sent = send(kind=ImportKind.OFFICES, name=f"{mark}.csv", content_type="text/csv", data=data, by=world.person("ada"))
    for family in ("agencies:import", "agencies:import_file"):
        world.opens(family, sent)
    for family in ("send_import", "import_template", "import_current"):
        world.subjects[f"agencies:{family}"] = [{"kind": kind} for kind in ImportKind.values]


def identity_providers(world: World) -> None:
    """One of agency C, whose name everybody may read: it stands on the sign-in page. Nothing answers at its issuer."""
    agency = Agency.objects.create(kind=AgencyKind.FUND, valid=SINCE, group=Group.objects.create(name="matrix C"))
    AgencyName.objects.create(agency=agency, name="Agency C", acronym="MC", valid=SINCE)
    provider = IdentityProvider.objects.create(
        agency=agency,
        issuer="https://127.0.0.1:9",
        client_id=world.mark("client", "ada"),
        secret=lock(PURPOSE, world.mark("secret")),
        domains="example.org",
        is_on=True,
    )
    carla = User.objects.create_user("carla@example.org", name="Carla", is_sample=True)
    FocalPoint.objects.create(
        person=carla,
        agency=agency,
        mechanism=Mechanism.objects.get(slug="matrix"),
        capacity=Capacity.FOCAL_POINT,
        valid=SINCE,
    )
    subject = world.mark("subject", "ada")
    identity = Identity.objects.create(person=carla, issuer=provider.issuer, subject=subject)
    world.opens("identity:", provider)
    world.holds_link(reverse("identity:callback", args=[provider.pk]))  # everybody may know that it is open
    world.opens("identity:provider", agency)
    world.opens("identity:unbind", agency, identity=identity.pk)


def invitations(world: World) -> None:
    invitation = Invitation.objects.create(
        email=f"{world.mark('invited', 'ada')}@example.org",
        name="Invited",
        role="observer",
        invited_by=world.person("ada"),
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
