"""The component page in the browser: every part of the look, in every sight."""

from collections.abc import Callable

import pytest

from tests.cast import Cast
from tests.e2e.desk import SIGHTS, Desk

pytestmark = pytest.mark.browser
PAGES = ["", "?part=list&name=view", "?part=empty", "?part=check", "?part=done", "?part=list&as_of=2011-09-07"]

Sit = Callable[..., Desk]


@pytest.mark.parametrize("sight", SIGHTS)
def test_axe_finds_nothing_in_any_sight(sit: Sit, cast: Cast, sight: str) -> None:
    sam = sit(cast.sam, **SIGHTS[sight])
    for page in PAGES:
        sam.go(f"/system/components/{page}")
        assert sam.look() == [], page


@pytest.mark.parametrize("sight", ["light", "narrow, dark, right to left"])
def test_errors_are_as_easy_to_read_and_take_the_focus(sit: Sit, cast: Cast, sight: str) -> None:
    sam = sit(cast.sam, **SIGHTS[sight])
    sam.expected.add(422)
    page = sam.go("/system/components/")
    page.locator("button[name=save]").click()
    page.wait_for_selector(".govuk-error-summary:focus")
    assert sam.look() == []
    page.locator(".govuk-error-summary a").first.click()
    assert page.evaluate("document.activeElement.id") == "id_name"


def test_menus_open_by_keyboard_and_close_on_escape(sit: Sit, cast: Cast) -> None:
    page = sit(cast.sam).go("/system/components/")
    menu = page.locator("details.portal-menu").nth(1)
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert menu.locator("summary").evaluate("element => element === document.activeElement")


def test_dark_is_chosen_without_script_and_stays(sit: Sit, cast: Cast) -> None:
    page = sit(cast.sam, java_script_enabled=False).go("/system/components/")
    light = page.locator("html").evaluate("html => getComputedStyle(html).backgroundColor")
    page.locator("details.portal-menu").nth(1).locator("summary").click()
    page.get_by_role("button", name="Dark").click()
    dark = page.locator("html").evaluate("html => getComputedStyle(html).backgroundColor")
    assert page.url.endswith("/system/components/")
    assert light != dark


def test_language_switch_turns_the_page_around(sit: Sit, cast: Cast) -> None:
    page = sit(cast.sam).go("/system/components/")
    page.locator("details.portal-menu").first.locator("summary").click()
    page.get_by_role("button", name="العربية").click()
    page.wait_for_selector("html[dir=rtl]")
    name, menus = page.locator(".portal-header__name"), page.locator(".portal-header__menus")
    assert name.bounding_box()["x"] > menus.bounding_box()["x"]


def test_first_tab_reaches_the_link_that_skips_the_navigation(sit: Sit, cast: Cast) -> None:
    page = sit(cast.sam).go("/system/components/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_print_leaves_out_what_one_presses_and_keeps_the_marking(sit: Sit, cast: Cast) -> None:
    page = sit(cast.sam).go("/system/components/")
    page.emulate_media(media="print")
    assert page.locator(".portal-sensitivity").is_visible()
    assert not page.locator(".portal-header").is_visible()
    assert not page.locator(".govuk-button").first.is_visible()
