"""The history tab speaks in words: who did it, which field under its name, from what to what."""

import datetime as dt

import pghistory
import pytest
from django.db.models.functions import Now
from django.test import RequestFactory

from accounts.models import User
from agencies.models import Agency, AgencyKind, FocalPoint, Mandate, Office
from core import outbox
from core.audit import signed
from core.dates import span
from core.history import LONG, changes_of, history_of
from core.lists import PER_PAGE
from core.models import MessageState, OutgoingMessage
from tests.cast import Cast
from tests.factories import OfficeFactory, RegionFactory
from tests.queries import count_queries
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db


def last(*objects) -> dict[str, tuple[str, str]]:
    return changes_of(*objects)[0].what


def test_it_names_the_person_and_the_field(cast: Cast) -> None:
    with pghistory.context(user=str(cast.ada.pk), note="They moved."):
        Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station="Vienna")
    change = changes_of(cast.agency_a)[0]
    assert (change.kind, change.by, change.note) == ("changed", "Ada", "They moved.")
    assert change.what == {"Duty station": ("", "Vienna")}


def test_what_nobody_signed_for_was_the_portal(cast: Cast) -> None:
    assert changes_of(cast.agency_a)[0].by == "the portal"


def test_a_name_given_without_an_account_is_shown(cast: Cast) -> None:
    with pghistory.context(answered_by="Head of Office"):
        Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station="Vienna")
    assert changes_of(cast.agency_a)[0].by == "Head of Office"


def test_choices_and_periods_are_words(cast: Cast) -> None:
    Agency.objects.filter(pk=cast.agency_a.pk).update(kind=AgencyKind.FUND)
    assert last(cast.agency_a) == {"Kind": ("Secretariat department or office", "Fund or programme")}
    Agency.objects.filter(pk=cast.agency_a.pk).update(valid=span(dt.date(2010, 1, 1), dt.date(2018, 12, 31)))
    assert last(cast.agency_a) == {"Holds": ("since 1 January 2010", "1 January 2010 – 31 December 2018")}


def test_moments_and_yes_or_no_are_words(cast: Cast) -> None:
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert last(cast.bob) == {"Active": ("Yes", "No")}
    joined = dt.datetime(2012, 5, 30, 9, 30, tzinfo=dt.UTC)
    User.objects.filter(pk=cast.bob.pk).update(date_joined=joined)
    assert last(cast.bob)["Joined"][1] == "30 May 2012, 09:30 (UTC)"


def test_links_are_shown_by_name_not_by_number(cast: Cast) -> None:
    office = OfficeFactory(region=RegionFactory(code="014", name="Eastern Africa"))
    Office.objects.update(region=RegionFactory(code="011", name="Western Africa"))
    assert last(office) == {"Region": ("Eastern Africa", "Western Africa")}
    seat = FocalPoint.objects.get(person=cast.bob)
    FocalPoint.objects.filter(pk=seat.pk).update(agency=cast.agency_b)
    assert last(seat) == {"Agency": ("AAA", "BBB")}


def test_long_text_is_cut_to_where_it_differs(cast: Cast) -> None:
    text = "One sentence after another. " * 40
    mandate = Mandate.objects.create(mechanism=cast.task_force, text=text, valid=cast.task_force.valid)
    mandate.text = text + "And a last one."
    mandate.save()
    before, after = last(mandate)["Text"]
    assert after.endswith("And a last one.")
    assert len(after) <= LONG + 2
    assert before != after


def test_parts_of_an_object_stand_in_its_history_by_name(cast: Cast) -> None:
    name = cast.agency_a.names.get()
    name.acronym = "AAX"
    name.save()
    [change] = [change for change in changes_of(cast.agency_a, name) if change.what]
    assert (change.kind, change.what) == ("agency name “AAX”: changed", {"Acronym": ("AAA", "AAX")})


