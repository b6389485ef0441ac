"""Signing in by the identity provider of one's agency, in a browser under the real Content-Security-Policy."""

import pytest
from playwright.sync_api import Browser, expect

from tests.cast import make_cast
from tests.identity_provider import identity_provider

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_focal_point_comes_in_by_the_provider_of_the_agency(chromium: Browser, live_server, settings) -> None:
    settings.PORTAL_URL, settings.PRIVATE_ISSUERS = live_server.url, True
    cast = make_cast()
    with identity_provider() as issuer:
        issuer.serve(cast.agency_a)
        issuer.knows("a-1", email=cast.alice.email, email_verified=True)
        page = chromium.new_context(base_url=live_server.url).new_page()
        page.goto("/agencies/")
        page.get_by_role("button", name="Sign in with AAA").click()
        page.get_by_placeholder("sub").fill("a-1")
        page.get_by_role("button", name="Authorize").click()
        expect(page.get_by_role("heading", name="Agencies")).to_be_visible()
        page.context.close()
