"""What a party owes, from the call that notes it to the one that closes it."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.db import DataError, IntegrityError, transaction

from agencies.actions import owe, settle
from agencies.models import Obligation, ObligationKind
from core.tokens import unseal
from tests.factories import ObligationFactory, OfficeFactory

DUE = dt.date(2012, 7, 31)


def _owe(subject, **party):
    return owe(
        kind=ObligationKind.CONTRIBUTION,
        what="Contribution on Eastern Africa",
        page="agencies:list",
        subject_id=subject,
        due_on=DUE,
        **party,
    )


def test_owing_twice_is_one_obligation_with_the_later_deadline(cast):
    subject = uuid.uuid4()
    first = _owe(subject, agency=cast.agency_a)
    again = owe(
        kind=ObligationKind.CONTRIBUTION,
        what="Contribution",
        page="agencies:list",
        subject_id=subject,
        due_on=dt.date(2012, 8, 31),
        agency=cast.agency_a,
    )
    assert first.pk == again.pk
    assert Obligation.objects.get().due_on == dt.date(2012, 8, 31)


def test_owing_what_was_closed_opens_it_anew(cast):
    subject = uuid.uuid4()
    _owe(subject, agency=cast.agency_a)
    settle(subject, kind=ObligationKind.CONTRIBUTION, outcome="submitted")
    _owe(subject, agency=cast.agency_a)
    assert Obligation.objects.open().get().outcome == ""


def test_settling_for_one_agency_leaves_the_others_open(cast):
    subject = uuid.uuid4()
    _owe(subject, agency=cast.agency_a)
    _owe(subject, agency=cast.agency_b)
    assert settle(subject, kind=ObligationKind.CONTRIBUTION, agency=cast.agency_a) == 1
    assert [left.agency for left in Obligation.objects.open()] == [cast.agency_b]


def test_settling_for_an_office_closes_its_answer_only(db):
    subject, nairobi, dakar = uuid.uuid4(), OfficeFactory(), OfficeFactory()
    _owe(subject, office=nairobi)
    _owe(subject, office=dakar)
    settle(subject, kind=ObligationKind.CONTRIBUTION, office=nairobi, outcome="acknowledged")
    assert [left.office for left in Obligation.objects.open()] == [dakar]


def test_settling_twice_closes_once(cast):
    subject = uuid.uuid4()
    _owe(subject, agency=cast.agency_a)
    assert settle(subject, kind=ObligationKind.CONTRIBUTION) == 1
    assert settle(subject, kind=ObligationKind.CONTRIBUTION) == 0


def test_an_obligation_without_a_party_is_refused_by_the_database(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        ObligationFactory(agency=None)


def test_people_see_their_own_agencys_obligations_and_the_secretariat_all(cast):
    ObligationFactory(agency=cast.agency_a)
    ObligationFactory(agency=cast.agency_b)
    seen = {person: Obligation.objects.visible_to(person).count() for person in (cast.alice, cast.sam, cast.nobody)}
    assert seen == {cast.alice: 1, cast.sam: 2, cast.nobody: 0}


def test_a_new_deadline_counts_from_the_day_it_was_set(cast):
    subject = uuid.uuid4()
    with time_machine.travel("2012-07-01T12:00Z"):
        first = _owe(subject, agency=cast.agency_a)
    with time_machine.travel("2012-07-20T12:00Z"):
        same = _owe(subject, agency=cast.agency_a)
        assert (first.noted_on, same.noted_on) == (dt.date(2012, 7, 1), dt.date(2012, 7, 1))
        later = owe(
            kind=ObligationKind.CONTRIBUTION,
            what="Contribution",
            page="agencies:list",
            subject_id=subject,
            due_on=dt.date(2012, 8, 31),
            agency=cast.agency_a,
        )
    assert later.noted_on == dt.date(2012, 7, 20)


def test_a_time_zone_that_nobody_knows_is_refused_by_the_database(db):
    with pytest.raises(DataError), transaction.atomic():
        ObligationFactory(time_zone="Bangkok/Nowhere")


def test_a_sealed_obligation_links_to_its_page_by_a_token(cast):
    owed = ObligationFactory(page="admin:auth_group_change", sealed=True, seal_version=2)
    token = owed.get_absolute_url().split("/")[4]
    assert unseal(owed.page, token) == (owed.subject_id, 2)


def test_an_obligation_whose_page_is_gone_links_to_the_dashboard(cast):
    assert ObligationFactory(page="nowhere:at_all").get_absolute_url() == "/"
