"""Who comes in by an identity provider, and how it is set up. Whoever calls `keep` or `unbind` has checked the right to do so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import moments
from accounts.actions import end_sessions
from accounts.models import User
from agencies.access import seats_of
from agencies.identity.models import PURPOSE, SECRET_CHANGED, Identity, IdentityProvider
from agencies.people.models import Invitation
from core import vault
from core.audit import note, signed


class Refused(Exception):
    """The person does not come in; the text tells them why, and what to do."""


@transaction.atomic
def admit(*, provider: IdentityProvider, claims: Mapping[str, Any], on: dt.date) -> User:
    """The person whom the proved claims name; the first time, their account at the provider is bound. Raises Refused."""
    address = _address(provider, claims)
    issuer, subject = provider.issuer, str(claims["sub"])
    known = Identity.objects.filter(issuer=issuer, subject=subject).select_related("person").first()
    person = known.person if known else _person(provider, address)
    _check(provider, person, on)
    if known is None:
        _bind(person, issuer, subject)
    return person


def _address(provider: IdentityProvider, claims: Mapping[str, Any]) -> str:
    """The address for which the provider vouches."""
    address, names = str(claims.get("email") or "").lower(), {"agency": provider.agency_name}
    if not address or claims.get("email_verified") not in (True, "true"):
        raise Refused(
            _("%(agency)s does not say that your e-mail address is verified. Ask its help desk to confirm it.") % names
        )
    if not provider.may_vouch_for(address):
        names["address"] = address
        raise Refused(
            _("%(agency)s may not vouch for %(address)s here. Sign in with the address of your agency.") % names
        )
    return address


def _person(provider: IdentityProvider, address: str) -> User:
    """Whoever has the address in the portal; who is only written down accepts an invitation first."""
    person = User.objects.filter(email__iexact=address).exclude(pk__in=User.objects.never_here()).first()
    if person:
        return person
    if Invitation.objects.unanswered().filter(email__iexact=address).exists():
        raise Refused(_("You are invited and have not accepted yet. Open the link in your invitation first."))
    names = {"agency": provider.agency_name, "address": address}
    raise Refused(
        _(
            "%(agency)s knows you as %(address)s. Nobody with this address is invited to the portal. "
            "Ask your agency’s principal or the secretariat for an invitation."
        )
        % names
    )


def _check(provider: IdentityProvider, person: User, on: dt.date) -> None:
    """Only who speaks for this agency and for no other, and holds no role of the house: a provider answers for its own."""
    names = {"agency": provider.agency_name}
    if not person.may_sign_in:
        raise Refused(_("Your account here is deactivated. Ask an administrator."))
    if person.is_superuser or person.is_staff or person.house_roles(on):
        raise Refused(_("You hold a role of the house. Sign in with your password or a passkey."))
    agencies = set(seats_of(person, on).values_list("agency_id", flat=True))
    if provider.agency_id not in agencies:
        raise Refused(_("You do not speak for %(agency)s in the portal today. Ask its principal.") % names)
    if agencies != {provider.agency_id}:
        raise Refused(
            _("You speak for another agency besides %(agency)s. Sign in with your password or a passkey.") % names
        )


def no_longer(provider: str, person: User, on: dt.date) -> str:
    """Why somebody who came in by the provider with this id would not be let in again; empty if they would."""
    row = IdentityProvider.objects.enabled().filter(pk=provider).first()
    if row is None:
        return _("The sign-in of your agency was turned off. Sign in with your password or a passkey.")
    try:
        _check(row, person, on)
    except Refused as why:
        return str(why)
    return ""


def _bind(person: User, issuer: str, subject: str) -> None:
    """An address that was given to another account at the provider opens nothing."""
    identity, _made = Identity.objects.get_or_create(person=person, issuer=issuer, defaults={"subject": subject})
    if identity.subject != subject:
        raise Refused(
            _("Another account of your agency is bound to this address. Ask an administrator to unbind it first.")
        )
    note(person, moments.IDENTITY_BOUND, by=person, issuer=issuer)


@transaction.atomic
def keep(*, provider: IdentityProvider, secret: str, by: User) -> IdentityProvider:
    """Save the settings, with a new secret unless it is empty. Turned off, replaced or trusted less, it takes with it who came in by it."""
    before = IdentityProvider.objects.filter(pk=provider.pk, is_on=True).first()
    if secret:
        provider.secret = vault.lock(PURPOSE, secret)
    with signed(user=str(by.pk)):
        provider.save()
        if secret:
            note(provider, SECRET_CHANGED, by=by)
    if before and (not provider.is_on or provider.issuer != before.issuer or _trusted_less(before, provider)):
        for identity in bound(before):
            end_sessions(person=identity.person, by=by)
    return provider


def _trusted_less(before: IdentityProvider, now: IdentityProvider) -> bool:
    """Whether it is no longer trusted for a second factor, or may vouch for the addresses of a domain no more."""
    narrower = not set(before.domains.split()) <= set(now.domains.split())
    return narrower or (before.trusts_factor and not now.trusts_factor)


def bound(provider: IdentityProvider) -> list[Identity]:
    """The accounts at the provider that are people of its agency."""
    here = Identity.objects.filter(issuer=provider.issuer, person__seats__agency=provider.agency_id)
    return list(here.select_related("person").order_by("person__name", "pk").distinct())


@transaction.atomic
def unbind(*, identity: Identity, by: User) -> None:
    """Forget which account at the provider the person has; the next one with their address is bound anew."""
    with signed(user=str(by.pk)):
        identity.delete()
    note(identity.person, moments.IDENTITY_UNBOUND, by=by, issuer=identity.issuer)
    end_sessions(person=identity.person, by=by)