def test_what_one_transaction_wrote_stands_in_the_order_of_the_writing(cast: Cast) -> None:
    agencies, names = Agency.objects.filter(pk=cast.agency_a.pk), cast.agency_a.names.all()
    for city in ("Vienna", "Geneva", "Rome"):
        names.update(name=f"Office in {city}")
        agencies.update(duty_station=city)
    told = [after for change in changes_of(cast.agency_a, names)[:6] for _before, after in change.what.values()]
    assert told == ["Rome", "Office in Rome", "Geneva", "Office in Geneva", "Vienna", "Office in Vienna"]


def test_many_changes_take_no_more_queries(cast: Cast) -> None:
    def queries(changes: int) -> int:
        for number in range(changes):
            with pghistory.context(user=str(cast.ada.pk)):
                Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station=f"Place {number}")
                cast.agency_a.names.update(acronym=f"A{number}")
        return count_queries(lambda: changes_of(cast.agency_a, *cast.agency_a.names.all()))

    few = queries(1)
    assert queries(100) <= few  # less where the lines of a page are of one model


def test_a_note_stands_beside_what_it_is_about_and_nothing_after_it(cast: Cast) -> None:
    with signed(user=str(cast.ada.pk)):
        with signed(note="Of the first"):
            Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station="Vienna")
        Agency.objects.filter(pk=cast.agency_b.pk).update(duty_station="Vienna")
    Agency.objects.filter(pk=cast.agency_b.pk).update(duty_station="Geneva")
    assert changes_of(cast.agency_a)[0].note == "Of the first"
    assert [(change.by, change.note) for change in changes_of(cast.agency_b)[:2]] == [("the portal", ""), ("Ada", "")]


def page_of(cast: Cast, history: str):
    """The history of agency A as a request for that page finds it."""
    return history_of(RequestFactory().get("/here/", {"history": history, "as_of": "2020-01-01"}), cast.agency_a)


def test_the_history_stands_on_pages_of_which_none_lacks_a_line(cast: Cast) -> None:
    for number in range(2 * PER_PAGE):
        Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station=f"Place {number}")
    first, second, third = page_of(cast, ""), page_of(cast, "2"), page_of(cast, "3")
    told = [change.what["Duty station"][1] for page in (first, second) for change in page.lines]
    assert told == [f"Place {number}" for number in reversed(range(2 * PER_PAGE))]
    assert [change.kind for change in third.lines] == ["created"]
    assert (first.newer_url, first.older_url) == ("", "/here/?history=2&as_of=2020-01-01")
    assert (third.newer_url, third.older_url) == ("/here/?history=2&as_of=2020-01-01", "")


@pytest.mark.parametrize("wish", ["0", "-1", "x", "99999999999999999999999", "２"])
def test_a_page_that_makes_no_sense_is_the_first(cast: Cast, wish: str) -> None:
    assert page_of(cast, wish) == page_of(cast, "1")


def test_parts_given_as_rows_are_named_as_those_given_one_by_one(cast: Cast) -> None:
    names = cast.agency_a.names.all()
    names.update(acronym="AAX")
    assert changes_of(cast.agency_a, names) == changes_of(cast.agency_a, *names)
    assert "agency name “AAX”: changed" in [change.kind for change in changes_of(cast.agency_a, names)]


def test_a_part_of_which_nothing_is_told_changes_without_a_line(cast: Cast, sink: Sink) -> None:
    """A message that a relay puts off counts its attempts; how far it got is told."""
    sink.rcpt["office@example.org"] = "451 Later"
    outbox.enqueue(key="invitation:1", to="office@example.org", subject="A letter", text="Text.")
    mail = OutgoingMessage.objects.filter(key="invitation:1")
    outbox.deliver()
    del sink.rcpt["office@example.org"]
    mail.update(not_before=Now(), reason="Tried again", settled_at=None)
    outbox.deliver()
    told = [change for change in changes_of(cast.agency_a, mail) if "A letter" in change.kind]
    assert mail.get().state == MessageState.HANDED_OVER
    assert [change.what.get("State", ("", ""))[1] for change in told] == ["handed to relay", ""]
    assert told[-1].kind.endswith("created")
    assert len(changes_of(cast.agency_a, mail, number=2)) == 2
