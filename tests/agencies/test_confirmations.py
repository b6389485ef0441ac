"""Agencies confirm who speaks for them: asked from time to time, answered on one page, and it is known who did not."""

import datetime as dt
import threading
import time

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from agencies import confirming
from agencies.models import Capacity, Confirmation, FocalPoint, MemberRole, Obligation, Round
from agencies.people.actions import Closed, check_open, hand_over
from agencies.people.models import Invitation
from core.dates import span, today
from core.history import changes_of
from core.workflow import IllegalMove
from taskforce.reminders.models import Audience
from taskforce.reminders.people import Directory
from tests.cast import Cast, signed_in
from tests.factories import AgencyFactory, FocalPointFactory, MembershipFactory
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LIST = reverse("agencies:confirmations")


@pytest.fixture
def asked(cast: Cast) -> Round:
    """A round that began today."""
    return confirming.open_round(mechanism=cast.task_force, on=today(), due_on=today() + 21 * DAY, by=None)


def of_b(cast: Cast) -> Confirmation:
    """What agency B was asked last."""
    return Confirmation.objects.filter(agency=cast.agency_b).latest("round__opened_on")


def typed(confirmation: Confirmation, **more: object) -> dict[str, object]:
    """What the form sends when everything is right; `more` by name of the person and field: `charlie_title="…"`."""
    data: dict[str, object] = {}
    for seat in FocalPoint.objects.on(today()).filter(agency=confirmation.agency_id).select_related("person"):
        data |= {f"answer-{seat.pk}": "right", f"title-{seat.pk}": seat.person.functional_title}
        if confirming.with_open_address([seat]):
            data[f"email-{seat.pk}"] = seat.person.email
        for name, value in more.items():
            who, _dash, field = name.partition("_")
            if who == seat.person.name.lower():
                data[f"{field}-{seat.pk}"] = value
                data[f"answer-{seat.pk}"] = "correct"
    return data


def answer(by: User, confirmation: Confirmation, **more: object):
    return signed_in(by).post(confirmation.get_absolute_url(), {"step": "confirm", **typed(confirmation), **more})


# ---------------------------------------------------------------- asking


def test_every_agency_that_sits_there_is_asked_and_owes_the_answer(cast: Cast, asked: Round) -> None:
    linked = AgencyFactory()
    MembershipFactory(agency=linked, mechanism=cast.task_force, role=MemberRole.LINKAGE)
    assert {one.agency for one in asked.confirmations.all()} == {cast.agency_a, cast.agency_b}
    owed = Obligation.objects.open().filter(kind="contacts")
    assert {(one.agency, one.due_on, one.mechanism) for one in owed} == {
        (agency, today() + 21 * DAY, cast.task_force) for agency in (cast.agency_a, cast.agency_b)
    }


def test_the_principal_is_reminded_first_and_the_focal_point_in_a_vacancy(
    cast: Cast, petra: User, asked: Round
) -> None:
    owed = list(Obligation.objects.filter(kind="contacts").select_related("agency", "mechanism"))
    people = Directory(owed, today())
    reminded = {one.agency: [who.name for who in people.people(one, Audience.RESPONSIBLE)] for one in owed}
    assert reminded == {cast.agency_a: ["Alice"], cast.agency_b: ["Petra"]}


def test_the_portal_asks_by_itself_when_it_is_time(cast: Cast, settings) -> None:
    settings.CONFIRM_CONTACTS_DAYS = 100
    assert confirming.open_due_rounds(today()) == 1
    assert confirming.open_due_rounds(today() + 99 * DAY) == 0
    assert confirming.open_due_rounds(today() + 100 * DAY) == 1


def test_the_portal_does_not_ask_where_nobody_speaks_for_anybody(cast: Cast) -> None:
    FocalPoint.objects.all().delete()
    assert confirming.open_due_rounds(today()) == 0


def test_a_portal_that_shall_not_ask_does_not(cast: Cast, settings) -> None:
    settings.CONFIRM_CONTACTS_DAYS = 0
    assert confirming.open_due_rounds(today()) == 0


