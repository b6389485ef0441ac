"""The secretariat makes a briefing pack in a browser: chosen, checked, built by a worker under a moving bar, downloaded, verified."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from taskforce.briefings.models import Edition
from tests.cast import Cast, make_cast
from tests.e2e.test_letter import become
from tests.worker import Worker

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def everyone(transactional_db, settings, live_server) -> Cast:
    settings.PORTAL_URL = live_server.url
    return make_cast()


def test_from_choice_to_a_verified_pdf(page: Page, everyone: Cast, worker: Worker, tmp_path: Path) -> None:
    become(page, everyone.sam)
    page.goto("/packs/new/")
    page.get_by_label("Title").fill("Briefing for the Principals")
    page.get_by_role("button", name="Check the choice").click()
    expect(page.get_by_text("Briefing for the Principals").first).to_be_visible()
    page.get_by_role("button", name="Make the pack").click()
    result = page.get_by_role("link", name="See the result")
    expect(result).to_be_visible(timeout=60_000)
    result.click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    started.value.save_as(tmp_path / "pack.pdf")
    assert (tmp_path / "pack.pdf").read_bytes().startswith(b"%PDF")
    page.goto("/verify/")
    page.get_by_label("Or the PDF itself").set_input_files(tmp_path / "pack.pdf")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("Briefing for the Principals").first).to_be_visible()
    assert Edition.objects.count() == 1
