"""A right that ends by its last day: the next day sessions and work end with it."""

import datetime as dt

import pytest
from django.test import Client

from agencies.models import FocalPoint
from agencies.tasks import sweep_lapsed
from core import jobs
from core.dates import today
from core.models import Job
from tests.accounts.signing_in import sign_in, with_password
from tests.cast import Cast

PROFILE = "/accounts/profile/"


def _ended(row, days: int) -> None:
    """The row held for the last time so many days ago."""
    type(row).objects.filter(pk=row.pk).update(valid=(dt.date(2010, 1, 1), today() - dt.timedelta(days=days - 1)))


@pytest.mark.parametrize("name", ["charlie", "sam"])
def test_whose_right_ended_yesterday_is_out_and_the_work_is_cancelled(cast: Cast, name):
    person, browser = with_password(getattr(cast, name)), Client()
    sign_in(browser, person)
    job = jobs.start("test.pack", subject=None, by=person, label="Pack")
    _ended(person.seats.first() or person.role_assignments.get(), days=1)

    assert sweep_lapsed() == 1

    assert browser.get(PROFILE).status_code == 302
    assert Job.objects.get(pk=job.pk).state == "cancelled"


@pytest.mark.parametrize("days", [0, 2])
def test_whose_right_ends_today_or_ended_before_stays_as_they_are(cast: Cast, days):
    browser = Client()
    sign_in(browser, with_password(cast.charlie))
    _ended(FocalPoint.objects.get(person=cast.charlie), days)

    assert sweep_lapsed() == 0

    assert browser.get(PROFILE).status_code == 200


def test_it_is_done_once_a_day(cast: Cast):
    _ended(FocalPoint.objects.get(person=cast.charlie), days=1)

    assert (sweep_lapsed(), sweep_lapsed()) == (1, 0)
