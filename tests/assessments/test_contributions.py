"""Contributions: asked, owed, handed in, taken or returned."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InternalError, transaction

from agencies.models import Obligation
from assessments.actions import accept, ask, give_back, give_sight, submit, take_sight, withdraw
from assessments.models import Assessment, Contribution
from assessments.workflow import ContributionStatus, Status
from core.models import StoredFile
from core.sensitivity import Sensitivity
from core.uploads import Upload
from core.workflow import IllegalMove
from tests.assessments.factories import AssessmentFactory, ContributionFactory, FlowFactory
from tests.factories import AgencyFactory

DUE, LATER = dt.date(2030, 6, 1), dt.date(2030, 7, 1)
FILE = Upload("cases.csv", "text/csv", b"n\n12\n")


@pytest.fixture
def assessment(cast) -> Assessment:
    return AssessmentFactory(lead=cast.agency_a, title="Sea routes")


def asked(cast, assessment, **options) -> Contribution:
    """Agency B, asked by Alice of the lead agency."""
    wish = {"agencies": [cast.agency_b], "flows": [], "what": "Seizures", "due_on": DUE, "by": cast.alice} | options
    (contribution,) = ask(assessment=assessment, **wish)
    return contribution


def owed(contribution) -> Obligation:
    return Obligation.objects.get(subject_id=contribution.pk)


def test_asking_an_agency_makes_it_owe(cast, assessment):
    flow = FlowFactory(assessment=assessment)
    contribution = asked(cast, assessment, flows=[flow])
    obligation = owed(contribution)
    assert (obligation.agency, obligation.due_on, obligation.closed_at) == (cast.agency_b, DUE, None)
    assert (obligation.page, obligation.what) == ("assessments:contribution", "Contribution to “Sea routes”")
    assert list(contribution.flows.all()) == [flow]


def test_handing_in_settles_the_obligation(cast, assessment):
    contribution = submit(contribution=asked(cast, assessment), text="Twelve cases.", by=cast.charlie)
    assert (contribution.status, contribution.submitted_by) == (ContributionStatus.RECEIVED, cast.charlie)
    assert owed(contribution).closed_at is not None
    assert owed(contribution).outcome == "submitted"


def test_a_file_comes_with_the_contribution(cast, assessment):
    contribution = submit(contribution=asked(cast, assessment), text="See file.", file=FILE, by=cast.charlie)
    assert contribution.file.read() == FILE.data


def test_a_refused_contribution_leaves_no_file(cast, assessment):
    contribution = withdraw(contribution=asked(cast, assessment), by=cast.alice)
    with pytest.raises(IllegalMove):
        submit(contribution=contribution, text="See file.", file=FILE, by=cast.charlie)
    assert not StoredFile.objects.exists()


def test_an_agency_without_acronym_is_called_by_its_name(cast, assessment):
    agency = AgencyFactory(acronym="", name="Peace University")
    ContributionFactory(assessment=AssessmentFactory(lead=agency), agency=agency)
    assert Contribution.objects.for_list().get().agency_name == "Peace University"
    assert Assessment.objects.for_schedule().get(lead=agency).lead_name == "Peace University"


def test_a_contribution_is_late_when_its_day_ends_at_the_duty_station(cast, assessment):
    contribution = asked(cast, assessment)
    midnight = dt.datetime.combine(DUE + dt.timedelta(days=1), dt.time(), dt.UTC)
    contribution.agency.time_zone = "America/New_York"
    assert not contribution.is_overdue(midnight)
    contribution.agency.time_zone = "Asia/Bangkok"
    assert contribution.is_overdue(midnight)


def test_a_returned_contribution_is_owed_again_by_the_new_day(cast, assessment):
    contribution = submit(contribution=asked(cast, assessment), text="Some.", by=cast.charlie)
    contribution = give_back(contribution=contribution, comment="Which year?", due_on=LATER, by=cast.alice)
    assert (owed(contribution).closed_at, owed(contribution).due_on) == (None, LATER)
    again = submit(contribution=contribution, text="Some, 2029.", by=cast.charlie)
    assert accept(contribution=again, by=cast.sam).status == ContributionStatus.ACCEPTED


def test_returning_needs_a_comment(cast, assessment):
    contribution = submit(contribution=asked(cast, assessment), text="Some.", by=cast.charlie)
    with pytest.raises(ValidationError):
        give_back(contribution=contribution, comment=" ", due_on=LATER, by=cast.alice)


def test_a_withdrawn_request_is_owed_no_more(cast, assessment):
    contribution = withdraw(contribution=asked(cast, assessment), by=cast.alice)
    assert owed(contribution).outcome == "withdrawn"
    with pytest.raises(IllegalMove):
        submit(contribution=contribution, text="Too late.", by=cast.charlie)


def test_the_contributing_agency_does_not_judge_its_own_contribution(cast, assessment):
    contribution = submit(contribution=asked(cast, assessment), text="Some.", by=cast.charlie)
    with pytest.raises(PermissionDenied):
        accept(contribution=contribution, by=cast.charlie)


def test_only_the_asked_agency_and_the_secretariat_hand_in(cast, assessment):
    contribution = asked(cast, assessment)
    with pytest.raises(PermissionDenied):
        submit(contribution=contribution, text="Not mine.", by=cast.alice)
    assert submit(contribution=contribution, text="By e-mail.", by=cast.sam).submitted_by == cast.sam


def test_other_agencies_do_not_ask(cast, assessment):
    with pytest.raises(PermissionDenied):
        asked(cast, assessment, by=cast.charlie)


def test_an_agency_with_an_open_request_is_not_asked_twice(cast, assessment):
    asked(cast, assessment)
    with pytest.raises(ValidationError, match="BBB has an open request"):
        asked(cast, assessment)
    assert Contribution.objects.count() == Obligation.objects.count() == 1


def test_an_agency_is_asked_only_about_what_it_may_see(cast):
    secret = AssessmentFactory(lead=cast.agency_a, sensitivity=Sensitivity.CONFIDENTIAL, title="Secret routes")
    with pytest.raises(ValidationError, match="BBB may not see"):
        asked(cast, secret)
    give_sight(assessment=secret, agency=cast.agency_b, by=cast.alice)
    assert "Secret" not in owed(asked(cast, secret)).what


def test_sight_stays_while_a_contribution_is_open(cast):
    secret = AssessmentFactory(lead=cast.agency_a, sensitivity=Sensitivity.CONFIDENTIAL)
    give_sight(assessment=secret, agency=cast.agency_b, by=cast.alice)
    contribution = asked(cast, secret)
    with pytest.raises(IllegalMove):
        take_sight(assessment=secret, agency=cast.agency_b, by=cast.alice)
    withdraw(contribution=contribution, by=cast.alice)
    take_sight(assessment=secret, agency=cast.agency_b, by=cast.alice)
    assert secret not in Assessment.objects.visible_to(cast.charlie)


def test_nobody_gives_sight_to_an_agency_of_their_own(cast):
    secret = AssessmentFactory(lead=cast.agency_a, sensitivity=Sensitivity.CONFIDENTIAL)
    with pytest.raises(PermissionDenied):
        give_sight(assessment=secret, agency=cast.agency_a, by=cast.alice)
    with pytest.raises(PermissionDenied):
        give_sight(assessment=secret, agency=cast.agency_b, by=cast.charlie)


def test_a_finished_assessment_takes_no_contributions(cast):
    with pytest.raises(IllegalMove):
        asked(cast, AssessmentFactory(lead=cast.agency_a, status=Status.CANCELLED))


def test_the_database_refuses_to_accept_what_was_not_received(db):
    contribution = ContributionFactory()
    with pytest.raises(InternalError, match="Invalid transition"), transaction.atomic():
        Contribution.objects.filter(pk=contribution.pk).update(status=ContributionStatus.ACCEPTED)
