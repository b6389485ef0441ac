"""Whoever opens an object finds on its page, or one click away, what happened to it."""

import datetime as dt

import pghistory
import pytest
from django.utils import timezone

from agencies.models import Country, Region
from agencies.people import actions as people
from agencies.people.models import Invitation
from assessments.models import Contribution
from core import jobs
from core.dates import span
from core.history import changes_of
from core.models import Job, OutgoingMessage
from tests.assessments.factories import AssessmentFactory
from tests.briefings.scene import pack_of
from tests.cast import Cast, signed_in
from tests.factories import CountryFactory, RegionFactory


def country(cast: Cast) -> Country:
    return CountryFactory(region=RegionFactory())


def region(cast: Cast) -> Region:
    return RegionFactory()


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
        (region, "/regions/{}/", "alice"),
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


def test_mail_about_it_stands_there_without_an_address(cast: Cast) -> None:
    one = invitation(cast)
    mail = OutgoingMessage.objects.about(f"invitation:{one.pk}")
    mail.update(state="refused", reason="550 no such user <nina@example.org>")
    page = signed_in(cast.ada).get(f"/people/invitations/{one.pk}/")
    told = page.context["changes"].lines
    words = [(change.kind.partition(" “")[2], change.what) for change in told if "message" in change.kind]
    assert [what for _kind, what in words] == [{"State": ("queued", "refused")}, {}]
    assert all("Invitation to the" in kind for kind, _what in words)
    assert not any("@" in str(change) for change in told)
    assert "Reason" in changes_of(mail.get())[0].what  # whoever looks after the mail reads it there
