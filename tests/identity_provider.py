"""A real identity provider (OpenID Connect), as a process of its own, on a free loopback port."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.test import Client

from agencies.identity.models import PURPOSE, IdentityProvider
from agencies.models import Agency
from core.vault import lock
from taskforce.local.ports import free_port

WAIT = 30


@dataclass(frozen=True)
class Issuer:
    """The running provider. It knows whom it is told of, checks clients' secrets and redirect addresses, and wants a nonce."""

    url: str

    def knows(self, subject: str, **claims: Any) -> None:
        """From now on `subject` has an account with these claims."""
        requests.put(f"{self.url}/users/{subject}", json=claims, timeout=WAIT).raise_for_status()

    def serve(self, agency: Agency, **settings: Any) -> IdentityProvider:
        """Register the portal there for this agency, and turn it on."""
        given = {"issuer": self.url, "domains": "example.org", "is_on": True} | settings
        provider = IdentityProvider(agency=agency, **given)
        asked = {"redirect_uris": [provider.callback_url], "token_endpoint_auth_method": "client_secret_post"}
        made = requests.post(f"{self.url}/oauth2/clients", json=asked, timeout=WAIT).json()
        provider.client_id, provider.secret = made["client_id"], lock(PURPOSE, made["client_secret"])
        provider.save()
        return provider


@contextmanager
def identity_provider() -> Iterator[Issuer]:
    """The provider, while the block runs."""
    port = free_port(0)
    command = [sys.executable, "-m", "oidc_provider_mock", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen([*command, "--require-registration", "true", "--require-nonce", "true"])
    try:
        yield Issuer(_answering(f"http://127.0.0.1:{port}"))
    finally:
        process.terminate()
        process.wait(WAIT)


def _answering(url: str) -> str:
    """The address, once somebody answers there."""
    for _try in range(WAIT * 10):
        try:
            requests.get(f"{url}/.well-known/openid-configuration", timeout=WAIT).raise_for_status()
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return url
    raise TimeoutError(url)


def sent_to(browser: Client, provider: IdentityProvider, **typed: str) -> str:
    """Press the button of the sign-in page; the address at the provider to which the browser is sent."""
    return browser.post(f"/accounts/agency/{provider.pk}/", typed).url


def sent_back(address: str, **typed: str) -> str:
    """Fill in the page of the provider; the path at the portal to which the browser is sent back."""
    answer = requests.post(address, data=typed, allow_redirects=False, timeout=WAIT)
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def asked(address: str) -> dict[str, str]:
    """What the portal asks the provider for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
