"""Django's admin is for superusers who signed in to the portal with a second factor."""

import pytest

from accounts.models import User
from tests.accounts.signing_in import set_up_app
from tests.cast import Cast, signed_in


@pytest.fixture
def root(db) -> User:
    """Root may break the glass."""
    return User.objects.create_superuser("root@example.org", "break the glass only", name="Root")


def test_strangers_are_led_to_the_portals_sign_in(client, db):
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1] == ("/accounts/login/?next=/admin/", 302)


def test_an_administrator_of_the_portal_is_no_superuser(cast: Cast):
    assert signed_in(cast.ada).get("/admin/", follow=True).status_code == 403


def test_staff_who_are_no_superusers_stay_outside(cast: Cast):
    User.objects.filter(pk=cast.sam.pk).update(is_staff=True)

    assert signed_in(cast.sam).get("/admin/accounts/user/", follow=True).status_code == 403


def test_a_superuser_with_a_second_factor_gets_in_and_sees_no_password(root):
    browser = signed_in(root)
    set_up_app(browser)

    page = browser.get(f"/admin/accounts/user/{root.pk}/change/")

    assert page.status_code == 200
    assert root.password.encode() not in page.content