def test_a_new_round_lets_go_of_the_questions_of_the_one_before(cast: Cast, petra: User, asked: Round) -> None:
    answer(petra, of_b(cast))
    confirming.open_round(mechanism=cast.task_force, on=today() + DAY, due_on=today() + DAY, by=None)
    assert {one.agency for one in asked.confirmations.exclude(dropped_on=None)} == {cast.agency_a}
    assert Obligation.objects.open().filter(kind="contacts").count() == 2


def test_an_agency_that_left_is_asked_no_longer(cast: Cast, asked: Round) -> None:
    cast.agency_b.memberships.update(valid=span(None, today() - DAY))
    confirming.open_due_rounds(today())
    assert not Obligation.objects.open().filter(kind="contacts", agency=cast.agency_b).exists()
    assert Obligation.objects.open().filter(kind="contacts", agency=cast.agency_a).exists()


def test_a_round_is_begun_by_hand_after_a_look_at_whom_it_asks(cast: Cast) -> None:
    client, url = signed_in(cast.sam), reverse("agencies:ask_to_confirm")
    due = today() + 7 * DAY
    wanted = {
        "mechanism": cast.task_force.pk,
        "due_on_day": due.day,
        "due_on_month": due.month,
        "due_on_year": due.year,
    }
    assert "2 agencies are asked; 2 of them have no principal." in client.post(url, wanted).content.decode()
    assert not Round.objects.exists()
    client.post(url, {**wanted, "step": "confirm"})
    assert (Round.objects.get().opened_by, Round.objects.get().due_on) == (cast.sam, due)
    again = client.post(url, {**wanted, "step": "confirm"})
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["mechanism"])


# ---------------------------------------------------------------- answering


def test_a_principal_confirms_every_seat_on_one_page(cast: Cast, petra: User, asked: Round) -> None:
    confirmation = of_b(cast)
    page = signed_in(petra).get(confirmation.get_absolute_url()).content.decode()
    assert all(name in page for name in ("Petra", "Charlie", "Principal", "Focal point"))
    assert answer(petra, confirmation).status_code == 302
    confirmation.refresh_from_db()
    assert (confirmation.confirmed_by, confirmation.on_behalf, confirmation.corrected) == (petra, False, 0)
    assert not Obligation.objects.open().filter(kind="contacts", agency=cast.agency_b).exists()


def test_nothing_is_kept_before_the_check_page(cast: Cast, petra: User, asked: Round) -> None:
    confirmation = of_b(cast)
    check = signed_in(petra).post(confirmation.get_absolute_url(), typed(confirmation)).content.decode()
    assert check.count("Right as it stands") == 2
    confirmation.refresh_from_db()
    assert confirmation.is_waiting


def test_title_and_end_of_term_are_corrected(cast: Cast, petra: User, asked: Round) -> None:
    confirmation, last = of_b(cast), today() + 30 * DAY
    days = {
        f"last-{FocalPoint.objects.get(person=cast.charlie).pk}_{part}": getattr(last, part)
        for part in ("day", "month", "year")
    }
    wrong = typed(confirmation, charlie_title="Chief of section") | days
    assert signed_in(petra).post(confirmation.get_absolute_url(), {"step": "confirm", **wrong}).status_code == 302
    cast.charlie.refresh_from_db()
    assert cast.charlie.functional_title == "Chief of section"
    assert FocalPoint.objects.get(person=cast.charlie).last_day == last
    confirmation.refresh_from_db()
    assert confirmation.corrected == 1


@pytest.mark.parametrize("person", ["charlie", "sam"])
def test_who_may_end_no_seat_ends_none_here(cast: Cast, petra: User, asked: Round, person: str) -> None:
    seat, last = FocalPoint.objects.get(person=petra), today() - DAY
    days = {f"last-{seat.pk}_{part}": getattr(last, part) for part in ("day", "month", "year")}
    wrong = typed(of_b(cast), petra_title="Former director") | days
    answer(getattr(cast, person), of_b(cast), note="By telephone", **wrong)
    seat.refresh_from_db()
    petra.refresh_from_db()
    assert (seat.last_day, petra.functional_title) == (None, "Former director")


