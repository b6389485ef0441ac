"""The dashboard answers “what needs me?” for each kind of user, by deadline, and stays as quick with much as with little."""

import datetime as dt

import pytest

from agencies.models import FocalPoint, Obligation
from core import outbox
from core.dates import span
from core.models import MessageState, OutgoingMessage
from taskforce.home.dashboard import dashboard_of
from taskforce.home.documents import Dashboard
from tests.cast import Cast, signed_in
from tests.factories import AgencyFactory, MembershipFactory, ObligationFactory, OfficeFactory
from tests.queries import queries_of

NOW = dt.datetime(2030, 6, 16, 12, tzinfo=dt.UTC)


def owe(cast: Cast, *days: int, **facts) -> list[Obligation]:
    """Agency A owes something in so many days."""
    return [
        ObligationFactory(
            agency=cast.agency_a, what=f"In {day} days", due_on=NOW.date() + dt.timedelta(days=day), **facts
        )
        for day in days
    ]


def seen_by(user, now: dt.datetime = NOW) -> Dashboard:
    return dashboard_of(user, now, "en")


def labels(page: Dashboard) -> dict[str, list[str]]:
    return {block.title: [line.label for line in block.lines] for block in page.blocks}


@pytest.fixture(autouse=True)
def _then(time_machine) -> None:
    time_machine.move_to(NOW, tick=False)


def test_the_nearest_deadline_comes_first_and_what_is_far_stands_below(cast: Cast) -> None:
    owe(cast, 40, 10, -3, 0)
    page = seen_by(cast.alice)
    assert [(need.what, need.state) for need in page.urgent] == [
        ("In -3 days", "overdue"),
        ("In 0 days", "today"),
        ("In 10 days", "soon"),
    ]
    assert [need.what for need in page.later] == ["In 40 days"]


def test_one_sees_what_ones_own_agency_owes_and_nothing_that_is_done(cast: Cast) -> None:
    owe(cast, 3)
    owe(cast, 4, closed_at=NOW)
    ObligationFactory(agency=cast.agency_b, what="Another’s", due_on=NOW.date())
    assert [need.what for need in seen_by(cast.bob).urgent] == ["In 3 days"]
    assert [need.what for need in seen_by(cast.charlie).urgent] == ["Another’s"]


def test_due_today_is_asked_at_the_place(cast: Cast) -> None:
    """At noon in Greenwich the 17th has begun in Auckland."""
    owe(cast, 0, time_zone="Pacific/Auckland")
    assert [need.state for need in seen_by(cast.alice).urgent] == ["overdue"]


def test_the_secretariat_sees_what_waits_for_it_and_who_is_late(cast: Cast) -> None:
    owe(cast, -3, -5)
    message = outbox.enqueue(key="one", to="rc@example.org", subject="A letter", text="…")
    OutgoingMessage.objects.filter(pk=message.pk).update(state=MessageState.UNCERTAIN)
    page = seen_by(cast.sam)
    assert [need.what for need in page.urgent] == ["Decide on 1 uncertain message"]
    assert labels(page)["Overdue"] == ["AAA (2)"]
    assert labels(page)["Mail"] == ["Uncertain"]


def test_a_seat_that_nobody_holds_waits_for_the_administrator(cast: Cast) -> None:
    MembershipFactory(agency=AgencyFactory(acronym="CCC"), mechanism=cast.task_force)
    FocalPoint.objects.filter(agency=cast.agency_b).update(valid=span(dt.date(2010, 1, 1), dt.date(2029, 1, 1)))
    page = seen_by(cast.ada)
    assert [need.what for need in page.urgent] == ["Name a focal point of BBB", "Name a focal point of CCC"]
    assert labels(seen_by(cast.sam))["Vacant seats"] == ["Agency BBB", "Agency CCC"]


def test_the_administrator_sees_how_complete_the_register_is(cast: Cast) -> None:
    OfficeFactory(email="")
    [register] = [block for block in seen_by(cast.ada).blocks if block.title == "Register"]
    assert [line.value for line in register.lines] == ["1 of 1", "1 of 1", "0 of 0"]


def test_a_focal_point_sees_no_cards_of_the_house(cast: Cast) -> None:
    assert seen_by(cast.alice).blocks == ()


def test_who_has_no_part_is_told_how_to_get_one(cast: Cast) -> None:
    page = signed_in(cast.nobody).get("/").content.decode()
    assert "You have no role yet" in page
    assert not seen_by(cast.nobody).has_part


def test_nothing_to_do_is_said(cast: Cast) -> None:
    assert "Nothing needs you now" in signed_in(cast.alice).get("/").content.decode()


def test_the_page_names_deadline_and_place(cast: Cast) -> None:
    owe(cast, 3, time_zone="Asia/Bangkok")
    page = signed_in(cast.alice).get("/").content.decode()
    assert "19 June 2030" in page
    assert "UTC+07:00, Bangkok" in page
    assert "3 days left" in page


def test_whoever_is_not_signed_in_is_asked_to(client) -> None:
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("name", ["alice", "sam", "ada"])
def test_a_hundred_times_as_much_takes_the_same_queries(cast: Cast, name: str) -> None:
    user = getattr(cast, name)

    def queries(rows: int) -> int:
        for number in range(rows):
            owe(cast, number - 50)
            ObligationFactory(agency=None, office=OfficeFactory(), due_on=NOW.date() - dt.timedelta(days=1))
            MembershipFactory(mechanism=cast.task_force)
        return queries_of(signed_in(user), "/")

    assert queries(1) == queries(100)
