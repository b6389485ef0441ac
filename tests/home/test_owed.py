"""The list of tasks: filters, names of the day, export, and nobody else's."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.cast import Cast, signed_in
from tests.factories import ObligationFactory, OfficeFactory
from tests.queries import queries_of

TODAY = dt.date(2030, 6, 16)


@pytest.fixture(autouse=True)
def _then(time_machine) -> None:
    time_machine.move_to(dt.datetime(2030, 6, 16, 12, tzinfo=dt.UTC), tick=False)


@pytest.fixture
def tasks(cast: Cast) -> None:
    ObligationFactory(agency=cast.agency_a, what="Late", due_on=TODAY - dt.timedelta(days=2))
    ObligationFactory(agency=cast.agency_a, what="Near", due_on=TODAY + dt.timedelta(days=2))
    ObligationFactory(agency=cast.agency_a, what="Far", due_on=TODAY + dt.timedelta(days=200))
    ObligationFactory(
        agency=cast.agency_a, what="Finished", due_on=TODAY, closed_at=timezone.now(), outcome="submitted"
    )
    ObligationFactory(agency=cast.agency_b, what="Of another agency", due_on=TODAY)


def whats(client, query: str) -> list[str]:
    lines = client.get(f"/tasks/?format=csv&{query}").content.decode("utf-8-sig").splitlines()
    return [line.split(",")[0] for line in lines[1:]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Late", "Finished", "Near", "Far"]),
        ("when=open", ["Late", "Near", "Far"]),
        ("when=overdue", ["Late"]),
        ("when=soon", ["Near"]),
        ("when=closed", ["Finished"]),
        ("what=ear", ["Near"]),
    ],
)
def test_an_agency_finds_its_own_by_deadline(cast: Cast, tasks: None, query: str, found: list[str]) -> None:
    assert whats(signed_in(cast.alice), query) == found


def test_the_secretariat_finds_everybodys_and_filters_by_party(cast: Cast, tasks: None) -> None:
    sam = signed_in(cast.sam)
    assert len(whats(sam, "")) == 5
    assert whats(sam, f"agency={cast.agency_b.pk}") == ["Of another agency"]


def test_an_agency_cannot_filter_by_another(cast: Cast, tasks: None) -> None:
    assert signed_in(cast.alice).get(f"/tasks/?agency={cast.agency_b.pk}").status_code == 422


def test_the_page_names_party_state_and_place(cast: Cast) -> None:
    ObligationFactory(
        agency=None, office=OfficeFactory(name="Office in Nairobi"), time_zone="Africa/Nairobi", due_on=TODAY
    )
    page = signed_in(cast.sam).get("/tasks/").content.decode()
    assert "Office in Nairobi" in page
    assert "Due today" in page
    assert "UTC+03:00, Nairobi" in page


def test_nothing_owed_says_what_will_stand_here(cast: Cast) -> None:
    assert "Nothing is owed" in signed_in(cast.alice).get("/tasks/").content.decode()


def test_the_list_takes_the_same_queries_for_many(cast: Cast) -> None:
    def queries(rows: int) -> int:
        for _row in range(rows):
            ObligationFactory(agency=cast.agency_a)
            ObligationFactory(agency=None, office=OfficeFactory())
        return queries_of(signed_in(cast.sam), "/tasks/")

    assert queries(1) == queries(60)
