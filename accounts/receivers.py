"""What the sign-in library tells us: it becomes a moment in the person's history, and stamps on the session.

Only signals of libraries are heard here; our own apps call each other.
"""

import logging
from typing import Any

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import glass, moments, sessions
from accounts.models import User
from core.audit import note

log = logging.getLogger(__name__)


@receiver(user_logged_in)
def stamp_session(request: HttpRequest, **_: Any) -> None:
    """From now on the session's limits count."""
    sessions.begin(request.session)


@receiver(account.user_logged_in)
def note_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Somebody is in."""
    _note(request, user, moments.SIGNED_IN)
    if user.is_superuser:
        glass.write_down(user, moments.GLASS_BROKEN, address=address_of(request))


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    """Somebody went."""
    if user:
        _note(request, user, moments.SIGNED_OUT)


@receiver(user_login_failed)
def note_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """A wrong password for a known address goes into that person's history; what was typed is kept nowhere."""
    user = User.objects.exclude(email="").filter(email__iexact=credentials.get("email") or "").first()
    log.warning("Sign-in failed from %s for %s", address_of(request), user.pk if user else "an unknown address")
    if user:
        _note(request, user, moments.SIGN_IN_FAILED)


@receiver([account.password_set, account.password_changed, account.password_reset])
def note_password(request: HttpRequest, user: User, **_: Any) -> None:
    """A new password."""
    _note(request, user, moments.PASSWORD_CHANGED)


@receiver(mfa.authenticator_added)
def note_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """A second factor, or the first recovery codes."""
    codes = authenticator.type == Authenticator.Type.RECOVERY_CODES
    _note(request, user, moments.CODES_MADE if codes else moments.FACTOR_ADDED, factor=authenticator.type)


@receiver(mfa.authenticator_removed)
def note_factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """One factor less."""
    _note(request, user, moments.FACTOR_REMOVED, factor=authenticator.type)


@receiver(mfa.authenticator_reset)
def note_codes(request: HttpRequest, user: User, **_: Any) -> None:
    """New recovery codes in place of the old ones."""
    _note(request, user, moments.CODES_MADE)


@receiver(mfa.authentication_failed)
def note_factor_failed(request: HttpRequest, user: User, **_: Any) -> None:
    """A wrong code after a right password."""
    _note(request, user, moments.FACTOR_FAILED)


def _note(request: HttpRequest | None, user: User, moment: str, **details: str) -> None:
    note(user, moment, by=user, address=address_of(request), **details)


def address_of(request: HttpRequest | None) -> str:
    """Where the request came from; the test client and commands come from nowhere."""
    return get_adapter().get_client_ip(request) if request and "REMOTE_ADDR" in request.META else ""
