"""Passkeys with a virtual authenticator: the real ceremony of the browser, under the real Content-Security-Policy."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.accounts.signing_in import member
from tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def maria(transactional_db) -> User:
    """Maria has a password and no second factor."""
    return member(UserFactory(name="Maria", email="maria@example.org"))


@pytest.fixture
def page(page: Page, settings) -> Page:
    """With an authenticator that says yes, as a finger on the sensor would; whoever signs in sees their profile."""
    settings.LOGIN_REDIRECT_URL = "/accounts/profile/"
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    finger = {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True} | finger
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def test_a_passkey_is_set_up_and_signs_in_alone(page: Page, maria):
    _sign_in(page, maria)
    page.get_by_role("link", name="Set up a passkey").click()
    page.get_by_label("Sign in with this passkey alone").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    _sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_label("Name")).to_have_value("Maria")


def test_a_passkey_is_the_second_step_after_the_password(page: Page, maria):
    _sign_in(page, maria)
    page.get_by_role("link", name="Set up a passkey").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    _sign_out(page)

    _sign_in(page, maria)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_label("Name")).to_have_value("Maria")


def test_without_a_passkey_the_page_says_so_and_the_password_still_works(page: Page, maria):
    page.goto("/accounts/login/")
    page.context.new_cdp_session(page).send("WebAuthn.disable")

    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The browser gave no passkey.")

    _sign_in(page, maria)
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()


def _sign_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
