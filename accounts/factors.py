"""The second factor: an authenticator app or a passkey. Recovery codes stand in for one, they are none themselves."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import vault

PURPOSE = "factors"
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def factors_of(user: User) -> models.QuerySet[Authenticator]:
    """The second factors of a person."""
    factors: models.QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS)
    return factors


def needs_factor(user: User) -> bool:
    """Whether the person must set up a second factor before anything else. Sample sign-ins of a trial run need none."""
    if user.is_sample and settings.TRIAL:
        return False
    return not factors_of(user).exists()


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of authenticator apps are stored encrypted, and nobody removes their last factor."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("This is your only second factor. Set up another one first."),
        "incorrect_code": _("This code is not right. Type the newest one that the app shows."),
    }

    def encrypt(self, text: str) -> str:
        """The text, sealed with the portal's key."""
        return vault.lock(PURPOSE, text)

    def decrypt(self, encrypted_text: str) -> str:
        """The text again; older keys of the portal are tried too."""
        return vault.unlock(PURPOSE, encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one: only an administrator may take that away, see `accounts.actions.reset_factors`."""
        others = factors_of(authenticator.user).exclude(pk=authenticator.pk)
        return bool(others.exists())

    def _get_site_name(self) -> str:
        """How the portal calls itself when a device asks whether to keep a passkey for it."""
        return str(settings.PORTAL_NAME)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002
        """A first name for a new passkey, which the person may change."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return str(_("Passkey %(number)s") % {"number": number})
