"""Sessions: where one is signed in, and when that ends."""

import time

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import actions
from accounts.browsers import name_of
from accounts.models import User
from tests.accounts.signing_in import member, set_up_app, sign_in
from tests.cast import Cast, signed_in
from tests.factories import PASSWORD, UserFactory

PROFILE = "/accounts/profile/"


@pytest.fixture
def sample(db) -> User:
    """A person with a password who needs no second step."""
    person = member(UserFactory(name="Maria", email="maria@example.org"))
    person.is_sample = True
    person.save()
    return person


def test_the_list_shows_each_session_and_ends_all_others(sample):
    here, there = Client(), Client(headers={"user-agent": "A browser in an internet café"})
    sign_in(here, sample)
    sign_in(there, sample)
    assert b"internet caf" in here.get("/accounts/sessions/").content

    here.post("/accounts/sessions/")

    assert here.get(PROFILE).status_code == 200
    assert there.get(PROFILE).status_code == 302


def test_a_session_ends_after_an_idle_hour(sample):
    with time_machine.travel("2026-11-21 09:00:00Z") as clock:
        browser = signed_in(sample)
        clock.shift(3599)
        assert browser.get(PROFILE).status_code == 200
        clock.shift(3601)
        answer = browser.get(PROFILE, follow=True)

    assert b"your session was over" in answer.content


def test_a_session_in_use_ends_after_twelve_hours(sample):
    with time_machine.travel("2026-11-21 07:00:00Z") as clock:
        browser = signed_in(sample)
        answers = []
        for _half_hour in range(26):
            clock.shift(1799)
            answers.append(browser.get(PROFILE).status_code)

    assert answers.count(200) == 24
    assert answers[-1] == 302


def test_pages_asked_for_within_a_minute_write_nothing_and_later_ones_a_little(sample):
    browser = Client()
    sign_in(browser, sample)

    with CaptureQueriesContext(connection) as soon:
        browser.get(PROFILE)
    with time_machine.travel(time.time() + 61), CaptureQueriesContext(connection) as later:
        browser.get(PROFILE)

    assert _writes(soon) == []
    assert len(_writes(later)) == 2  # the session, and when it was seen


def test_a_new_password_ends_every_other_session(sample):
    here, there = Client(), Client()
    sign_in(here, sample)
    sign_in(there, sample)
    new = "seven quiet herons at dawn"

    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert here.get(PROFILE).status_code == 200
    assert there.get(PROFILE).status_code == 302


def test_a_deactivated_person_is_out_at_once(cast: Cast, sample):
    browser = Client()
    sign_in(browser, sample)

    actions.deactivate(person=sample, by=cast.ada)

    assert browser.get(PROFILE).status_code == 302
    assert sign_in(Client(), sample).url == "/accounts/inactive/"


def test_a_sensitive_step_asks_again_after_a_quarter_of_an_hour(sample):
    browser = Client()
    sign_in(browser, sample)
    set_up_app(browser)

    with time_machine.travel(time.time() + 901):
        answer = browser.get("/accounts/2fa/recovery-codes/generate/")

    assert answer.url.startswith(reverse("account_reauthenticate"))


def test_right_after_signing_in_nobody_asks_again(sample):
    browser = Client()
    sign_in(browser, sample)
    set_up_app(browser)

    assert browser.get("/accounts/2fa/recovery-codes/generate/").status_code == 200


def _writes(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140 on Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
            "Chrome 141 on Linux",
        ),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
                "Safari/537.36 Edg/141.0.0.0"
            ),
            "Edge 141 on Windows",
        ),
        (
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                "Version/18.5 Safari/605.1.15"
            ),
            "Safari 18 on macOS",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                "Version/18.5 Mobile/15E148 Safari/604.1"
            ),
            "Safari 18 on iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
                "Mobile Safari/537.36"
            ),
            "Chrome 141 on Android",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_is_shown_by_its_name(user_agent: str, name: str):
    assert name_of(user_agent) == name


def test_the_list_of_sessions_names_the_browser(sample):
    here = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    sign_in(here, sample)
    page = here.get("/accounts/sessions/").text
    assert "Firefox 140 on Linux" in page
    assert "Gecko" not in page
