"""The register on a day of the past, and a succession that is recorded and taken back, walked in a browser."""

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from agencies.models import Agency, Succession
from agencies.sample import load
from core.dates import long_date
from tests.cast import Cast
from tests.e2e.desk import Desk, fill_date
from tests.factories import AgencyFactory, FocalPointFactory, MembershipFactory

Sit = Callable[..., Desk]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LETTER_DAY = dt.date(2011, 9, 7)
AFTER_THE_REFORM = dt.date(2019, 6, 24)
REFORM = dt.date(2019, 1, 1)
OF_2011 = {"DPA": "Co-chair", "UNODC": "Co-chair"} | dict.fromkeys(
    ["DPI", "DPKO", "OHCHR", "PBSO", "UNDP", "UNICEF", "UN Women", "World Bank"], "Member"
)
OF_2019 = {"DPPA": "Co-chair", "UNODC": "Co-chair"} | dict.fromkeys(
    ["DGC", "DPO", "OHCHR", "UNDP", "UNICEF", "UN Women", "World Bank"], "Member"
)


def show(page: Page, day: dt.date) -> None:
    """Choose another day in the control of the page, and see that it says so."""
    page.get_by_label("Show another day").fill(day.isoformat())
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".portal-as-of")).to_contain_text(f"As it was on {long_date(day)}")


def seated(page: Page) -> dict[str, str]:
    """Who sits in the mechanism, by acronym, and in what role."""
    rows = page.get_by_role("table", name="Who sits in it").locator("tbody tr").all()
    return {row.locator("th bdi").inner_text(): row.locator("td").first.inner_text() for row in rows}


def controls(page: Page) -> list[str]:
    """What on the page changes the register: links that say so, and forms that write."""
    change = "main a[href*='/change/'], main a[href*='/add/'], main a[href*='/end/'], main a[href*='/hand-over/']"
    return [str(one) for one in page.locator(f"{change}, main form[method=post]").all()]


def test_the_register_shows_who_sat_on_a_day_and_cannot_be_changed_there(sit: Sit) -> None:
    load()
    ada = sit(User.objects.get(email="administrator@example.org"))
    page = ada.go("/mechanisms/task-force/")
    assert controls(page)
    for day, bodies in ((LETTER_DAY, OF_2011), (AFTER_THE_REFORM, OF_2019)):
        show(page, day)
        assert seated(page) == bodies
        assert not controls(page)
        assert not ada.look()
    page.get_by_role("link", name="Show today").click()
    expect(page.locator(".portal-as-of")).to_contain_text("As of today")
    assert controls(page)


def test_a_day_of_the_past_stays_from_page_to_page(sit: Sit) -> None:
    load()
    ada = sit(User.objects.get(email="administrator@example.org"))
    page = ada.go("/agencies/")
    show(page, LETTER_DAY)
    page.get_by_role("link", name="Department of Political Affairs").click()
    expect(page.locator("h1")).to_contain_text("Department of Political Affairs (DPA)")
    expect(page.locator(".portal-as-of")).to_contain_text("The past cannot be changed here.")
    expect(page.get_by_text("Followed by")).to_have_count(0)
    assert not controls(page)
    assert not ada.look()


@pytest.fixture
def bodies(cast: Cast) -> tuple[Agency, Agency]:
    """DPA, a co-chair with a focal point, and PBSO, a member."""
    dpa = AgencyFactory(acronym="DPA", name="Department of Political Affairs")
    pbso = AgencyFactory(acronym="PBSO", name="Peacebuilding Support Office")
    MembershipFactory(agency=dpa, role="co_chair")
    MembershipFactory(agency=pbso, role="member")
    FocalPointFactory(agency=dpa, person__name="Dora")
    return dpa, pbso


def merge(ada: Desk, bodies: tuple[Agency, Agency]) -> Page:
    """The check page of a merger of both into DPPA."""
    dpa, pbso = bodies
    page = ada.go(dpa.get_absolute_url())
    page.get_by_role("link", name="Record a succession").click()
    assert not ada.look()
    page.get_by_role("link", name="Record Merged").click()
    fill_date(page, "First day of the successor", REFORM)
    page.get_by_label("Another body that merges").select_option(value=str(pbso.pk))
    page.get_by_label("Name of the new body").fill("Political and Peacebuilding Affairs")
    page.get_by_label("Acronym of the new body").fill("DPPA")
    page.get_by_label("Source", exact=True).fill("A/RES/72/262 C")
    page.get_by_role("button", name="Continue").click()
    return page


def test_two_members_merge_into_one_and_it_is_taken_back(sit: Sit, cast: Cast, bodies: tuple[Agency, Agency]) -> None:
    ada = sit(cast.ada)
    page = merge(ada, bodies)
    expect(page.get_by_role("heading", name="What will happen")).to_be_visible()
    assert not ada.look()
    assert not Succession.objects.exists()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Followed by")).to_be_visible()
    page.get_by_role("link", name="What was done").click()
    expect(page.locator("h1")).to_contain_text("What became of Department of Political Affairs")
    assert not ada.look()
    done = page.url
    ada.go("/mechanisms/task-force/")
    assert {"DPPA": "Co-chair"}.items() <= seated(page).items()
    assert not {"DPA", "PBSO"} & set(seated(page))
    expect(page.locator(".gantt__followed")).to_have_count(3)
    assert not ada.look()

    page.goto(done)
    page.get_by_role("link", name="Take it back").click()
    assert not ada.look()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("main")).not_to_contain_text("It cannot be taken back")
    ada.go("/mechanisms/task-force/")
    assert {"DPA": "Co-chair", "PBSO": "Member"}.items() <= seated(page).items()
    assert "DPPA" not in seated(page)


def test_a_body_that_would_follow_itself_is_explained_at_its_field(
    sit: Sit, cast: Cast, bodies: tuple[Agency, Agency]
) -> None:
    ada = sit(cast.ada)
    ada.expected.add(422)
    page = ada.go(f"{bodies[0].get_absolute_url()}succession/merge/")
    fill_date(page, "First day of the successor", REFORM)
    page.get_by_label("Merged into").select_option(value=str(bodies[0].pk))
    page.get_by_label("Source", exact=True).fill("A/RES/72/262 C")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("A body cannot follow itself. Choose another one.")
    assert page.title().startswith("Error:")
    assert not ada.look()
