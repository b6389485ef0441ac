"""An administrator imports offices in a browser: errors shown, file corrected, preview, confirmed, and there they are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from agencies.models import Office
from tests.cast import Cast
from tests.e2e.desk import Desk
from tests.factories import CountryFactory, OfficeFactory, RegionFactory

Sit = Callable[..., Desk]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEADS = "Office;Duty station;Region;Serves;Time zone;First day\r\n"


@pytest.fixture
def kenya() -> None:
    region = RegionFactory(code="014", name="Eastern Africa")
    CountryFactory(name="Kenya", region=region)
    CountryFactory(name="Uganda", region=region)
    OfficeFactory(name="Addis Ababa office", region=region, duty_station="Addis Ababa")


def choose(page: Page, folder: Path, name: str, *rows: str) -> None:
    """Send a file with these rows."""
    file = folder / name
    file.write_text(HEADS + "\r\n".join(rows), encoding="utf-8")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Send and look").click()


def test_from_a_file_with_errors_to_the_offices(sit: Sit, cast: Cast, kenya: None, tmp_path: Path) -> None:
    ada = sit(cast.ada)
    page = ada.go("/offices/")
    page.get_by_role("link", name="Import").click()
    assert ada.look() == []
    changed = "Addis Ababa office;Addis Ababa;014;;Africa/Addis_Ababa;2010-01-01"
    choose(
        page,
        tmp_path,
        "first try.csv",
        "Nairobi office;Nairobi;Eastern Africa;Kenia;Africa/Nairobi;2020-02-30",
        "Kampala office;Kampala;Nowhere;Uganda;Africa/Kampala;2020-01-01",
        changed,
    )
    expect(page.get_by_text("2 rows have errors.")).to_be_visible()
    expect(page.get_by_text("Did you mean Kenya?")).to_be_visible()
    expect(page.get_by_role("button", name="Import")).to_have_count(0)
    assert ada.look() == []
    page.get_by_role("link", name="Send the corrected file").click()
    choose(
        page,
        tmp_path,
        "second try.csv",
        "Nairobi office;Nairobi;Eastern Africa;Kenya;Africa/Nairobi;2020-02-28",
        "Kampala office;Kampala;Eastern Africa;Uganda;Africa/Kampala;2020-01-01",
        changed,
    )
    expect(page.get_by_text("Nothing is written yet")).to_be_visible()
    assert not Office.objects.filter(name="Nairobi office").exists()
    assert ada.look() == []
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_text("3 rows were imported.")).to_be_visible()
    assert ada.look() == []
    ada.go("/offices/?q=Kenya")
    page.get_by_role("link", name="Nairobi office").click()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Imported from “second try.csv”").first).to_be_visible()
    ada.go("/imports/")
    expect(page.get_by_role("link", name="second try.csv")).to_be_visible()
    assert ada.look() == []
