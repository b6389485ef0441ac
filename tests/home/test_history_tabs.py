"""Whoever opens an object finds on its page, or one click away, what happened to it."""

import datetime as dt

import pghistory
import pytest
from django.utils import timezone

from agencies.models import Country
from agencies.people import actions as people
from agencies.people.models import Invitation
from assessments.models import Contribution
from core import jobs
from core.dates import span
from core.models import Job
from tests.assessments.factories import AssessmentFactory
from tests.briefings.scene import pack_of
from tests.cast import Cast, signed_in
from tests.factories import CountryFactory, RegionFactory


def country(cast: Cast) -> Country:
    return CountryFactory(region=RegionFactory())


def contribution(cast: Cast) -> Contribution:
    assessment = AssessmentFactory(mechanism=cast.task_force, lead=cast.agency_a)
    return Contribution.objects.create(
        assessment=assessment, agency=cast.agency_b, what="Seizures", due_on=dt.date(2090, 1, 1), asked_by=cast.sam
    )


def invitation(cast: Cast) -> Invitation:
    offer = Invitation(
        agency=cast.agency_a, mechanism=cast.task_force, capacity="focal_point", name="Nina", valid=span(None)
    )
    offer.email = "nina@example.org"
    return people.invite(invitation=offer, by=cast.ada, now=timezone.now())


def job(cast: Cast) -> Job:
    return jobs.start("home.history", subject=None, by=cast.sam, label="Long work")


@pytest.mark.parametrize(
    ("make", "page", "reader"),
    [
        (country, "/countries/{}/", "alice"),
        (contribution, "/assessments/contributions/{}/", "sam"),
        (invitation, "/people/invitations/{}/", "ada"),
        (job, "/jobs/{}/", "sam"),
        (pack_of, "/packs/{}/", "sam"),
    ],
)
def test_its_history_stands_on_its_page(cast: Cast, make, page: str, reader: str) -> None:
    with pghistory.context(user=str(cast.lea.pk), note="As agreed on Monday."):
        one = make(cast)
    shown = signed_in(getattr(cast, reader)).get(page.format(one.pk)).content.decode()
    assert "As agreed on Monday." in shown
    assert "<td>Lea</td>" in shown
