"""Telling of an absence: who may stand in, what is refused and where, who sees it."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from agencies.models import Absence, FocalPoint
from agencies.people.models import MailChoice
from core.dates import long_date, span, today
from tests.cast import Cast, signed_in
from tests.factories import FocalPointFactory
from tests.queries import queries_of

ADD = "/people/me/absences/add/"
DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)


def _form(
    cast: Cast, first: dt.date | None = None, last: dt.date | None = None, **changes: object
) -> dict[str, object]:
    said: dict[str, object] = {"alternate": cast.bob.pk, "step": "confirm"}
    for name, day in (("first", first or today()), ("last", last or today() + WEEK)):
        said |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    return said | changes


@pytest.fixture
def absence(cast: Cast) -> Absence:
    """Alice is away from yesterday on for a week; Bob stands in."""
    return Absence.objects.create(person=cast.alice, alternate=cast.bob, valid=span(today() - DAY, today() + WEEK))


def test_an_absence_is_told_checked_and_kept(cast: Cast):
    browser = signed_in(cast.alice)

    check = browser.post(ADD, _form(cast, step="")).content.decode()
    assert "Reminders go to Bob in these days." in check
    assert not Absence.objects.exists()
    browser.post(ADD, _form(cast))

    absence = Absence.objects.get()
    assert (absence.person, absence.alternate, absence.last_day) == (cast.alice, cast.bob, today() + WEEK)
    assert "Bob stands in." in browser.get("/people/me/absences/").content.decode()


def test_only_who_sits_for_the_same_agency_in_the_same_mechanism_may_stand_in(cast: Cast):
    answer = signed_in(cast.alice).post(ADD, _form(cast, alternate=cast.charlie.pk))

    assert answer.status_code == 422
    assert "alternate" in answer.context["form"].errors
    assert not Absence.objects.exists()


def test_an_alternate_whose_seat_ends_before_is_refused_at_the_field(cast: Cast):
    FocalPoint.objects.filter(person=cast.bob).update(valid=span(dt.date(2010, 1, 1), today() + DAY))

    answer = signed_in(cast.alice).post(ADD, _form(cast))

    assert "does not sit beside you in all of that time" in answer.context["form"].errors["alternate"][0]


def test_an_alternate_who_is_absent_too_is_refused_at_the_field(cast: Cast):
    third = FocalPointFactory(agency=cast.agency_a, mechanism=cast.task_force).person
    Absence.objects.create(person=cast.bob, alternate=third, valid=span(today(), today()))

    answer = signed_in(cast.alice).post(ADD, _form(cast))

    assert "Bob is absent in that time as well." in answer.context["form"].errors["alternate"]


def test_two_own_absences_that_overlap_are_refused_kindly_and_by_postgresql(cast: Cast, absence: Absence):
    answer = signed_in(cast.alice).post(ADD, _form(cast))

    assert answer.status_code == 422
    assert "told of an absence in that time already" in answer.context["form"].errors["first"][0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.create(person=cast.alice, alternate=cast.bob, valid=span(today(), today()))
    assert Absence.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(5, 4, "before the first day"), (-3, -2, "This day has passed."), (0, None, "Fill in day, month and year.")],
)
def test_days_that_make_no_sense_are_refused_at_the_last_day(cast: Cast, first: int, last: int | None, said: str):
    form = _form(cast, today() + first * DAY, today() + (last or 0) * DAY)
    if last is None:
        form |= {"last_day": "", "last_month": "", "last_year": ""}

    errors = signed_in(cast.alice).post(ADD, form).context["form"].errors

    assert said in " ".join(errors["last"])
    assert not Absence.objects.exists()


def test_who_is_back_early_ends_the_absence_yesterday(cast: Cast, absence: Absence):
    signed_in(cast.alice).post(f"/people/me/absences/{absence.pk}/end/")

    absence.refresh_from_db()
    assert absence.last_day == today() - DAY


def test_an_absence_to_come_is_cancelled(cast: Cast):
    absence = Absence.objects.create(person=cast.alice, alternate=cast.bob, valid=span(today(), today() + WEEK))

    signed_in(cast.alice).post(f"/people/me/absences/{absence.pk}/end/")

    assert not Absence.objects.exists()


def test_nobody_ends_the_absence_of_another(cast: Cast, absence: Absence):
    for person in (cast.bob, cast.charlie, cast.ada):
        assert signed_in(person).post(f"/people/me/absences/{absence.pk}/end/").status_code == 404
    assert signed_in(cast.alice).get(f"/people/me/absences/{absence.pk}/end/").status_code == 405
    absence.refresh_from_db()
    assert absence.last_day == today() + WEEK


def test_register_and_dashboard_say_until_when_and_who_stands_in(cast: Cast, absence: Absence):
    until = f"absent until {long_date(today() + WEEK)}, alternate Bob"
    browser = signed_in(cast.charlie)

    assert until in browser.get("/mechanisms/task-force/").content.decode()
    assert until in browser.get(f"/agencies/{cast.agency_a.pk}/").content.decode()
    assert until not in browser.get(f"/mechanisms/task-force/?as_of={today() - 2 * DAY}").content.decode()
    assert "You stand in for Alice," in signed_in(cast.bob).get("/").content.decode()
    assert "You are absent and Bob stands in," in signed_in(cast.alice).get("/").content.decode()
    assert "Absences" not in browser.get("/").content.decode()


def test_standing_in_gives_no_right(cast: Cast):
    """Bob, an alternate, cannot confirm what a focal point may, however absent Alice is."""
    before = cast.bob.has_perm("letters.clear_letter", cast.agency_a)
    Absence.objects.create(person=cast.alice, alternate=cast.bob, valid=span(today(), today()))

    assert type(cast.bob).objects.get(pk=cast.bob.pk).has_perm("letters.clear_letter", cast.agency_a) is before is False


def test_without_a_colleague_the_page_says_whom_to_ask(cast: Cast):
    assert "can invite an alternate" in signed_in(cast.charlie).get("/people/me/absences/").content.decode()
    assert "for people with a seat" in signed_in(cast.ada).get("/people/me/absences/").content.decode()


def test_the_mechanism_needs_as_many_queries_with_thirty_absences_as_with_one(cast: Cast, absence: Absence):
    browser, counts = signed_in(cast.charlie), []
    for _round in range(2):
        counts.append(queries_of(browser, "/mechanisms/task-force/"))
        for _number in range(30):
            person = FocalPointFactory(agency=cast.agency_a, mechanism=cast.task_force).person
            Absence.objects.create(person=person, alternate=cast.bob, valid=span(today(), today()))

    assert counts[0] == counts[1]


def test_the_choice_of_mail_is_kept(cast: Cast):
    browser = signed_in(cast.alice)

    assert browser.post("/people/me/mail/", {"rhythm": "weekly", "copy_when_absent": "on"}).status_code == 302
    choice = MailChoice.objects.get(person=cast.alice)
    assert (choice.rhythm, choice.copy_when_absent) == ("weekly", True)
    assert browser.post("/people/me/mail/", {"rhythm": "hourly"}).status_code == 422
