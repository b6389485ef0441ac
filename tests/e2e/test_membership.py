"""An administrator changes the register in a browser, and the past stays as it was."""

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from core.dates import today
from tests.cast import Cast
from tests.e2e.desk import Desk, fill_date
from tests.factories import AgencyFactory

Sit = Callable[..., Desk]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_agency_is_seated_and_was_not_there_before(sit: Sit, cast: Cast) -> None:
    agency = AgencyFactory(acronym="NEW", name="New Agency")
    ada = sit(cast.ada)
    page = ada.go("/mechanisms/task-force/")
    page.get_by_role("link", name="Add a membership").click()
    page.get_by_label("Agency").select_option(value=str(agency.pk))
    page.get_by_label("Role").select_option("member")
    fill_date(page, "First day", today())
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Confirm").click()
    ada.go("/mechanisms/task-force/")
    expect(page.get_by_role("link", name="New Agency").first).to_be_visible()
    ada.go(f"/mechanisms/task-force/?as_of={today() - dt.timedelta(days=1)}")
    expect(page.get_by_role("link", name="New Agency")).to_have_count(0)
    expect(page.get_by_role("link", name="Add a membership")).to_have_count(0)


def test_a_membership_that_clashes_is_explained_at_its_field(sit: Sit, cast: Cast) -> None:
    ada = sit(cast.ada)
    ada.expected.add(422)
    page = ada.go("/mechanisms/task-force/memberships/add/")
    page.get_by_label("Agency").select_option(value=str(cast.agency_b.pk))
    page.get_by_label("Role").select_option("member")
    fill_date(page, "First day", today())
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("already")
    assert page.title().startswith("Error:")
