"""The audit: everything that happened is found, and no text that the auditor may not read is told."""

import csv
import datetime as dt

import pghistory
import pytest
from django.core.management import call_command

from accounts import actions, moments
from accounts.models import User
from agencies.models import Agency
from assessments.models import Assessment
from core import outbox
from core.audit import note
from core.chain import histories
from core.dates import span
from core.models import Link
from tests.assessments.factories import AssessmentFactory
from tests.cast import Cast, signed_in
from tests.factories import AgencyFactory, RoleAssignmentFactory, UserFactory
from tests.queries import queries_of

MOST = 12  # queries


@pytest.fixture
def audrey(db) -> User:
    """The auditor."""
    person = UserFactory(name="Audrey", email="audrey@example.org", is_sample=True)
    return RoleAssignmentFactory(user=person, role="auditor").user


def page_of(audrey: User, query: str = "") -> str:
    return signed_in(audrey).get(f"/system/audit/{query}").content.decode()


@pytest.mark.parametrize("name", ["alice", "sam", "lea", "ada", "nobody"])
def test_it_is_for_auditors_alone(cast: Cast, name: str) -> None:
    assert signed_in(getattr(cast, name)).get("/system/audit/").status_code == 403


def test_a_change_stands_with_who_did_it_from_what_to_what(cast: Cast, audrey: User) -> None:
    with pghistory.context(user=str(cast.ada.pk), address="192.0.2.7", note="They moved."):
        Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station="Vienna")
    page = page_of(audrey, f"?object={cast.agency_a.pk}")
    for words in ("Ada", "192.0.2.7", "They moved.", "<ins><bdi>Vienna</bdi></ins>", cast.agency_a.get_absolute_url()):
        assert words in page


def test_of_what_the_auditor_may_not_read_only_the_field_is_told(cast: Cast, audrey: User) -> None:
    secret = AssessmentFactory(mechanism=cast.task_force, lead=cast.agency_a, title="Quiet matter", sensitivity=1)
    with pghistory.context(user=str(cast.sam.pk), note="A quiet note"):
        Assessment.objects.filter(pk=secret.pk).update(title="Quieter matter")
    for answer in (page_of(audrey), page_of(audrey, "?format=csv")):
        assert "Title" in answer
        assert str(secret.pk) in answer
        for hidden in ("Quiet matter", "Quieter matter", "A quiet note"):
            assert hidden not in answer


def test_sign_ins_roles_and_holds_are_found(cast: Cast, audrey: User) -> None:
    note(cast.alice, moments.SIGN_IN_FAILED, by=cast.alice, address="192.0.2.8")
    with pghistory.context(user=str(cast.ada.pk)):
        actions.assign_role(person=cast.nobody, role="observer", valid=span(dt.date(2026, 1, 1)), by=cast.ada)
        outbox.pause("The relay is being moved")
    assert "192.0.2.8" in page_of(audrey, f"?what={moments.SIGN_IN_FAILED}&who=alice")
    assert "Nobody: observer" in page_of(audrey, "?kind=accounts_roleassignmentevent&who=ada")
    assert "The relay is being moved" in page_of(audrey, "?kind=core_sendholdevent")


def test_days_are_counted_whole(cast: Cast, audrey: User) -> None:
    today = Link.objects.latest("at").at.date()
    assert "Agency: created" in page_of(audrey, f"?first={today}&last={today}").replace("agency:", "Agency:")
    assert "Nothing fits this filter" in page_of(audrey, f"?last={today - dt.timedelta(days=1)}")


def test_a_day_that_is_none_is_refused_at_its_field(audrey: User) -> None:
    assert signed_in(audrey).get("/system/audit/?first=yesterday").status_code == 422


def test_the_list_goes_on_where_the_page_before_ended(cast: Cast, audrey: User) -> None:
    for _number in range(30):
        AgencyFactory()
    seen, query = [], ""
    while True:
        listing = signed_in(audrey).get(f"/system/audit/{query}").context["listing"]
        seen += [entry.link.pk for entry, _url in listing.lines]
        if not listing.older_url():
            break
        query = listing.older_url().partition("/system/audit/")[2]
    assert seen == sorted(seen, reverse=True)
    assert set(Link.objects.values_list("pk", flat=True)) == set(seen)


def test_a_saved_copy_is_safe_and_is_audited(cast: Cast, audrey: User) -> None:
    with pghistory.context(user=str(cast.ada.pk)):
        Agency.objects.filter(pk=cast.agency_a.pk).update(website="https://example.org")
        User.objects.filter(pk=cast.nobody.pk).update(name="=HYPERLINK(1)")
    rows = list(csv.reader(page_of(audrey, "?format=csv").removeprefix("\ufeff").splitlines()))
    assert "'=HYPERLINK(1)" in {row[3] for row in rows}
    [saved] = audrey.events.filter(pgh_label="audit_saved")
    assert saved.pgh_context["page"] == "/system/audit/?format=csv"


def test_the_number_of_queries_does_not_grow_with_the_lines(cast: Cast, audrey: User) -> None:
    def queries(rows: int) -> int:
        for number in range(rows):
            with pghistory.context(user=str(UserFactory(name=f"Person {number}").pk)):
                body = AgencyFactory()
                Agency.objects.filter(pk=body.pk).update(duty_station="Vienna")
        return queries_of(signed_in(audrey), "/system/audit/?kind=agencies_agencyevent")

    assert queries(2) == queries(40)


def test_the_sample_is_told_in_few_queries_whatever_it_is_about(audrey: User) -> None:
    """The session, the rights, the page: about ten; the rest are what the objects of one kind and their names take."""
    call_command("sample", verbosity=0)
    client = signed_in(audrey)
    counts = {table: queries_of(client, f"/system/audit/?kind={table}") for table in histories()}
    assert {table: count for table, count in counts.items() if count > MOST} == {}
