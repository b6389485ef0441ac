"""Signing in by the identity provider of one's agency, against a real one: the way in, and how long one stays."""

import base64
import hashlib
import time

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from agencies.identity import actions
from agencies.identity.models import Identity, IdentityProvider
from tests.accounts.identity.entering import VERIFIED, enter
from tests.accounts.signing_in import code, member, set_up_app, sign_in
from tests.cast import Cast
from tests.factories import FocalPointFactory, RoleAssignmentFactory, UserFactory
from tests.identity_provider import asked, sent_back, sent_to


def test_the_sign_in_page_shows_a_button_only_while_the_provider_is_on(cast: Cast, provider):
    page = Client().get("/accounts/login/")
    assert b"Sign in with AAA" in page.content
    assert f"form-action 'self' {provider.origin}" in page["Content-Security-Policy"]

    IdentityProvider.objects.update(is_on=False)
    page = Client().get("/accounts/login/")
    assert b"Sign in with" not in page.content.replace(b"Sign in with a passkey", b"")
    assert "form-action 'self';" in page["Content-Security-Policy"] + ";"


def test_somebody_of_the_agency_comes_in_and_is_bound(issuer, provider, alice):
    issuer.knows("a-1", **VERIFIED)
    browser = Client()

    answer = enter(provider, "a-1", browser)

    assert (answer.status_code, answer.url) == (302, "/")
    assert browser.session["_auth_user_id"] == str(alice.pk)
    identity = Identity.objects.get()
    assert (identity.person, identity.issuer, identity.subject) == (alice, issuer.url, "a-1")


def test_state_nonce_and_pkce_are_sent_and_nothing_of_the_request_changes_what_is_asked(provider):
    browser = Client()

    wanted = asked(sent_to(browser, provider, scope="admin", auth_params="prompt=none", process="connect"))

    [(state, (kept, _at, _provider))] = browser.session["socialaccount_states"].items()
    proof = base64.urlsafe_b64encode(hashlib.sha256(kept["pkce_code_verifier"].encode()).digest()).decode().rstrip("=")
    assert (wanted["state"], wanted["nonce"]) == (state, kept["nonce"])
    assert (wanted["code_challenge"], wanted["code_challenge_method"]) == (proof, "S256")
    assert set(wanted["scope"].split()) == {"openid", "profile", "email"}
    assert (kept["process"], "prompt" in wanted) == ("login", False)


def test_the_way_one_wanted_to_go_is_kept_unless_it_leads_elsewhere(issuer, provider, alice):
    issuer.knows("a-1", **VERIFIED)
    for wanted, led in (("/agencies/", "/agencies/"), ("https://elsewhere.example.org/", "/")):
        browser = Client()
        assert browser.get(sent_back(sent_to(browser, provider, next=wanted), sub="a-1")).url == led


def test_whoever_has_no_second_factor_sets_one_up_first(issuer, provider, alice):
    issuer.knows("a-1", **VERIFIED)
    browser = Client()
    enter(provider, "a-1", browser)

    assert browser.get("/agencies/").url == "/accounts/second-factor/"


def test_the_second_factor_of_the_portal_is_asked_for(issuer, provider, alice):
    issuer.knows("a-1", **VERIFIED, amr=["pwd", "mfa"])
    before, browser = Client(), Client()
    sign_in(before, alice)
    secret = set_up_app(before)

    answer = enter(provider, "a-1", browser)

    assert answer.url == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in browser.session
    with time_machine.travel(time.time() + 60):
        browser.post(answer.url, {"code": code(secret)})
    assert browser.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize("said", [{"amr": ["pwd", "mfa"]}, {"acr": "https://refeds.org/profile/mfa"}])
def test_a_trusted_second_factor_is_enough(issuer, cast, alice, said):
    trusted = issuer.serve(cast.agency_a, trusts_factor=True)
    issuer.knows("a-1", **VERIFIED, **said)
    browser = Client()

    enter(trusted, "a-1", browser)

    assert browser.get("/agencies/").status_code == 200


