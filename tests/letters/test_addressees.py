"""A letter goes to the office: to the person in the post that day, else to its mailbox, else it is unreached."""

import datetime as dt

import pytest

from agencies.models import PostStatus
from taskforce.letters.addressees import Reach, Roll, addressees
from tests.factories import ResidentCoordinatorFactory
from tests.letters.scene import TODAY, office

pytestmark = pytest.mark.django_db


def one(day: dt.date = TODAY):
    [found] = addressees(day)
    return found


def test_the_coordinator_in_office_comes_first() -> None:
    office("Fiji", person="Frank")
    assert (one().email, one().reach) == ("frank@example.org", Reach.IN_OFFICE)


def test_somebody_ad_interim_stands_in() -> None:
    office("Fiji", person="Irene", interim=True)
    assert (one().coordinator, one().reach) == ("Irene", Reach.AD_INTERIM)


def test_a_vacant_post_is_reached_through_the_mailbox() -> None:
    office("Fiji")
    assert (one().coordinator, one().email, one().reach) == ("", "fiji@example.org", Reach.MAILBOX)
    assert one().salutation == "Dear Resident Coordinator"


def test_an_office_without_any_address_is_unreached() -> None:
    office("Fiji", mailbox=False)
    assert (one().email, one().reach) == ("", Reach.UNREACHED)


def test_the_person_is_the_one_of_the_day() -> None:
    fiji = office("Fiji")
    handover = dt.date(2026, 6, 30)
    ResidentCoordinatorFactory(office=fiji, name="Old", last=handover)
    ResidentCoordinatorFactory(office=fiji, name="New", first=handover + dt.timedelta(1), status=PostStatus.AD_INTERIM)
    assert (one(handover).coordinator, one(TODAY).coordinator) == ("Old", "New")


def test_one_office_for_five_countries_is_one_letter_and_five_countries() -> None:
    office("Fiji", person="Frank", countries=5)
    office("Ghana", person="Gina")
    roll = Roll(tuple(addressees(TODAY)))
    assert (len(roll.reached), roll.countries, [row.office for row in roll.multi_country]) == (2, 6, ["Fiji"])


def test_an_address_for_two_offices_is_noticed_whatever_its_case() -> None:
    for name in ("Fiji", "Tonga"):
        ResidentCoordinatorFactory(office=office(name), email=f"{name[0]}.Same@example.org".replace(name[0], "x"))
    [(email, offices)] = Roll(tuple(addressees(TODAY))).duplicates
    assert (email, len(offices)) == ("x.same@example.org", 2)


def test_samples_are_of_different_kinds() -> None:
    office("Albania", person="Ada")
    office("Fiji", person="Frank", countries=5)
    office("Ghana", person="Gina", interim=True)
    office("Zambia", person="Zoe")
    samples = Roll(tuple(addressees(TODAY))).samples()
    assert [row.office for row in samples][:2] == ["Fiji", "Ghana"]
    assert len(samples) == 3
