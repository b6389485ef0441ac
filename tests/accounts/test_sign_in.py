"""Signing in: who may, what is said to whom, and what is written down."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import sample
from accounts.models import User
from core.models import OutgoingMessage
from tests.accounts.signing_in import LOGIN, code, member, set_up_app, sign_in
from tests.cast import signed_in
from tests.factories import PASSWORD, UserFactory


@pytest.fixture
def maria(db) -> User:
    """Maria has a password and no second factor."""
    return member(UserFactory(name="Maria", email="maria@example.org"))


def test_a_person_signs_in_whatever_the_case_of_the_address(client, maria):
    answer = client.post(LOGIN, {"login": "Maria@Example.org", "password": PASSWORD})

    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(maria.pk)


def test_a_person_made_with_capitals_in_the_address_signs_in(client, db):
    nina = User.objects.create_user("Nina.Moyo@Example.ORG", PASSWORD, name="Nina")

    sign_in(client, nina)

    assert client.session["_auth_user_id"] == str(nina.pk)


def test_the_migration_lowers_the_addresses_that_have_capitals(maria):
    User.objects.filter(pk=maria.pk).update(email="Maria@Example.org")

    import_module("accounts.migrations.0003_lower_email").lower(apps, None)

    maria.refresh_from_db()
    assert maria.email == "maria@example.org"


def test_a_wrong_password_is_refused_with_422_and_keeps_the_address(client, maria):
    answer = sign_in(client, maria, "not the right password")

    assert answer.status_code == 422
    assert b"E-mail address or password is not right." in answer.content
    assert b"maria@example.org" in answer.content
    assert "_auth_user_id" not in client.session


def test_known_and_unknown_addresses_get_the_same_answer(client, maria):
    known = sign_in(client, maria, "wrong wrong wrong wrong").content.decode()
    unknown = client.post(LOGIN, {"login": "nora@example.org", "password": "wrong wrong wrong wrong"}).content.decode()

    assert _without_token(known).replace("maria@", "@") == _without_token(unknown).replace("nora@", "@")


def test_the_sixth_wrong_password_shuts_the_address_out_even_with_the_right_one(client, maria):
    for _ in range(5):
        sign_in(client, maria, "wrong wrong wrong wrong")

    answer = sign_in(client, maria)

    assert answer.status_code == 422
    assert b"Too many tries." in answer.content


def test_one_address_of_the_network_gets_only_so_many_tries(client, db):
    answers = [
        client.post(LOGIN, {"login": f"p{number}@example.org", "password": "wrong wrong wrong"}).status_code
        for number in range(32)
    ]

    assert answers[-1] == 429


def test_limits_fail_closed_when_the_cache_is_gone(client, maria, monkeypatch):
    monkeypatch.setattr(cache, "add", _gone)

    with pytest.raises(ConnectionError):
        sign_in(client, maria)
    assert "_auth_user_id" not in client.session


def test_with_a_second_factor_the_password_alone_lets_nobody_in(client, maria):
    set_up_app(signed_in(maria))

    answer = sign_in(client, maria)

    assert answer.url == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session


def test_the_code_of_the_app_completes_the_sign_in(client, maria):
    secret = set_up_app(signed_in(maria))
    sign_in(client, maria)

    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})

    assert client.session["_auth_user_id"] == str(maria.pk)


def test_a_wrong_code_is_refused_and_noted(client, maria):
    secret = set_up_app(signed_in(maria))
    sign_in(client, maria)

    answer = client.post("/accounts/2fa/authenticate/", {"code": "000000" if code(secret) != "000000" else "000001"})

    assert answer.status_code == 422
    assert "_auth_user_id" not in client.session
    assert maria.events.filter(pgh_label="factor_failed").exists()


def test_each_recovery_code_lets_in_once(client, maria):
    browser = signed_in(maria)
    set_up_app(browser)
    page = browser.get("/accounts/2fa/recovery-codes/").content.decode()
    recovery = page.split("<code><bdi>")[1].split("<")[0]

    sign_in(client, maria)
    client.post("/accounts/2fa/authenticate/", {"code": recovery})
    assert client.session["_auth_user_id"] == str(maria.pk)

    again = Client()
    sign_in(again, maria)
    again.post("/accounts/2fa/authenticate/", {"code": recovery})
    assert "_auth_user_id" not in again.session


def test_sign_ins_failures_and_sign_outs_stand_in_the_history(client, maria):
    sign_in(client, maria, "wrong wrong wrong wrong")
    sign_in(client, maria)
    client.post(reverse("account_logout"))

    events = maria.events.order_by("pgh_id").filter(pgh_label__in=["sign_in_failed", "signed_in", "signed_out"])
    assert [event.pgh_label for event in events] == ["sign_in_failed", "signed_in", "signed_out"]
    assert {event.pgh_context["address"] for event in events} == {"127.0.0.1"}


def test_nobody_signs_up(client, db):
    page = client.get("/accounts/signup/")
    client.post("/accounts/signup/", {"email": "eve@example.org", "password1": PASSWORD, "password2": PASSWORD})

    assert b"Accounts are by invitation" in page.content
    assert not User.objects.filter(email="eve@example.org").exists()


@pytest.mark.parametrize("path", ["email/", "confirm-email/", "login/code/", "3rdparty/", "password/reset/code/"])
def test_pages_of_the_library_that_are_not_wanted_do_not_exist(client, db, path):
    assert client.get(f"/accounts/{path}").status_code == 404


def test_asking_for_a_new_password_says_the_same_for_every_address(client, maria):
    known = client.post("/accounts/password/reset/", {"email": maria.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nora@example.org"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert list(OutgoingMessage.objects.values_list("to", flat=True)) == [maria.email]


def test_whoever_is_only_written_down_gets_no_link_and_the_same_answer(client, maria):
    written_down = User.objects.create_user("nina@example.org", name="Nina")

    known = client.post("/accounts/password/reset/", {"email": maria.email})
    other = client.post("/accounts/password/reset/", {"email": written_down.email})

    assert (other.status_code, other.url) == (known.status_code, known.url)
    assert list(OutgoingMessage.objects.values_list("to", flat=True)) == [maria.email]


def test_outside_a_trial_no_sample_gets_a_link(client, db, settings):
    secretariat = _sample("Secretariat")
    settings.TRIAL = False

    client.post("/accounts/password/reset/", {"email": secretariat.email})

    assert not OutgoingMessage.objects.exists()


def test_the_link_of_the_mail_sets_a_new_password_and_works_once(client, maria, settings):
    client.post("/accounts/password/reset/", {"email": maria.email})
    link = next(
        line for line in OutgoingMessage.objects.get().text.splitlines() if line.startswith(settings.PORTAL_URL)
    )
    path = link.removeprefix(settings.PORTAL_URL)

    form = client.get(path, follow=True)
    new = "seven quiet herons at dawn"
    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})

    maria.refresh_from_db()
    assert maria.check_password(new)
    assert b"This link no longer works" in Client().get(path, follow=True).content


def test_a_short_password_is_refused_at_the_field(client, maria):
    browser = signed_in(maria)
    set_up_app(browser)

    answer = browser.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "fourteen chars", "password2": "fourteen chars"},
    )

    assert answer.status_code == 422
    assert b"at least 15 characters" in answer.content


def test_passwords_are_kept_as_argon2(maria):
    assert maria.password.startswith("argon2$argon2id$")


def test_the_sign_in_page_of_a_trial_offers_its_samples_and_says_so(client, db, settings):
    _sample("Secretariat")

    page = client.get(LOGIN).content.decode()

    assert "Sample sign-ins" in page
    assert "Sign in as sample: Secretariat" in page
    assert sample.PASSWORD in page


def test_the_button_of_a_sample_signs_in_without_a_second_step(client, db):
    secretariat = _sample("Secretariat")

    client.post(LOGIN, {"login": secretariat.email, "password": sample.PASSWORD})

    assert client.get("/accounts/profile/").status_code == 200


def test_outside_a_trial_no_sample_signs_in_or_is_offered(client, db, settings):
    secretariat = _sample("Secretariat")
    settings.TRIAL = False

    page = client.get(LOGIN)
    answer = client.post(LOGIN, {"login": secretariat.email, "password": sample.PASSWORD})

    assert b"Sample sign-ins" not in page.content
    assert answer.url == "/accounts/inactive/"
    assert "_auth_user_id" not in client.session


def test_a_session_of_a_sample_ends_with_the_trial(client, db, settings):
    browser = signed_in(_sample("Secretariat"))
    settings.TRIAL = False

    assert browser.get("/accounts/profile/").status_code == 302


def _sample(title: str) -> User:
    person = UserFactory(name=title, email="sample@example.org", functional_title=title, is_sample=True)
    person.set_password(sample.PASSWORD)
    person.save()
    return person


def _without_token(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def _gone(*_args: object, **_options: object) -> None:
    raise ConnectionError
