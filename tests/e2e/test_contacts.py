"""Who speaks for an agency changes in a browser: hand-over, the end of a membership, contacts confirmed; axe finds nothing."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from agencies import confirming
from agencies.models import Capacity, Confirmation, FocalPoint
from core.dates import today
from tests.cast import Cast
from tests.e2e.desk import Desk, fill_date
from tests.factories import FocalPointFactory, UserFactory

Sit = Callable[..., Desk]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MECHANISM = "/mechanisms/task-force/"


@pytest.fixture
def petra(cast: Cast) -> User:
    """The principal of agency B."""
    person = UserFactory(name="Petra", email="petra@example.org", is_sample=True, last_login=timezone.now())
    FocalPointFactory(person=person, agency=cast.agency_b, mechanism=cast.task_force, capacity=Capacity.PRINCIPAL)
    return person


def go_on(desk: Desk, page: Page, button: str) -> None:
    """Press a button where axe finds nothing, and find nothing on the next page."""
    assert desk.look() == []
    page.get_by_role("button", name=button).click()
    assert desk.look() == []


def test_a_principal_hands_a_seat_over_and_the_old_focal_point_is_out(sit: Sit, cast: Cast, petra: User) -> None:
    charlie = sit(cast.charlie)
    expect(charlie.go(cast.agency_b.get_absolute_url()).get_by_role("heading", level=1)).to_contain_text("BBB")
    desk = sit(petra)
    page = desk.go(MECHANISM)
    page.get_by_role("link", name="Hand over Focal point, Charlie").click()
    page.get_by_label("E-mail address").fill("dora@example.org")
    page.get_by_label("Name").fill("Dora")
    fill_date(page, "First day of the new person", today())
    go_on(desk, page, "Continue")
    expect(page.get_by_text("an invitation goes out at once")).to_be_visible()
    go_on(desk, page, "Confirm")
    expect(page.get_by_text("The seat is handed over.")).to_be_visible()
    expect(page.get_by_text("dora@example.org")).to_be_visible()
    charlie.expected.add(403)
    expect(charlie.go(cast.agency_b.get_absolute_url()).get_by_text("BBB")).to_have_count(0)


def test_a_membership_ends_and_its_seats_with_it(sit: Sit, cast: Cast) -> None:
    desk = sit(cast.ada)
    page = desk.go(MECHANISM)
    page.get_by_role("row", name="BBB").get_by_role("link", name="End").last.click()
    fill_date(page, "Last day", today() - dt.timedelta(days=1))
    go_on(desk, page, "Continue")
    go_on(desk, page, "Confirm")
    expect(page.get_by_text("The membership ends.")).to_be_visible()
    assert not FocalPoint.objects.on(today()).filter(person=cast.charlie).exists()


def test_a_principal_confirms_and_corrects_contacts(sit: Sit, cast: Cast, petra: User) -> None:
    confirming.open_round(mechanism=cast.task_force, on=today(), due_on=today(), by=None)
    desk = sit(petra)
    page = desk.go("/contacts/")
    assert desk.look() == []
    page.get_by_role("link", name="BBB").click()
    assert desk.look() == []
    principal = page.get_by_role("region", name="Principal: Petra")
    principal.get_by_label("Right as it stands").check()
    focal_point = page.get_by_role("region", name="Focal point: Charlie")
    focal_point.get_by_label("To be corrected").check()
    focal_point.locator("summary").click()
    focal_point.get_by_label("Functional title").fill("Chief of section")
    go_on(desk, page, "Continue")
    expect(page.get_by_text("Chief of section")).to_be_visible()
    go_on(desk, page, "Confirm")
    expect(page.get_by_text("The contacts are confirmed.")).to_be_visible()
    assert Confirmation.objects.get(agency=cast.agency_b).confirmed_by == petra


def test_contacts_that_contradict_themselves_are_explained(sit: Sit, cast: Cast, petra: User) -> None:
    confirming.open_round(mechanism=cast.task_force, on=today(), due_on=today(), by=None)
    desk = sit(petra)
    desk.expected.add(422)
    page = desk.go(Confirmation.objects.get(agency=cast.agency_b).get_absolute_url())
    go_on(desk, page, "Continue")
    expect(page.locator(".govuk-error-summary")).to_contain_text("Focal point, Charlie: say whether this is right.")


def test_the_list_of_vacant_seats_leads_on(sit: Sit, cast: Cast) -> None:
    desk = sit(cast.sam)
    page = desk.go(MECHANISM)
    page.get_by_role("link", name="seats are vacant").click()
    assert desk.look() == []
    expect(page.get_by_role("heading", level=1)).to_have_text("Vacant seats")