@pytest.mark.parametrize("said", [{}, {"amr": ["pwd"]}, {"amr": "mfa"}, {"acr": "1"}])
def test_a_trusted_provider_that_asked_for_no_second_factor_is_not_enough(issuer, cast, alice, said):
    trusted = issuer.serve(cast.agency_a, trusts_factor=True)
    issuer.knows("a-1", **VERIFIED, **said)
    browser = Client()

    enter(trusted, "a-1", browser)

    assert browser.get("/agencies/").url == "/accounts/second-factor/"


def test_what_was_given_elsewhere_counts_for_this_person_alone(issuer, cast, alice):
    trusted = issuer.serve(cast.agency_a, trusts_factor=True)
    issuer.knows("a-1", **VERIFIED, amr=["mfa"])
    browser = Client()
    enter(trusted, "a-1", browser)

    browser.post("/accounts/logout/")
    sign_in(browser, member(cast.charlie))

    assert browser.get("/agencies/").url == "/accounts/second-factor/"


def test_a_bound_account_stays_its_person_whatever_its_address(issuer, provider, cast, alice):
    issuer.knows("a-1", **VERIFIED)
    enter(provider, "a-1")
    issuer.knows("a-1", email=cast.bob.email, email_verified=True)
    browser = Client()

    enter(provider, "a-1", browser)

    assert browser.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize("less", [{"is_on": False}, {"trusts_factor": False}, {"domains": "un.example.org"}])
def test_trusting_it_less_ends_the_sessions_of_those_who_came_by_it(issuer, cast, alice, less):
    provider = issuer.serve(cast.agency_a, trusts_factor=True)
    issuer.knows("a-1", **VERIFIED, amr=["mfa"])
    browser = Client()
    enter(provider, "a-1", browser)
    assert browser.get("/agencies/").status_code == 200
    for name, value in less.items():
        setattr(provider, name, value)

    actions.keep(provider=provider, secret="", by=cast.ada)

    assert browser.get("/agencies/").url.startswith("/accounts/login/")


@pytest.mark.parametrize("given", ["role", "seat", "none"])
def test_a_session_lasts_while_the_provider_would_let_in(issuer, cast, alice, given):
    """Else a provider would hold a session of its own people until they have rights beyond their agency."""
    provider = issuer.serve(cast.agency_a, trusts_factor=True)
    issuer.knows("a-1", **VERIFIED, amr=["mfa"])
    browser = Client()
    enter(provider, "a-1", browser)
    assert browser.get("/agencies/").status_code == 200

    if given == "role":
        RoleAssignmentFactory(user=alice, role="administrator")
    elif given == "seat":
        FocalPointFactory(person=alice, agency=cast.agency_b, mechanism=cast.task_force)

    answer = browser.get("/agencies/")
    assert answer.status_code == (200 if given == "none" else 302)
    assert ("_auth_user_id" in browser.session) == (given == "none")


def test_whoever_signs_in_by_password_afterwards_is_not_bound_by_the_provider(issuer, provider, cast, alice):
    issuer.knows("a-1", **VERIFIED)
    browser = Client()
    enter(provider, "a-1", browser)
    browser.post("/accounts/logout/")
    sign_in(browser, alice)
    IdentityProvider.objects.update(is_on=False)

    assert browser.get("/accounts/second-factor/").status_code == 200


def test_a_sample_person_without_password_signs_in_anew_for_what_is_grave(issuer, provider, cast):
    """Whoever only ever came by a provider has neither password nor factor here: they are asked at the provider again."""
    nina = FocalPointFactory(
        person=UserFactory(name="Nina", email="nina@example.org", is_sample=True, last_login=timezone.now()),
        agency=cast.agency_a,
        mechanism=cast.task_force,
    ).person
    issuer.knows("n-1", email=nina.email, email_verified=True)
    browser = Client()
    enter(provider, "n-1", browser)

    with time_machine.travel(time.time() + 16 * 60):
        answer = browser.get("/system/mail/hold/")

    assert answer.url == "/accounts/login/?next=/system/mail/hold/"
