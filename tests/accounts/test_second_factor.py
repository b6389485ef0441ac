"""The wall: without a second factor nobody sees anything."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.middleware import SecondFactorWall
from accounts.models import User
from core.models import OutgoingMessage
from tests.accounts.signing_in import KEY, code, member, set_up_app, sign_in
from tests.cast import Cast, signed_in
from tests.factories import RoleAssignmentFactory, UserFactory

SET_UP = "/accounts/second-factor/"


@pytest.fixture
def ada(db) -> User:
    """Ada is an administrator without a second factor."""
    return member(RoleAssignmentFactory(user=UserFactory(name="Ada"), role="administrator").user)


def test_after_the_first_sign_in_the_set_up_page_comes_first(client, ada):
    sign_in(client, ada)

    answer = client.get("/people/", follow=True)

    assert answer.redirect_chain == [(SET_UP, 302)]
    assert b"Set up a second factor" in answer.content


def test_every_page_leads_to_the_set_up_page(ada):
    """Every named page of the portal that needs an account: none lets Ada pass, whatever the method."""
    browser, seen = signed_in(ada), 0

    for path in _guarded_paths():
        for method in (browser.get, browser.post):
            answer = method(path)
            assert (answer.status_code, answer.get("Location")) == (302, SET_UP), path
            seen += 1

    assert seen > 40


def test_setting_up_an_app_shows_the_recovery_codes_once_and_opens_the_portal(ada):
    browser = signed_in(ada)
    page = browser.get("/accounts/2fa/totp/activate/").content.decode()

    answer = browser.post("/accounts/2fa/totp/activate/", {"code": code(KEY.search(page).group(1))}, follow=True)

    assert answer.redirect_chain == [("/accounts/2fa/recovery-codes/", 302)]
    assert answer.content.count(b"<code><bdi>") == 10
    assert b"<code>" not in browser.get("/accounts/2fa/recovery-codes/").content
    assert browser.get("/people/").status_code == 200


def test_a_wrong_code_sets_nothing_up(ada):
    browser = signed_in(ada)
    page = browser.get("/accounts/2fa/totp/activate/").content.decode()
    wrong = str((int(code(KEY.search(page).group(1))) + 1) % 1_000_000).zfill(6)

    answer = browser.post("/accounts/2fa/totp/activate/", {"code": wrong})

    assert answer.status_code == 422
    assert not Authenticator.objects.exists()


def test_the_secret_of_an_app_is_stored_encrypted(ada):
    secret = set_up_app(signed_in(ada))

    stored = Authenticator.objects.get(type="totp").data["secret"]

    assert secret not in stored
    assert stored.startswith("gAAAA")


def test_the_only_second_factor_cannot_be_removed(ada):
    browser = signed_in(ada)
    set_up_app(browser)

    answer = browser.post("/accounts/2fa/totp/deactivate/")

    assert answer.status_code == 422
    assert b"This is your only second factor." in answer.content
    assert Authenticator.objects.filter(type="totp").exists()


def test_sample_sign_ins_of_a_trial_pass_and_others_do_not(cast: Cast, settings):
    assert signed_in(cast.ada).get("/people/").status_code == 200
    settings.TRIAL = False
    assert signed_in(cast.ada).get("/people/").status_code == 302


def test_a_superuser_meets_the_same_wall_in_front_of_the_admin_site(db):
    root = User.objects.create_superuser("root@example.org", "break the glass only", name="Root")

    assert signed_in(root).get("/admin/").url == SET_UP


def test_mail_tells_of_a_new_second_factor(ada, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(signed_in(ada))

    message = OutgoingMessage.objects.get(to=ada.email)
    assert "An authenticator app was set up." in message.text
    assert "127.0.0.1" in message.text


def _guarded_paths() -> list[str]:
    """The path of every page that needs an account and is no door to a second factor, with made-up arguments."""
    return [path for path, name, view in _pages(get_resolver()) if _guarded(name, view)]


def _guarded(name: str, view: object) -> bool:
    return getattr(view, "login_required", True) and name not in SecondFactorWall.DOORS


def _pages(resolver: URLResolver, prefix: str = "/", namespace: str = ""):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":
                inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
                yield from _pages(entry, prefix + _filled(entry), inner)
        elif isinstance(entry, URLPattern):
            yield prefix + _filled(entry), f"{namespace}{entry.name}", entry.callback


def _filled(entry: URLPattern | URLResolver) -> str:
    samples = {
        "UUIDConverter": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
        "IntConverter": "1",
        "SlugConverter": "task-force",
        "StringConverter": "word",
    }
    made = str(entry.pattern)
    for name, converter in entry.pattern.converters.items():
        made = made.replace(f"<{_kind(converter)}:{name}>", samples[type(converter).__name__])
        made = made.replace(f"<{name}>", samples[type(converter).__name__])
    return _without_groups(made)


def _kind(converter: object) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")


def _without_groups(made: str) -> str:
    """A regular expression of ours with its groups filled in."""
    made = made.removeprefix("^").removesuffix("$").replace("\\.", ".")
    made = made.replace("(?P<pk>[0-9a-f-]{36})", "7d444840-9dc0-11d1-b245-5ffdce74fad2")
    while "(?P<" in made:
        start, rest = made.split("(?P<", 1)
        group, end = rest.split(")", 1)
        made = start + group.split(">", 1)[1].split("|")[0] + end
    return made
