"""How allauth behaves with identity providers: it finds ours, asks nobody else, and lets in whom `actions.admit` lets in."""

from __future__ import annotations

import logging
import secrets
import uuid
from typing import Any

from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from requests import RequestException, Session

from accounts import sessions
from agencies.identity import actions
from agencies.identity.middleware import remember
from agencies.identity.models import IdentityProvider
from agencies.identity.reaching import careful
from core.dates import today

log = logging.getLogger(__name__)
REFUSED, NOT_NOW = 403, 409


class KnownPeopleOnly(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Nobody signs up, nothing is kept of what a provider says but issuer and subject."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never."""
        return False

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The provider with this id, if it is on; without an id, none: the portal asks for one at a time."""
        row = find(provider or "")
        return [row.as_app()] if row else []

    def get_requests_session(self) -> Session:
        """Asks public addresses only, follows nobody to another place, and waits for no endless answer."""
        return careful(super().get_requests_session())

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """The provider has answered and its answer is proved: let the person in, or say why not."""
        raise ImmediateHttpResponse(_enter(request, sociallogin))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Something went wrong before that."""
        log.warning("Sign-in by %s failed: %s %s", provider.app.provider_id, error, exception)
        raise ImmediateHttpResponse(refusal(request, _reason(request, provider.app.name, exception)))


def find(pk: str) -> IdentityProvider | None:
    """The provider with this id, if it is on."""
    try:
        return IdentityProvider.objects.enabled().filter(pk=uuid.UUID(pk)).first()
    except ValueError:
        return None


def refusal(request: HttpRequest, reason: str, status: int = NOT_NOW) -> HttpResponse:
    """The page that says why one is not in, and what to do."""
    return render(request, "identity/refused.html", {"reason": reason}, status=status)


def _enter(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    provider, claims = find(sociallogin.account.provider), sociallogin.account.extra_data
    if provider is None or not _is_answer_to(sociallogin.state, claims):
        return refusal(request, _stale())
    try:
        person = actions.admit(provider=provider, claims=claims, on=today())
    except actions.Refused as why:
        log.warning("Sign-in by %s refused to %s", provider.issuer, claims["sub"])
        return refusal(request, str(why), REFUSED)
    remember(request, provider.pk, person.pk)
    if provider.gave_factor(claims):
        sessions.vouch(request.session, person)
    entered: HttpResponse = perform_login(
        request,
        person,
        email_verification="none",
        redirect_url=sociallogin.get_redirect_url(request),
        email=person.email,
    )
    return entered


def _is_answer_to(state: dict[str, Any], claims: dict[str, Any]) -> bool:
    """Whether the token was made for this sign-in: it carries the nonce that was sent."""
    return secrets.compare_digest(str(claims.get("nonce", "")).encode(), str(state["nonce"]).encode())


def _reason(request: HttpRequest, agency: str, exception: Exception | None) -> str:
    if request.GET.get("error") == "access_denied":
        return _("You stopped before %(agency)s let you in.") % {"agency": agency}
    if isinstance(exception, RequestException):
        return away(agency)
    if exception is not None:
        return _("The answer of %(agency)s could not be proved. Tell an administrator.") % {"agency": agency}
    if request.GET.get("error"):
        return _("%(agency)s did not let you in. Ask its help desk.") % {"agency": agency}
    return _stale()


def away(agency: str) -> str:
    """What is said when the provider does not answer."""
    names = {"agency": agency}
    return _("The sign-in of %(agency)s does not answer. Try again later, or sign in with your password.") % names


def _stale() -> str:
    return _("This sign-in was not begun in this browser, or too long ago. Begin it again.")
