"""The profile: language and time zone hold from the next page on."""

from tests.cast import Cast, signed_in


def test_the_chosen_language_is_that_of_the_next_page(cast: Cast):
    browser = signed_in(cast.alice)

    browser.post("/accounts/profile/", _profile(language="ar"))

    assert b'<html lang="ar" dir="rtl"' in browser.get("/accounts/profile/").content


def test_moments_are_shown_in_the_chosen_time_zone(cast: Cast):
    browser = signed_in(cast.ada)
    browser.post("/accounts/profile/", _profile(name="Ada", time_zone="Asia/Bangkok"))

    page = browser.get(f"/people/{cast.alice.pk}/").content.decode()

    assert "(UTC+07:00, Bangkok)" in page


def test_an_unknown_time_zone_is_refused(cast: Cast):
    answer = signed_in(cast.alice).post("/accounts/profile/", _profile(time_zone="Mars/Olympus"))

    assert answer.status_code == 422
    cast.alice.refresh_from_db()
    assert cast.alice.time_zone == "UTC"


def test_nobody_changes_more_than_the_form_shows(cast: Cast):
    signed_in(cast.alice).post("/accounts/profile/", _profile() | {"email": "eve@example.org", "is_superuser": "on"})

    cast.alice.refresh_from_db()
    assert (cast.alice.email, cast.alice.is_superuser) == ("alice@example.org", False)


def _profile(**changes: str) -> dict[str, str]:
    return {"name": "Alice", "functional_title": "Officer", "language": "en", "time_zone": "UTC"} | changes
