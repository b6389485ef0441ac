"""Signing in by the identity provider of one's agency, against a real one."""

import base64
import hashlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from agencies.identity import actions
from agencies.identity.models import Identity, IdentityProvider
from agencies.models import Capacity
from agencies.people.actions import invite
from agencies.people.models import Invitation
from core.dates import span, today
from tests.accounts.signing_in import code, member, set_up_app, sign_in
from tests.cast import Cast, signed_in
from tests.factories import FocalPointFactory, RoleAssignmentFactory, UserFactory
from tests.identity_provider import Issuer, asked, identity_provider, sent_back, sent_to

VERIFIED = {"email": "alice@example.org", "email_verified": True}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """The provider, a process of its own."""
    with identity_provider() as running:
        yield running


@pytest.fixture
def provider(cast: Cast, issuer: Issuer) -> IdentityProvider:
    """Agency A's people may sign in with it."""
    return issuer.serve(cast.agency_a)


@pytest.fixture
def alice(cast: Cast) -> User:
    """Alice speaks for agency A; she has a second factor to set up, like everyone."""
    return member(cast.alice)


def enter(provider: IdentityProvider, subject: str, browser: Client | None = None) -> HttpResponse:
    """The whole way: button, provider, back."""
    browser = browser or Client()
    return browser.get(sent_back(sent_to(browser, provider), sub=subject))


def reason(answer: HttpResponse) -> str:
    """Why the portal did not let somebody in."""
    assert answer.status_code in (403, 409), answer
    assert "_auth_user_id" not in answer.client.session
    return answer.context["reason"]


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


def test_nobody_signs_up(issuer, provider):
    issuer.knows("n-1", email="newcomer@example.org", email_verified=True)
    before = User.objects.count()

    assert "Nobody with this address is invited" in reason(enter(provider, "n-1"))
    assert User.objects.count() == before


def test_whoever_is_invited_accepts_first(issuer, provider, cast):
    invitation = Invitation(
        email="nina@example.org",
        name="Nina",
        agency=cast.agency_a,
        mechanism=cast.task_force,
        capacity="focal_point",
        valid=span(today()),
    )
    invite(invitation=invitation, by=cast.ada, now=timezone.now())
    issuer.knows("n-1", email="nina@example.org", email_verified=True)

    assert "Open the link in your invitation" in reason(enter(provider, "n-1"))


def test_whoever_is_only_written_down_accepts_an_invitation_first(issuer, provider, cast):
    written = User.objects.create_user("nina@example.org", name="Nina")
    FocalPointFactory(person=written, agency=cast.agency_a, mechanism=cast.task_force, capacity=Capacity.PRINCIPAL)
    issuer.knows("n-1", email="nina@example.org", email_verified=True)

    assert "Nobody with this address is invited" in reason(enter(provider, "n-1"))
    assert not Identity.objects.exists()


@pytest.mark.parametrize("said", [{}, {"email_verified": False}, {"email_verified": "false"}, {"email_verified": 1.5}])
def test_an_address_that_is_not_verified_is_refused(issuer, provider, alice, said):
    issuer.knows("a-1", email=alice.email, **said)

    assert "does not say that your e-mail address is verified" in reason(enter(provider, "a-1"))
    assert not Identity.objects.exists()


def test_an_address_of_another_domain_is_refused(issuer, provider, cast):
    User.objects.filter(pk=cast.alice.pk).update(email="alice@elsewhere.example.com")
    issuer.knows("a-1", email="alice@elsewhere.example.com", email_verified=True)

    assert "may not vouch for alice@elsewhere.example.com" in reason(enter(provider, "a-1"))


def test_somebody_of_another_agency_is_refused(issuer, provider, cast):
    issuer.knows("c-1", email=cast.charlie.email, email_verified=True)

    assert "You do not speak for AAA" in reason(enter(provider, "c-1"))


def test_somebody_of_two_agencies_is_refused(issuer, provider, cast):
    FocalPointFactory(person=cast.alice, agency=cast.agency_b, mechanism=cast.task_force, capacity=Capacity.ALTERNATE)
    issuer.knows("a-1", **VERIFIED)

    assert "You speak for another agency besides AAA" in reason(enter(provider, "a-1"))


