"""Whom the portal does not let in by an identity provider, and what it says to them."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from agencies.identity import actions
from agencies.identity.adapter import _is_answer_to
from agencies.identity.models import Identity, IdentityProvider
from agencies.models import Capacity
from agencies.people.actions import invite
from agencies.people.models import Invitation
from core.dates import span, today
from tests.accounts.identity.entering import VERIFIED, enter, reason
from tests.factories import FocalPointFactory, RoleAssignmentFactory
from tests.identity_provider import asked, sent_back, sent_to


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


@pytest.mark.parametrize("given", ["é", "\0", "１", "%ff", "x" * 5000])
def test_an_answer_with_a_strange_state_was_not_begun_here(provider, given):
    browser = Client()
    sent_to(browser, provider)

    answer = browser.get(f"/accounts/agency/{provider.pk}/callback/", {"state": given, "code": "c"})

    assert "not begun in this browser" in reason(answer)


def test_a_nonce_of_other_letters_is_another_one():
    assert not _is_answer_to({"nonce": "a"}, {"nonce": "é"})
    assert _is_answer_to({"nonce": "é"}, {"nonce": "é"})
