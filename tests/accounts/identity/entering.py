"""How somebody of an agency comes in by its identity provider, and how they are refused."""

from django.http import HttpResponse
from django.test import Client

from agencies.identity.models import IdentityProvider
from tests.identity_provider import sent_back, sent_to

VERIFIED = {"email": "alice@example.org", "email_verified": True}


def enter(provider: IdentityProvider, subject: str, browser: Client | None = None) -> HttpResponse:
    """The whole way: button, provider, back."""
    browser = browser or Client()
    return browser.get(sent_back(sent_to(browser, provider), sub=subject))


def reason(answer: HttpResponse) -> str:
    """Why the portal did not let somebody in."""
    assert answer.status_code in (403, 409), answer
    assert "_auth_user_id" not in answer.client.session
    return answer.context["reason"]