def test_who_answers_says_anew_who_they_are(cast: Cast, petra: User, asked: Round) -> None:
    browser = signed_in(petra)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
        answered = browser.post(of_b(cast).get_absolute_url(), {"step": "confirm", **typed(of_b(cast))})
    assert answered.status_code == 302
    assert of_b(cast).is_waiting


def test_the_address_of_somebody_only_written_down_is_corrected(cast: Cast, petra: User, asked: Round) -> None:
    dora = User.objects.create_user("dora@example.org", name="Dora")
    FocalPointFactory(person=dora, agency=cast.agency_b, mechanism=cast.task_force, capacity=Capacity.ALTERNATE)
    data = typed(of_b(cast), dora_email="DORA.NEW@example.org")
    signed_in(petra).post(of_b(cast).get_absolute_url(), {"step": "confirm", **data})
    dora.refresh_from_db()
    assert dora.email == "dora.new@example.org"


def test_an_address_with_which_somebody_signs_in_stays(cast: Cast, petra: User, asked: Round) -> None:
    corrected = typed(of_b(cast), charlie_title="Chief of section", charlie_email="evil@example.org")
    answer(petra, of_b(cast), **corrected)
    cast.charlie.refresh_from_db()
    assert (cast.charlie.functional_title, cast.charlie.email) == ("Chief of section", "charlie@example.org")


def test_the_address_of_somebody_who_also_speaks_for_another_agency_stays(
    cast: Cast, petra: User, asked: Round
) -> None:
    dora = User.objects.create_user("dora@example.org", name="Dora")
    for agency in (cast.agency_a, cast.agency_b):
        FocalPointFactory(person=dora, agency=agency, mechanism=cast.task_force, capacity=Capacity.ALTERNATE)
    assert not confirming.with_open_address(FocalPoint.objects.filter(person=dora, agency=cast.agency_b))


def test_nobody_gets_the_address_of_somebody_else(cast: Cast, petra: User, asked: Round) -> None:
    dora = User.objects.create_user("dora@example.org", name="Dora")
    seat = FocalPointFactory(person=dora, agency=cast.agency_b, mechanism=cast.task_force, capacity=Capacity.ALTERNATE)
    data = typed(of_b(cast), dora_email="alice@example.org")
    page = signed_in(petra).post(of_b(cast).get_absolute_url(), data)
    assert (page.status_code, list(page.context["form"].errors)) == (422, [f"email-{seat.pk}"])


@pytest.mark.parametrize(
    ("answer_", "title", "field"), [("right", "Another", "answer"), ("correct", "", "title"), ("", "", "answer")]
)
def test_an_answer_that_contradicts_itself_is_refused_at_its_field(
    cast: Cast, petra: User, asked: Round, answer_: str, title: str, field: str
) -> None:
    seat = FocalPoint.objects.get(person=cast.charlie)
    User.objects.update(functional_title="")
    page = answer(petra, of_b(cast), **{f"answer-{seat.pk}": answer_, f"title-{seat.pk}": title})
    assert (page.status_code, list(page.context["form"].errors)) == (422, [f"{field}-{seat.pk}"])
    assert of_b(cast).is_waiting


def test_an_end_before_the_beginning_is_refused_at_its_field(cast: Cast, petra: User, asked: Round) -> None:
    seat = FocalPoint.objects.get(person=cast.charlie)
    early = {f"last-{seat.pk}_day": 1, f"last-{seat.pk}_month": 1, f"last-{seat.pk}_year": 1990}
    page = answer(petra, of_b(cast), **{f"answer-{seat.pk}": "correct", **early})
    assert list(page.context["form"].errors) == [f"last-{seat.pk}"]


def test_the_secretariat_confirms_on_behalf_of_an_agency_with_a_note(cast: Cast, asked: Round) -> None:
    assert list(answer(cast.sam, of_b(cast)).context["form"].errors) == ["note"]
    answer(cast.sam, of_b(cast), note="By telephone with its registry")
    done = of_b(cast)
    assert (done.confirmed_by, done.on_behalf, done.note) == (cast.sam, True, "By telephone with its registry")