def test_whoever_holds_a_role_of_the_house_is_refused_even_when_bound(issuer, provider, alice):
    issuer.knows("a-1", **VERIFIED)
    enter(provider, "a-1")
    RoleAssignmentFactory(user=alice, role="administrator")

    assert "role of the house" in reason(enter(provider, "a-1"))


def test_whoever_is_deactivated_is_refused(issuer, provider, cast):
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    issuer.knows("a-1", **VERIFIED)

    assert "deactivated" in reason(enter(provider, "a-1"))


def test_whoever_lost_the_seat_is_refused(issuer, provider, alice):
    issuer.knows("a-1", **VERIFIED)
    enter(provider, "a-1")
    alice.seats.all().delete()

    assert "You do not speak for AAA" in reason(enter(provider, "a-1"))


def test_an_address_given_to_another_account_opens_nothing(issuer, provider, alice):
    issuer.knows("a-1", **VERIFIED)
    issuer.knows("successor", **VERIFIED)
    enter(provider, "a-1")

    assert "Another account of your agency is bound" in reason(enter(provider, "successor"))


def test_a_bound_account_stays_its_person_whatever_its_address(issuer, provider, cast, alice):
    issuer.knows("a-1", **VERIFIED)
    enter(provider, "a-1")
    issuer.knows("a-1", email=cast.bob.email, email_verified=True)
    browser = Client()

    enter(provider, "a-1", browser)

    assert browser.session["_auth_user_id"] == str(alice.pk)


def test_a_provider_that_is_off_lets_nobody_begin_nor_end(issuer, provider, alice):
    issuer.knows("a-1", **VERIFIED)
    browser = Client()
    back = sent_back(sent_to(browser, provider), sub="a-1")
    IdentityProvider.objects.update(is_on=False)

    assert "not open" in reason(browser.get(back))
    assert "not open" in reason(browser.post(f"/accounts/agency/{provider.pk}/"))


def test_an_answer_that_this_browser_did_not_begin_is_refused(issuer, provider, alice):
    issuer.knows("a-1", **VERIFIED)
    browser, other = Client(), Client()

    assert "not begun in this browser" in reason(other.get(sent_back(sent_to(browser, provider), sub="a-1")))


def test_an_answer_made_for_another_sign_in_is_refused(issuer, provider, alice):
    """Whoever smuggles in the code of another sign-in fails at the nonce."""
    issuer.knows("a-1", **VERIFIED)
    thief, victim = Client(), Client()
    stolen = asked("https://x/?" + sent_back(sent_to(victim, provider), sub="a-1").partition("?")[2])["code"]
    state = asked(sent_to(thief, provider))["state"]

    assert "not begun in this browser" in reason(
        thief.get(f"/accounts/agency/{provider.pk}/callback/?code={stolen}&state={state}")
    )


def test_an_answer_works_once(issuer, provider, alice):
    issuer.knows("a-1", **VERIFIED)
    browser = Client()
    back = sent_back(sent_to(browser, provider), sub="a-1")
    browser.get(back)
    browser.post("/accounts/logout/")

    assert "not begun" in reason(browser.get(back))


def test_whoever_stops_at_the_provider_is_told_so(provider):
    browser = Client()

    assert "You stopped" in reason(browser.get(sent_back(sent_to(browser, provider), action="deny")))


def test_a_wrong_secret_is_said_in_words(issuer, provider, alice, cast):
    issuer.knows("a-1", **VERIFIED)
    actions.keep(provider=provider, secret="not the secret", by=cast.ada)

    assert "could not be proved" in reason(enter(provider, "a-1"))


def test_a_provider_that_is_away_is_said_in_words(provider):
    IdentityProvider.objects.update(issuer="http://127.0.0.1:9")

    assert "does not answer" in reason(Client().post(f"/accounts/agency/{provider.pk}/"))


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


# The page of an administrator


def _page(agency: Any) -> str:
    return f"/agencies/{agency.pk}/identity-provider/"


def _typed(issuer: Issuer, /, **changes: str) -> dict[str, str]:
    typed = {
        "issuer": issuer.url,
        "client_id": "portal",
        "new_secret": "s3cret",
        "domains": "Example.org\n@un.example.org",
    }
    return typed | changes


