"""What is grave asks again who one is, loses nothing without a word, and leads back to where one was."""

import time
import uuid

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tests.accounts.signing_in import sign_in, with_password
from tests.cast import Cast
from tests.factories import PASSWORD, UserFactory

SOMETHING = uuid.UUID(int=1)  # every process of the tests must name them alike
GRAVE_PAGES = [
    f"/people/{SOMETHING}/roles/new/",
    f"/people/{SOMETHING}/roles/{SOMETHING}/end/",
    "/people/invitations/role/",
    "/people/?format=csv",
    "/people/?format=xlsx",
    "/system/mail/hold/",
    "/mechanisms/task-force/focal-points/add/",
    f"/people/seats/{SOMETHING}/hand-over/",
    f"/focal-points/{SOMETHING}/end/",
    f"/assessments/{SOMETHING}/sight/",
    f"/letters/{SOMETHING}/dispatch/",
    f"/agencies/{SOMETHING}/identity-provider/",
    f"/agencies/{SOMETHING}/succession/merge/",
    f"/agencies/{SOMETHING}/succession/split/",
    f"/successions/{SOMETHING}/take-back/",
    "/mechanisms/task-force/memberships/add/",
    f"/memberships/{SOMETHING}/change/",
    f"/memberships/{SOMETHING}/end/",
    f"/nominations/{SOMETHING}/begin/",
    f"/contacts/{SOMETHING}/",
]
GRAVE_BUTTONS = [
    f"/sight/{SOMETHING}/",
    f"/people/{SOMETHING}/deactivate/",
    f"/people/{SOMETHING}/reactivate/",
    f"/people/{SOMETHING}/reset-factors/",
    f"/people/{SOMETHING}/end-sessions/",
    f"/assessments/{SOMETHING}/sight/{SOMETHING}/end/",
    f"/letters/{SOMETHING}/dispatch/release/",
    f"/letters/{SOMETHING}/dispatch/resume/",
    f"/letters/signatures/{SOMETHING}/",
    f"/agencies/{SOMETHING}/identity-provider/{SOMETHING}/unbind/",
]


@pytest.fixture
def stale(cast: Cast):
    """Ada's browser sixteen minutes after she signed in."""
    browser = Client()
    sign_in(browser, with_password(cast.ada))
    with time_machine.travel(time.time() + 16 * 60):
        yield browser


@pytest.mark.parametrize("path", GRAVE_PAGES)
def test_a_grave_page_asks_first_whether_it_is_there_or_not(stale: Client, path):
    answer = stale.get(path)

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/reauthenticate/?next=/")


@pytest.mark.parametrize("path", GRAVE_PAGES[:3] + GRAVE_PAGES[5:] + GRAVE_BUTTONS)
def test_what_was_posted_is_not_done_and_the_page_says_so(stale: Client, path):
    answer = stale.post(path, {"anything": "typed"}, headers={"referer": f"http://testserver{path}"}, follow=True)

    assert answer.redirect_chain[0][0].startswith("/accounts/reauthenticate/?next=")
    assert b"Nothing has been done yet" in answer.content


def test_people_are_looked_at_without_being_asked(stale: Client):
    assert stale.get("/people/").status_code == 200


def test_after_the_button_one_comes_back_to_its_page_and_it_is_done_only_then(stale: Client, cast: Cast):
    page, button = f"/people/{cast.sam.pk}/", f"/people/{cast.sam.pk}/deactivate/"

    asked = stale.post(button, headers={"referer": f"http://testserver{page}"})
    back = stale.post(asked.url, {"password": PASSWORD, "next": page})
    assert (asked.url, back.url) == (f"/accounts/reauthenticate/?next={page}", page)
    assert User.objects.get(pk=cast.sam.pk).is_active

    stale.post(button)
    assert not User.objects.get(pk=cast.sam.pk).is_active


def test_after_the_form_one_comes_back_to_the_form(stale: Client, cast: Cast):
    page = f"/people/{cast.sam.pk}/roles/new/"

    asked = stale.post(page, {"role": "auditor"}, headers={"referer": f"http://testserver{page}"})
    back = stale.post(asked.url, {"password": PASSWORD, "next": page}, follow=True)

    assert back.redirect_chain == [(page, 302)]
    assert back.context["form"].fields["role"]
    assert cast.sam.role_assignments.count() == 1


def test_nobody_is_led_to_a_strange_place(stale: Client):
    answer = stale.post("/system/mail/hold/", headers={"referer": "https://elsewhere.example.org/"})

    assert answer.url == "/accounts/reauthenticate/?next=/"


def test_whoever_has_no_password_and_no_factor_of_ours_signs_in_anew(db):
    guest = UserFactory(name="Guest", email="guest@example.org", is_sample=True)
    browser = Client()
    browser.force_login(guest, backend="accounts.backends.SignInBackend")

    with time_machine.travel(time.time() + 16 * 60):
        answer = browser.get("/system/mail/hold/")

        assert answer.url == "/accounts/login/?next=/system/mail/hold/"
        assert browser.get("/accounts/profile/").status_code == 302
