"""Breaking the glass leaves a trace at every step, and the auditors hear of it."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from accounts import actions, moments
from accounts.models import User
from core.dates import span
from core.models import OutgoingMessage
from tests.accounts.signing_in import set_up_app
from tests.cast import Cast, signed_in
from tests.factories import RoleAssignmentFactory, UserFactory


@pytest.fixture
def root(db) -> User:
    """Root may break the glass; Audrey audits, in French."""
    auditor = UserFactory(name="Audrey", email="audrey@example.org", language="fr")
    RoleAssignmentFactory(user=auditor, role="auditor")
    return User.objects.create_superuser("root@example.org", "break the glass only", name="Root")


def mails(moment: str) -> list[OutgoingMessage]:
    return list(OutgoingMessage.objects.filter(key__startswith=f"audit:{moment}:"))


def traces(root: User, moment: str) -> list[str]:
    found = root.events.filter(pgh_label=moment).order_by("pgh_id")
    return [event.pgh_context["page"] for event in found]


def test_the_sign_in_of_a_superuser_is_noted_and_told(root: User, client) -> None:
    client.post("/accounts/login/", {"login": "root@example.org", "password": "break the glass only"})
    set_up_app(client)
    assert len(traces(root, moments.GLASS_BROKEN)) == 1
    [mail] = mails(moments.GLASS_BROKEN)
    assert mail.to == "audrey@example.org"
    assert "Root" in mail.text
    assert str(root.pk) in mail.text


def test_nobody_else_is_told_of_when_they_sign_in(root: User, cast: Cast, client) -> None:
    cast.ada.set_password("a long and quiet word")
    cast.ada.save()
    client.post("/accounts/login/", {"login": "ada@example.org", "password": "a long and quiet word"})
    assert cast.ada.events.filter(pgh_label=moments.SIGNED_IN).exists()
    assert mails(moments.GLASS_BROKEN) == []


def test_every_page_of_the_admin_is_noted_and_told_once_an_hour(root: User) -> None:
    browser = signed_in(root)
    set_up_app(browser)
    pages = ["/admin/", f"/admin/accounts/user/{root.pk}/change/"]
    for page in pages:
        assert browser.get(page).status_code == 200
    assert traces(root, moments.GLASS_LOOKED) == pages
    assert len(mails(moments.GLASS_LOOKED)) == 1


def test_every_form_of_the_admin_is_noted_and_told_at_once(root: User, cast: Cast) -> None:
    browser = signed_in(root)
    set_up_app(browser)
    address = f"/admin/accounts/user/{cast.nobody.pk}/delete/"
    for _time in range(2):
        browser.post(address, {})
    assert traces(root, moments.GLASS_CHANGED) == [address, address]
    assert len(mails(moments.GLASS_CHANGED)) == 2
    assert address in mails(moments.GLASS_CHANGED)[0].text


def test_whoever_is_turned_away_leaves_no_trace_of_a_page(root: User, cast: Cast) -> None:
    signed_in(cast.ada).get("/admin/", follow=True)
    assert mails(moments.GLASS_LOOKED) == []


def test_a_superuser_gets_no_role_and_a_role_no_superuser(root: User, cast: Cast) -> None:
    with pytest.raises(ValidationError, match="superuser"):
        actions.assign_role(person=root, role="secretariat", valid=span(None), by=cast.ada)
    cast.sam.is_superuser = True
    with pytest.raises(ValidationError, match="superuser"):
        cast.sam.full_clean()


def test_nobody_of_the_sample_is_a_superuser(db) -> None:
    call_command("sample", verbosity=0)
    assert not User.objects.filter(is_superuser=True).exists()
