"""Dated facts hold from their first to their last day; dates are shown as precisely as they are known."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from agencies.models import AgencyName
from core.dates import AsOf, FuzzyDate, Precision, as_of, long_date, span
from tests.factories import AgencyFactory

DAY = dt.date(2019, 1, 1)


@given(first=st.dates(max_value=dt.date(9000, 1, 1)), days=st.integers(0, 4000))
def test_a_span_gives_back_the_last_day_included(first: dt.date, days: int) -> None:
    last = first + dt.timedelta(days=days)
    fact = AgencyName(valid=span(first, last))
    assert (fact.first_day, fact.last_day) == (first, last)
    assert fact.holds_on(first)
    assert fact.holds_on(last)
    assert not fact.holds_on(last + dt.timedelta(days=1))


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValidationError, match="before the first"):
        span(DAY, DAY - dt.timedelta(days=1))


@pytest.mark.django_db
def test_the_database_and_python_agree_on_the_last_day() -> None:
    agency = AgencyFactory()
    agency.names.all().delete()
    name = AgencyName.objects.create(agency=agency, name="Old", valid=span(dt.date(2011, 1, 1), dt.date(2018, 12, 31)))
    name.refresh_from_db()
    assert name.last_day == dt.date(2018, 12, 31)
    assert AgencyName.objects.on(name.last_day).contains(name)
    assert not AgencyName.objects.on(DAY).contains(name)


@pytest.mark.django_db
def test_an_overlap_is_explained_by_validation_and_refused_by_the_database() -> None:
    agency = AgencyFactory()
    agency.names.all().delete()
    AgencyName.objects.create(agency=agency, name="One", valid=span(DAY))
    second = AgencyName(agency=agency, name="Two", valid=span(DAY + dt.timedelta(days=30)))
    with pytest.raises(ValidationError, match="another name in that time"):
        second.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


@pytest.mark.parametrize(
    ("date", "shown", "last"),
    [
        (FuzzyDate.of(2012), "2012", dt.date(2012, 12, 31)),
        (FuzzyDate.of(2012, 2), "February 2012", dt.date(2012, 2, 29)),
        (FuzzyDate.of(2012, 12), "December 2012", dt.date(2012, 12, 31)),
        (FuzzyDate.of(2011, 9, 7), "7 September 2011", dt.date(2011, 9, 7)),
    ],
)
def test_a_date_is_shown_as_precisely_as_it_is_known(date: FuzzyDate, shown: str, last: dt.date) -> None:
    assert str(date) == shown
    assert date.last_day == last
    assert date.precision in Precision


def test_dates_speak_the_reader_s_language() -> None:
    said = {
        "fr": "7 septembre 2011",
        "es": "7 de septiembre de 2011",
        "ru": "7 сентября 2011",
        "zh-hans": "2011年9月7日",
    }
    for language, words in said.items():
        with translation.override(language):
            assert long_date(dt.date(2011, 9, 7)) == words
    with translation.override("zh-hans"):
        assert [str(FuzzyDate.of(2011)), str(FuzzyDate.of(2011, 9))] == ["2011年", "2011年9月"]


@pytest.mark.parametrize("month", range(1, 13))
def test_arabic_months_have_both_their_names(month: int) -> None:
    with translation.override("ar"):
        day, known = long_date(dt.date(2011, month, 7)), str(FuzzyDate.of(2011, month))
    assert day.count("/") == known.count("/") == 1
    if month == 9:
        assert (day, known) == ("7 أيلول/سبتمبر 2011", "أيلول/سبتمبر 2011")


def test_as_of_takes_a_day_and_says_when_it_is_none() -> None:
    ask = RequestFactory().get
    assert as_of(ask("/", {"as_of": "2011-09-07"})) == AsOf(dt.date(2011, 9, 7), is_today=False)
    assert as_of(ask("/")).is_today
    assert as_of(ask("/", {"as_of": "9999-12-31"})).is_today
    wrong = as_of(ask("/", {"as_of": "7.9.2011"}))
    assert wrong.is_today
    assert "7.9.2011" in wrong.error
