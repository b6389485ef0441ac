"""A principal invites; the invited person accepts, sets up a second factor and stands on the first page. axe looks at each screen."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.models import User
from agencies.models import Capacity
from agencies.people.models import Invitation
from core.models import OutgoingMessage
from tests.accounts.signing_in import code
from tests.cast import Cast
from tests.e2e.desk import Desk
from tests.factories import FocalPointFactory, UserFactory

Sit = Callable[..., Desk]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINK = re.compile(r"https?://\S+(/people/join/\S+/)")
PASSWORD = "seven quiet herons at dawn"


@pytest.fixture
def paula(cast: Cast) -> User:
    """The principal of agency B."""
    person = UserFactory(name="Paula", email="paula@example.org", is_sample=True)
    FocalPointFactory(person=person, agency=cast.agency_b, mechanism=cast.task_force, capacity=Capacity.PRINCIPAL)
    return person


def _seen(desk: Desk, heading: str) -> None:
    """This screen is there and axe finds nothing on it."""
    expect(desk.page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    assert desk.look() == []


def _invite(desk: Desk, cast: Cast, email: str) -> None:
    page = desk.go(f"/agencies/{cast.agency_b.pk}/")
    page.get_by_role("link", name="Invite a person").click()
    _seen(desk, "Invite a person for an agency")
    page.get_by_label("Mechanism").select_option(str(cast.task_force.pk))
    page.get_by_label("Focal point").check()
    page.get_by_label("Name").fill("Nina")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send the invitation").click()


def _link(email: str) -> str:
    return LINK.search(OutgoingMessage.objects.filter(to=email).latest("created_at").text).group(1)


def test_from_the_principals_form_to_the_first_page(sit: Sit, cast: Cast, paula: User) -> None:
    desk, visitor = sit(paula), sit(None)
    _invite(desk, cast, "nina@example.org")
    _seen(desk, "Invitation nina@example.org")

    page = visitor.go(_link("nina@example.org"))
    _seen(visitor, "Accept your invitation")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, again").fill(PASSWORD)
    page.get_by_role("button", name="Accept and go on").click()
    _seen(visitor, "Set up a second factor")
    page.get_by_role("link", name="Set up an authenticator app").click()
    _seen(visitor, "Set up an authenticator app")
    page.get_by_label("Code").fill(code(page.locator("main code").inner_text()))
    page.get_by_role("button", name="Go on").click()
    _seen(visitor, "Recovery codes")
    page.get_by_role("link", name="I have kept them: go on").click()
    _seen(visitor, "What needs you")
    expect(page.get_by_text("Focal point of BBB")).to_be_visible()


def test_a_weak_password_is_refused_at_its_field_and_nothing_is_made(sit: Sit, cast: Cast, paula: User) -> None:
    desk, visitor = sit(paula), sit(None)
    visitor.expected.add(422)
    _invite(desk, cast, "nina@example.org")

    page = visitor.go(_link("nina@example.org"))
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("Password, again").fill("other")
    page.get_by_role("button", name="Accept and go on").click()

    _seen(visitor, "Accept your invitation")
    expect(page.locator("#id_password1_error, .govuk-error-message").first).to_be_visible()
    assert page.title().startswith("Error:")
    assert not User.objects.filter(email="nina@example.org").exists()


def test_sent_again_listed_and_revoked_with_the_old_links_closed(sit: Sit, cast: Cast, paula: User) -> None:
    desk, visitor = sit(paula), sit(None)
    visitor.expected.add(410)
    _invite(desk, cast, "nina@example.org")
    first = _link("nina@example.org")
    desk.page.get_by_role("button", name="Send again with a new link").click()
    expect(desk.page.get_by_text("A new link is on its way")).to_be_visible()

    visitor.go(first)
    _seen(visitor, "This invitation is closed")
    desk.go("/people/invitations/")
    _seen(desk, "Invitations")
    expect(desk.page.get_by_text("Waiting for an answer")).to_have_count(2)  # the tag, and the choice of the filter
    desk.page.get_by_role("link", name="nina@example.org").click()
    desk.page.get_by_role("button", name="Revoke").click()
    visitor.go(_link("nina@example.org"))
    _seen(visitor, "This invitation is closed")
    expect(visitor.page.get_by_text("It was taken back.")).to_be_visible()


@pytest.mark.parametrize(
    ("email", "said"), [("charlie@example.org", "is here already"), ("twice@example.org", "invited already")]
)
def test_who_is_known_or_invited_is_refused_at_the_address(
    sit: Sit, cast: Cast, paula: User, email: str, said: str
) -> None:
    desk = sit(paula)
    desk.expected.add(422)
    _invite(desk, cast, "twice@example.org")
    _invite(desk, cast, email)

    _seen(desk, "Invite a person for an agency")
    expect(desk.page.locator("#id_email_error, .govuk-error-message").first).to_contain_text(said)
    assert Invitation.objects.count() == 1
