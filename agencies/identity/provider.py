"""The provider of allauth through which agencies' identity providers are spoken to. allauth finds this module by its name."""

from __future__ import annotations

import secrets
from typing import Any

from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse

from agencies.identity.issuer import Untrue, discover, prove, read
from agencies.identity.models import KIND, callback_of


class Conversation(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """One sign-in with one identity provider."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider publishes about itself, asked once."""
        if not hasattr(self, "_openid_config"):
            self._openid_config = discover(self.get_provider().app.settings["server_url"])
        return self._openid_config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """The one that the provider knows."""
        return callback_of(self.provider_id)

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """What the provider says of the person: the signed claims, and the address where only its userinfo tells it."""
        claims = prove(kwargs["response"].get("id_token", ""), self.openid_config, app.client_id)
        address = claims if "email" in claims else self._userinfo(token.token, claims["sub"])
        said = {name: address.get(name) for name in ("email", "email_verified")}
        return self.get_provider().sociallogin_from_response(request, {**claims, **said})

    def _userinfo(self, token: str, subject: str) -> dict[str, Any]:
        """Only of the person whom the signed token names."""
        url = self.openid_config.get("userinfo_endpoint")
        info = read(url, self.openid_config["issuer"], token) if url else {"sub": subject}
        if info.get("sub") != subject:
            raise Untrue("userinfo about somebody else")
        return info


class AgencyProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """State, nonce and PKCE with every sign-in; nothing of the request decides what is asked for."""

    id = KIND
    oauth2_adapter_class = Conversation
    pkce_enabled_default = True

    def begin(self, request: HttpRequest, next_url: str | None) -> HttpResponse:
        """Send the browser to the provider."""
        nonce = secrets.token_urlsafe(32)
        sent: HttpResponse = self.redirect(
            request, "login", next_url=next_url, auth_params={"nonce": nonce}, nonce=nonce
        )
        return sent

    def extract_uid(self, data: dict[str, Any]) -> str:
        """The subject."""
        return str(data["sub"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """None: nobody is made of what a provider says."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """None: see `agencies.identity.actions.admit`."""
        return []


provider_classes = [AgencyProvider]
