"""The pages of the reminders: what went to whom and why, what comes next, the rules, one obligation."""

import datetime as dt

import pytest

from agencies.models import FocalPoint, Obligation
from core.dates import span
from taskforce.reminders import actions
from taskforce.reminders.models import Reminder, Rule
from tests.cast import Cast, signed_in
from tests.factories import ObligationFactory, OfficeFactory
from tests.queries import queries_of
from tests.reminders.conftest import DUE, NOTED, at


@pytest.fixture(autouse=True)
def _then(time_machine) -> None:
    time_machine.move_to(at(16), tick=False)


def test_the_list_says_what_went_to_whom_and_why(owed: Obligation, cast: Cast) -> None:
    actions.sweep(at(16))
    page = signed_in(cast.sam).get("/reminders/").content.decode()
    for words in ("Contribution on West Africa", "alice@example.org", "Focal point of AAA", "14 days before"):
        assert words in page


def test_reminders_that_found_nobody_are_found_by_their_filter(owed: Obligation, cast: Cast) -> None:
    FocalPoint.objects.filter(agency=cast.agency_a).update(valid=span(dt.date(2010, 1, 1), dt.date(2029, 12, 31)))
    actions.sweep(at(16))
    sam = signed_in(cast.sam)
    assert "Nobody to remind" in sam.get("/reminders/?outcome=nobody").content.decode()
    assert "Find somebody for 1 reminder that reached nobody" in sam.get("/").content.decode()


def test_reminders_are_found_by_recipient(owed: Obligation, cast: Cast) -> None:
    actions.sweep(at(16))
    sam = signed_in(cast.sam)
    assert "West Africa" in sam.get("/reminders/?to=alice").content.decode()
    assert "West Africa" not in sam.get("/reminders/?to=charlie").content.decode()


def test_the_preview_names_day_matter_and_person(owed: Obligation, cast: Cast) -> None:
    page = signed_in(cast.sam).get("/reminders/next/").content.decode()
    for words in ("23 June 2030", "29 June 2030", "30 June 2030", "alice@example.org"):
        assert words in page


def test_an_agency_sees_its_own_obligation_with_its_reminders(owed: Obligation, cast: Cast) -> None:
    actions.sweep(at(16))
    page = signed_in(cast.alice).get(f"/reminders/of/{owed.pk}/").content.decode()
    for words in ("Contribution on West Africa", "14 days left", "alice@example.org", "7 days before"):
        assert words in page


def test_another_agencys_obligation_does_not_exist(owed: Obligation, cast: Cast) -> None:
    assert signed_in(cast.charlie).get(f"/reminders/of/{owed.pk}/").status_code == 404


def test_the_sealed_link_of_an_office_is_shown_to_nobody(rules: list[Rule], cast: Cast) -> None:
    answer = ObligationFactory(
        agency=None, office=OfficeFactory(), due_on=DUE, noted_on=NOTED, page="admin:auth_group_change", sealed=True
    )
    page = signed_in(cast.sam).get(f"/reminders/of/{answer.pk}/").content.decode()
    assert answer.get_absolute_url() not in page


@pytest.mark.parametrize("page", ["", "next/", "rules/", "rules/new/"])
def test_pages_of_the_secretariat_are_closed_to_members(rules: list[Rule], cast: Cast, page: str) -> None:
    assert signed_in(cast.alice).get(f"/reminders/{page}").status_code == 403


def test_a_new_rule_holds_from_today_on(cast: Cast, rules: list[Rule]) -> None:
    new = {"kind": "answer", "audience": "responsible", "days": "-3", "every": "0", "times": "1", "active": "on"}
    answer = signed_in(cast.sam).post("/reminders/rules/new/", new, follow=True)
    rule = Rule.objects.get(days=-3)
    assert (rule.kind, rule.since) == ("answer", dt.date(2030, 6, 16))
    assert "3 days before" in answer.content.decode()


def test_a_rule_taken_out_of_force_reminds_no_more(owed: Obligation, cast: Cast, rules: list[Rule]) -> None:
    [rule] = Rule.objects.filter(days=-14)
    same = {"kind": "", "audience": "responsible", "days": "-14", "every": "0", "times": "1"}
    signed_in(cast.sam).post(f"/reminders/rules/{rule.pk}/", same)
    actions.sweep(at(16))
    assert not Reminder.objects.exists()


def test_a_rule_that_makes_no_sense_is_refused_with_words(cast: Cast, rules: list[Rule]) -> None:
    bad = {"kind": "", "audience": "responsible", "days": "7", "every": "7", "times": "1", "active": "on"}
    answer = signed_in(cast.sam).post("/reminders/rules/new/", bad)
    assert answer.status_code == 422
    assert "To remind once, give 0 days and 1 time." in answer.content.decode()


def test_who_changed_a_rule_is_kept(cast: Cast, rules: list[Rule]) -> None:
    [rule] = Rule.objects.filter(days=-14)
    change = {"kind": "", "audience": "responsible", "days": "-10", "every": "0", "times": "1", "active": "on"}
    sam = signed_in(cast.sam)
    sam.post(f"/reminders/rules/{rule.pk}/", change)
    page = sam.get(f"/reminders/rules/{rule.pk}/").content.decode()
    assert "<td>Sam</td>" in page
    assert "<del><bdi>-14</bdi></del>" in page


@pytest.mark.parametrize("page", ["/reminders/", "/reminders/next/"])
def test_pages_take_the_same_queries_for_many(rules: list[Rule], cast: Cast, page: str) -> None:
    def queries(rows: int) -> int:
        for _row in range(rows):
            ObligationFactory(agency=cast.agency_a, due_on=DUE, noted_on=NOTED)
            ObligationFactory(agency=None, office=OfficeFactory(), due_on=DUE, noted_on=NOTED)
        actions.sweep(at(16))
        return queries_of(signed_in(cast.sam), page)

    assert queries(1) == queries(20)
