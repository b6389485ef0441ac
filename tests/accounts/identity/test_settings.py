"""The page on which an administrator sets up the identity provider of an agency."""

from typing import Any

import pytest
from django.test import Client

from agencies.identity.models import Identity, IdentityProvider
from core.history import changes_of
from tests.accounts.identity.entering import VERIFIED, enter
from tests.cast import signed_in
from tests.identity_provider import Issuer


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


def test_a_changed_secret_stands_in_the_history_and_its_value_does_not(issuer, cast):
    browser = signed_in(cast.ada)
    browser.post(_page(cast.agency_a), _typed(issuer))
    browser.post(_page(cast.agency_a), _typed(issuer, new_secret="another"))
    browser.post(_page(cast.agency_a), _typed(issuer, new_secret=""))

    said = [(change.kind, change.by) for change in changes_of(IdentityProvider.objects.get())]
    assert said == [("client secret changed", "Ada")] * 2 + [("created", "Ada")]
    page = browser.get(_page(cast.agency_a)).text
    assert "client secret changed" in page
    assert "another" not in page


@pytest.mark.parametrize("is_on", ["", "on"])
def test_an_issuer_in_the_house_is_refused_at_its_field(issuer, cast, settings, is_on):
    settings.PRIVATE_ISSUERS = False

    answer = signed_in(cast.ada).post(_page(cast.agency_a), _typed(issuer, is_on=is_on))

    assert "network of the portal" in answer.context["form"].errors["issuer"][0]