def test_an_agency_answers_once(cast: Cast, petra: User, asked: Round) -> None:
    answer(petra, of_b(cast))
    answer(cast.charlie, of_b(cast))
    assert of_b(cast).confirmed_by == petra
    with pytest.raises(IllegalMove):
        confirming.confirm(confirmation=of_b(cast), corrections=[], note="", by=cast.charlie, at=timezone.now())


@pytest.mark.parametrize(
    ("person", "status"), [("alice", 404), ("bob", 404), ("nobody", 404), ("charlie", 200), ("sam", 200), ("ada", 200)]
)
def test_only_the_agency_and_the_house_open_it(cast: Cast, asked: Round, person: str, status: int) -> None:
    assert signed_in(getattr(cast, person)).get(of_b(cast).get_absolute_url()).status_code == status


def test_an_alternate_does_not_confirm(cast: Cast, asked: Round) -> None:
    of_a = Confirmation.objects.get(agency=cast.agency_a)
    assert answer(cast.bob, of_a).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_an_answer_at_the_moment_of_a_new_round_counts_and_neither_is_refused(cast: Cast, asked: Round) -> None:
    problems: list[DatabaseError] = []

    def ask_anew() -> None:
        try:
            confirming.open_round(mechanism=cast.task_force, on=today() + DAY, due_on=today() + DAY, by=None)
        except DatabaseError as error:
            problems.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=ask_anew)
    with transaction.atomic():
        list(Confirmation.objects.select_for_update())
        thread.start()
        while thread.is_alive() and not _somebody_waits():
            time.sleep(0.01)
        confirming.confirm(confirmation=of_b(cast), corrections=[], note="", by=cast.charlie, at=timezone.now())
    thread.join()
    assert problems == []
    answered = asked.confirmations.get(agency=cast.agency_b)
    assert (answered.confirmed_by, answered.dropped_on) == (cast.charlie, None)