def test_an_administrator_sets_a_provider_up_and_the_secret_never_comes_back(issuer, cast):
    browser = signed_in(cast.ada)
    assert _page(cast.agency_a).encode() in browser.get(f"/agencies/{cast.agency_a.pk}/").content

    answer = browser.post(_page(cast.agency_a), _typed(issuer, is_on="on"))

    assert answer.status_code == 302
    kept = IdentityProvider.objects.get()
    assert (kept.domains, kept.is_on, kept.trusts_factor) == ("example.org\nun.example.org", True, False)
    assert "s3cret" not in kept.secret
    assert b"s3cret" not in browser.get(_page(cast.agency_a)).content
    assert kept.callback_url.encode() in browser.get(_page(cast.agency_a)).content


def test_an_empty_secret_keeps_the_old_one_but_not_for_another_issuer(issuer, cast):
    browser = signed_in(cast.ada)
    browser.post(_page(cast.agency_a), _typed(issuer))
    before = IdentityProvider.objects.get().secret

    same = browser.post(_page(cast.agency_a), _typed(issuer, new_secret="", client_id="other"))
    moved = browser.post(_page(cast.agency_a), _typed(issuer, new_secret="", issuer="https://elsewhere.example.org"))

    assert (same.status_code, moved.status_code) == (302, 422)
    assert list(moved.context["form"].errors) == ["new_secret"]
    kept = IdentityProvider.objects.get()
    assert (kept.secret, kept.client_id, kept.issuer) == (before, "other", issuer.url)


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"issuer": "http://127.0.0.1:9", "is_on": "on"}, "issuer", "Nothing answers there"),
        ({"issuer": "ftp://id.example.org"}, "issuer", "no address of a provider"),
        ({"issuer": "https://id.example.org?a=b"}, "issuer", "no address of a provider"),
        ({"domains": "example.org\nnot a domain!"}, "domains", "is no domain"),
        ({"new_secret": ""}, "new_secret", "Type the secret"),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(issuer, cast, changes, field, said):
    answer = signed_in(cast.ada).post(_page(cast.agency_a), _typed(issuer, **changes))

    assert answer.status_code == 422
    assert said in answer.context["form"].errors[field][0]
    assert not IdentityProvider.objects.exists()


def test_where_the_portal_speaks_https_a_provider_does_too(issuer, cast, settings):
    settings.SECURE = True

    answer = signed_in(cast.ada).post(_page(cast.agency_a), _typed(issuer))

    assert "no address of a provider" in answer.context["form"].errors["issuer"][0]


@pytest.mark.parametrize(("name", "status"), [("alice", 403), ("sam", 403), ("lea", 403), ("nobody", 404)])
def test_nobody_else_sets_one_up(issuer, cast, name, status):
    browser = signed_in(getattr(cast, name))

    assert browser.get(_page(cast.agency_a)).status_code == status
    assert browser.post(_page(cast.agency_a), _typed(issuer)).status_code == status
    assert not IdentityProvider.objects.exists()


def test_an_administrator_unbinds_an_account_and_the_next_one_is_bound(issuer, provider, cast, alice):
    issuer.knows("a-1", **VERIFIED)
    issuer.knows("a-2", **VERIFIED)
    inside = Client()
    enter(provider, "a-1", inside)
    ada = signed_in(cast.ada)
    assert b"a-1" in ada.get(_page(cast.agency_a)).content

    ada.post(f"{_page(cast.agency_a)}{Identity.objects.get().pk}/unbind/")
    assert inside.get("/accounts/second-factor/").status_code == 302
    enter(provider, "a-2")

    assert Identity.objects.get().subject == "a-2"


def test_the_page_of_one_agency_unbinds_nobody_of_another(issuer, provider, cast, alice):
    issuer.knows("a-1", **VERIFIED)
    enter(provider, "a-1")
    issuer.serve(cast.agency_b)

    answer = signed_in(cast.ada).post(f"{_page(cast.agency_b)}{Identity.objects.get().pk}/unbind/")

    assert answer.status_code == 404
    assert Identity.objects.exists()


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
