"""What the portal asks of an identity provider, and how it proves the answer. Nothing is ever asked of another host.

Everything here raises Untrue or requests.RequestException.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
LONGEST = 255  # characters of a subject (OpenID Connect Core, 2)
LEEWAY = 30  # seconds by which clocks may differ


class Untrue(OAuth2Error):  # type: ignore[misc]
    """The provider's answer is not what a provider with this issuer answers."""


def discover(issuer: str) -> dict[str, Any]:
    """What the provider publishes about itself (OpenID Connect Discovery): same issuer, everything at the issuer's host."""
    config = read(f"{issuer.rstrip('/')}/.well-known/openid-configuration", issuer)
    if str(config.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise Untrue("another issuer")
    for name in NEEDED:
        _check_origin(str(config.get(name, "")), issuer)
    return config


def read(url: str, issuer: str, token: str = "") -> dict[str, Any]:
    """A JSON object at the issuer's host."""
    _check_origin(url, issuer)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with get_adapter().get_requests_session() as session:
        response = session.get(url, headers=headers)
        response.raise_for_status()
        found = response.json()
    if not isinstance(found, dict):
        raise Untrue("no object")
    return found


def prove(id_token: str, config: Mapping[str, Any], client_id: str) -> dict[str, Any]:
    """The claims of an ID token that this provider signed for us and that still holds."""
    keys = read(config["jwks_uri"], config["issuer"])
    try:
        claims: dict[str, Any] = jwt.decode(
            id_token,
            _key(id_token, keys),
            algorithms=ALGORITHMS,
            audience=client_id,
            issuer=config["issuer"],
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        raise Untrue(str(error)) from error
    if not 0 < len(claims["sub"]) <= LONGEST or not claims["sub"].isprintable():
        raise Untrue("no subject that could be kept")
    return claims


def _key(id_token: str, keys: Mapping[str, Any]) -> jwt.PyJWK:
    """The key that the token names, or the only one there is."""
    known = jwt.PyJWKSet.from_dict(dict(keys)).keys
    named = jwt.get_unverified_header(id_token).get("kid")
    for key in known:
        if key.key_id == named or (named is None and len(known) == 1):
            return key
    raise jwt.PyJWKSetError("unknown key")


def _check_origin(url: str, issuer: str) -> None:
    if urlsplit(url)[:2] != urlsplit(issuer)[:2]:
        raise Untrue(f"an address at another host: {url}")