def _somebody_waits() -> bool:
    """Whether another transaction waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


# ---------------------------------------------------------------- who did not


def test_who_has_not_confirmed_is_a_list_with_filters(cast: Cast, petra: User, asked: Round) -> None:
    answer(petra, of_b(cast))
    client = signed_in(cast.sam)
    found = {wish: _names(client, wish) for wish in ("", "?answer=confirmed", "?answer=waiting", "?principal=no")}
    assert found == {
        "": ["AAA", "BBB"],
        "?answer=confirmed": ["BBB"],
        "?answer=waiting": ["AAA"],
        "?principal=no": ["AAA"],
    }
    Round.objects.update(opened_on=today() - 9 * DAY, due_on=today() - DAY)
    assert _names(client, "?answer=overdue") == ["AAA"]


def test_the_list_shows_the_last_round_unless_all_are_wanted(cast: Cast, asked: Round) -> None:
    confirming.open_round(mechanism=cast.task_force, on=today() + DAY, due_on=today() + DAY, by=None)
    client = signed_in(cast.sam)
    assert (len(_names(client, "")), len(_names(client, "?rounds=all"))) == (2, 4)


def _names(client, wish: str) -> list[str]:
    return [row.acronym for row in client.get(LIST + wish).context["listing"].rows]


def test_an_agency_sees_its_own_answers_only(cast: Cast, asked: Round) -> None:
    assert _names(signed_in(cast.charlie), "") == ["BBB"]


def test_the_list_comes_as_a_file_with_state_and_note(cast: Cast, asked: Round) -> None:
    answer(cast.sam, of_b(cast), note="By telephone")
    table = signed_in(cast.ada).get(LIST + "?format=csv&answer=confirmed").content.decode("utf-8-sig")
    assert ("Confirmed" in table, "By telephone" in table, table.count("\n")) == (True, True, 2)


@pytest.mark.parametrize("person", ["alice", "charlie"])
def test_a_seat_asks_nobody(cast: Cast, person: str) -> None:
    assert signed_in(getattr(cast, person)).get(reverse("agencies:ask_to_confirm")).status_code == 403


def test_the_list_takes_a_constant_number_of_queries(cast: Cast, asked: Round) -> None:
    client = signed_in(cast.sam)
    few = queries_of(client, LIST)
    for _number in range(8):
        Confirmation.objects.create(round=asked, agency=MembershipFactory(mechanism=cast.task_force).agency)
    assert queries_of(client, LIST) == few


def test_the_page_takes_a_constant_number_of_queries(cast: Cast, asked: Round) -> None:
    client, url = signed_in(cast.charlie), of_b(cast).get_absolute_url()
    few = queries_of(client, url)
    FocalPointFactory.create_batch(4, agency=cast.agency_b, mechanism=cast.task_force)
    assert queries_of(client, url) == few


# ---------------------------------------------------------------- an invitation to a mistyped address


@pytest.fixture
def misdirected(cast: Cast, petra: User, asked: Round) -> Invitation:
    """Dora takes over a seat of agency B; the invitation waits at an address that is not hers."""
    seat = FocalPointFactory(agency=cast.agency_b, mechanism=cast.task_force, capacity=Capacity.ALTERNATE)
    hand_over(
        seat=seat,
        email="dory@example.org",
        name="Dora",
        title="Officer",
        first=today(),
        let_in=True,
        by=petra,
        now=timezone.now(),
    )
    return Invitation.objects.get(email="dory@example.org")


def test_a_corrected_address_takes_the_invitation_with_it(cast: Cast, petra: User, misdirected: Invitation) -> None:
    client, url = signed_in(petra), of_b(cast).get_absolute_url()
    data = typed(of_b(cast), dora_email="dora@example.org")
    assert "is revoked" in client.post(url, data).text
    page = client.post(url, {"step": "confirm", **data})
    assert page.status_code == 302
    misdirected.refresh_from_db()
    assert misdirected.revoked_at
    change = changes_of(misdirected)[0]
    assert (change.by, change.note) == ("Petra", "The address was corrected.")
    with pytest.raises(Closed):
        check_open(misdirected, misdirected.version, timezone.now())


def test_the_revoked_invitation_offers_one_to_the_right_address(
    cast: Cast, petra: User, misdirected: Invitation
) -> None:
    client = signed_in(petra)
    data = typed(of_b(cast), dora_email="dora@example.org")
    client.post(of_b(cast).get_absolute_url(), {"step": "confirm", **data})
    anew = f"{reverse('people:invite_for_agency')}?anew={misdirected.pk}"
    assert f'href="{anew}"' in client.get(reverse("people:invitation", args=[misdirected.pk])).text
    form = client.get(anew).context["form"]
    assert (form["email"].value(), form["name"].value()) == ("dora@example.org", "Dora")
    assert (form["capacity"].value(), form["agency"].value()) == ("alternate", cast.agency_b.pk)


def test_nobody_reads_an_invitation_of_another_agency_by_sending_it_anew(
    cast: Cast, petra: User, misdirected: Invitation
) -> None:
    Invitation.objects.update(agency=cast.agency_a, revoked_at=timezone.now())
    for anew in (misdirected.pk, "nonsense"):
        page = signed_in(petra).get(reverse("people:invite_for_agency"), {"anew": anew})
        assert (page.status_code, page.context["form"]["email"].value()) == (200, None)


def test_another_correction_leaves_the_invitation_alone(cast: Cast, petra: User, misdirected: Invitation) -> None:
    answer(petra, of_b(cast), **typed(of_b(cast), dora_title="Chief", charlie_title="Chief"))
    misdirected.refresh_from_db()
    assert not misdirected.revoked_at


def test_an_address_stays_with_whoever_came_in_while_it_was_corrected(
    cast: Cast, petra: User, misdirected: Invitation
) -> None:
    seat = FocalPoint.objects.select_related("person").get(person__name="Dora")
    correction = confirming.Correction(seat, "Officer", "dora@example.org", None)
    User.objects.filter(pk=seat.person_id).update(last_login=timezone.now())
    with pytest.raises(IllegalMove, match="signs in with this address"):
        confirming.confirm(confirmation=of_b(cast), corrections=[correction], note="", by=petra, at=timezone.now())
    assert Invitation.objects.filter(pk=misdirected.pk, revoked_at=None).exists()
