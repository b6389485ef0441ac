"""In somebody's absence the alternate is reminded; nobody is forgotten and nobody is reminded twice."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Absence, FocalPoint, Obligation
from agencies.people.models import MailChoice
from core.dates import span
from core.models import OutgoingMessage
from taskforce.reminders import actions
from taskforce.reminders.models import Notice
from tests.cast import Cast
from tests.factories import FocalPointFactory, MechanismFactory, MembershipFactory, ObligationFactory
from tests.reminders.conftest import DUE, NOTED, at

JUNE = span(dt.date(2030, 6, 10), dt.date(2030, 6, 20))


@pytest.fixture
def absence(cast: Cast) -> Absence:
    """Alice is absent from 10 to 20 June; Bob stands in."""
    return Absence.objects.create(person=cast.alice, alternate=cast.bob, valid=JUNE)


def _reached() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("message__to").values_list("message__to", "why"))


def test_the_alternate_is_reminded_in_place_of_who_is_absent(owed: Obligation, absence: Absence) -> None:
    actions.sweep(at(16))
    assert _reached() == [("bob@example.org", "alternate of Alice, who is absent until 20 June 2030")]


def test_before_and_after_the_absence_the_person_is(owed: Obligation, absence: Absence) -> None:
    actions.sweep(at(23))
    assert [address for address, _why in _reached()] == ["alice@example.org"]


def test_who_wishes_a_copy_gets_it_too(owed: Obligation, absence: Absence) -> None:
    MailChoice.objects.create(person=absence.person, copy_when_absent=True)
    actions.sweep(at(16))
    assert [address for address, _why in _reached()] == ["alice@example.org", "bob@example.org"]


def test_an_alternate_who_has_left_the_seat_is_not_asked(owed: Obligation, absence: Absence, cast: Cast) -> None:
    FocalPoint.objects.filter(person=cast.bob).update(valid=span(dt.date(2010, 1, 1), dt.date(2030, 6, 12)))
    actions.sweep(at(16))
    assert [address for address, _why in _reached()] == ["alice@example.org"]


def test_an_alternate_who_is_absent_as_well_is_not_asked(owed: Obligation, absence: Absence, cast: Cast) -> None:
    Absence.objects.create(person=cast.bob, alternate=cast.alice, valid=JUNE)
    actions.sweep(at(16))
    assert [address for address, _why in _reached()] == ["alice@example.org"]


def test_an_alternate_of_one_mechanism_is_not_asked_for_another(owed: Obligation, absence: Absence, cast: Cast) -> None:
    other = MechanismFactory(slug="rule-of-law")
    MembershipFactory(agency=cast.agency_a, mechanism=other)
    FocalPointFactory(person=cast.alice, agency=cast.agency_a, mechanism=other)
    Obligation.objects.update(mechanism=other)
    actions.sweep(at(16))
    assert [address for address, _why in _reached()] == ["alice@example.org"]


def test_an_alternate_who_is_a_focal_point_too_gets_one_message(owed: Obligation, absence: Absence, cast: Cast) -> None:
    FocalPoint.objects.filter(person=cast.bob).update(capacity="focal_point")
    actions.sweep(at(16))
    assert OutgoingMessage.objects.get().to == "bob@example.org"


def test_the_number_of_queries_does_not_grow_with_the_absences(rules, cast: Cast, absence: Absence) -> None:
    def queries(owing: int) -> int:
        for _number in range(owing):
            seat = FocalPointFactory(agency=cast.agency_b, mechanism=cast.task_force)
            Absence.objects.create(person=seat.person, alternate=cast.charlie, valid=JUNE)
            ObligationFactory(agency=cast.agency_a, due_on=DUE, noted_on=NOTED)
            ObligationFactory(agency=cast.agency_b, due_on=DUE, noted_on=NOTED)
        with CaptureQueriesContext(connection) as captured:
            assert actions.sweep(at(16)) == 2 * owing
        return len(captured)

    assert queries(1) == queries(12)
