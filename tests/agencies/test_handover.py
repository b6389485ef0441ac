"""A seat goes to another person in one step: rights at once, what is owed goes on, the successor is let in."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from agencies.actions import owe
from agencies.models import Capacity, FocalPoint, Obligation, ObligationKind
from agencies.people import actions
from agencies.people.models import Invitation, Standing
from core import jobs
from core.dates import today
from core.models import JobState, OutgoingMessage
from core.workflow import IllegalMove
from taskforce.reminders.actions import sweep
from taskforce.reminders.models import Notice, Rule
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db


def typed(person: str = "dora", first: dt.date | None = None, **more: str) -> dict[str, object]:
    """What the form sends; `let_in` is ticked."""
    first = first or today()
    days = {"first_day": first.day, "first_month": first.month, "first_year": first.year}
    return {"email": f"{person}@example.org", "name": person.title(), "let_in": "on", **days, **more}


def page_of(seat: FocalPoint) -> str:
    return reverse("people:hand_over", args=[seat.pk])


def hand_over(by: User, seat: FocalPoint, **answers):
    """Confirm what the check page showed."""
    client = signed_in(by)
    check = client.post(page_of(seat), typed(**answers))
    shown = (check.context or {}).get("typed")
    return client.post(page_of(seat), dict(shown) | {"step": "confirm"}) if shown else check


@pytest.fixture
def seat(cast: Cast) -> FocalPoint:
    """Charlie's, for agency B."""
    return FocalPoint.objects.get(person=cast.charlie)


def owed_by_b(cast: Cast) -> Obligation:
    return owe(
        kind=ObligationKind.ACTION,
        what="Name a contact for the roadmap",
        page="home:tasks",
        subject_id=uuid.uuid4(),
        due_on=today(),
        agency=cast.agency_b,
        mechanism=cast.task_force,
    )


def test_the_old_one_is_shut_out_and_the_new_one_let_in_with_the_next_request(cast: Cast, seat: FocalPoint) -> None:
    old, new = signed_in(cast.charlie), signed_in(cast.nobody)
    owed = reverse("reminders:of", args=[owed_by_b(cast).pk])
    pages = (cast.agency_b.get_absolute_url(), owed)
    assert [old.get(page).status_code for page in pages] == [200, 200]
    assert [new.get(page).status_code for page in pages] == [403, 404]
    hand_over(cast.ada, seat, person="nobody")
    assert [old.get(page).status_code for page in pages] == [403, 404]
    assert [new.get(page).status_code for page in pages] == [200, 200]


def test_one_ends_the_day_before_the_other_begins(cast: Cast, seat: FocalPoint) -> None:
    hand_over(cast.ada, seat, first=dt.date(2021, 1, 1))
    seat.refresh_from_db()
    given = FocalPoint.objects.get(person__email="dora@example.org")
    assert (seat.last_day, given.first_day, given.last_day) == (dt.date(2020, 12, 31), dt.date(2021, 1, 1), None)
    assert (given.agency, given.mechanism, given.capacity) == (seat.agency, seat.mechanism, seat.capacity)


def test_who_must_sign_in_first_is_invited_in_the_same_step(cast: Cast, seat: FocalPoint) -> None:
    hand_over(cast.ada, seat)
    invitation = Invitation.objects.get(email="dora@example.org")
    assert (invitation.agency, invitation.capacity) == (cast.agency_b, Capacity.FOCAL_POINT)
    assert OutgoingMessage.objects.filter(to="dora@example.org").count() == 1


def test_who_is_let_in_later_is_not_invited(cast: Cast, seat: FocalPoint) -> None:
    hand_over(cast.ada, seat, let_in="")
    assert FocalPoint.objects.filter(person__email="dora@example.org").exists()
    assert not Invitation.objects.exists()


def test_who_signs_in_already_is_not_invited(cast: Cast, seat: FocalPoint) -> None:
    hand_over(cast.ada, seat, person="alice")
    assert not Invitation.objects.exists()


def test_what_the_agency_owes_is_shown_before_and_stays_open(cast: Cast, seat: FocalPoint, petra: User) -> None:
    owed_by_b(cast)
    check = signed_in(petra).post(page_of(seat), typed()).content.decode()
    assert "Name a contact for the roadmap" in check
    assert "an invitation goes out at once" in check
    hand_over(petra, seat, person="nobody")
    assert "Name a contact for the roadmap" in signed_in(cast.nobody).get(reverse("home:tasks")).content.decode()


def test_who_may_not_see_what_is_owed_is_not_shown_it(cast: Cast, seat: FocalPoint) -> None:
    owed_by_b(cast)
    assert "Name a contact" not in signed_in(cast.ada).post(page_of(seat), typed()).content.decode()


def test_the_next_reminder_goes_to_the_successor(cast: Cast, seat: FocalPoint) -> None:
    Rule.objects.get_or_create(kind="", days=0, since=seat.first_day)
    owed_by_b(cast)
    Obligation.objects.update(noted_on=today() - dt.timedelta(days=9), due_on=today() - dt.timedelta(days=2))
    hand_over(cast.ada, seat, person="nobody")
    sweep(timezone.now())
    assert set(Notice.objects.values_list("person", flat=True)) == {cast.nobody.pk}


def test_work_of_the_one_who_leaves_stops(cast: Cast, seat: FocalPoint) -> None:
    job = jobs.start("test", subject=None, by=cast.charlie, label="A pack")
    hand_over(cast.ada, seat)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_a_principal_hands_over_the_seats_of_the_own_agency_only(cast: Cast, seat: FocalPoint, petra: User) -> None:
    others = FocalPoint.objects.get(person=cast.alice)
    assert hand_over(petra, others).status_code == 403
    assert hand_over(petra, seat).status_code == 302
    assert FocalPoint.objects.filter(person__email="dora@example.org", agency=cast.agency_b).exists()


def test_a_principal_who_hands_over_the_own_seat_can_still_invite_the_successor(cast: Cast, petra: User) -> None:
    hand_over(petra, FocalPoint.objects.get(person=petra))
    invitation = Invitation.objects.get()
    dora = actions.accept(
        invitation=invitation, version=1, password="a long enough pass phrase", now=timezone.now(), name="Dora"
    )
    assert dora.seats.get().capacity == Capacity.PRINCIPAL


def test_an_invitation_of_one_who_left_gives_no_seat_that_was_not_given(cast: Cast, petra: User) -> None:
    offer = Invitation(
        email="eve@example.org",
        name="Eve",
        agency=cast.agency_b,
        mechanism=cast.task_force,
        capacity=Capacity.ALTERNATE,
        valid=FocalPoint.objects.get(person=petra).valid,
    )
    actions.invite(invitation=offer, by=petra, now=timezone.now())
    check = signed_in(cast.ada).post(page_of(FocalPoint.objects.get(person=petra)), typed())
    assert "eve@example.org" in check.content.decode()
    hand_over(cast.ada, FocalPoint.objects.get(person=petra))
    with pytest.raises(actions.Closed) as closed:
        actions.check_open(offer, 1, timezone.now())
    assert closed.value.standing is Standing.REVOKED


def test_an_invitation_that_a_principal_may_not_send_is_left_as_it_is(
    cast: Cast, seat: FocalPoint, petra: User
) -> None:
    offer = Invitation(email="dora@example.org", name="Dora", role="auditor", valid=seat.valid)
    actions.invite(invitation=offer, by=cast.ada, now=timezone.now())
    assert "Somebody else has invited them already" in signed_in(petra).post(page_of(seat), typed()).text
    assert hand_over(petra, seat).status_code == 302
    actions.check_open(offer, 1, timezone.now())
    assert Invitation.objects.get().invited_by == cast.ada


def test_of_two_who_hand_over_at_once_one_is_told(cast: Cast, seat: FocalPoint, petra: User) -> None:
    shown = {"title": "", "first": today(), "let_in": False, "now": timezone.now()}
    late = FocalPoint.objects.get(pk=seat.pk)
    actions.hand_over(seat=seat, email="dora@example.org", name="Dora", by=petra, **shown)
    with pytest.raises(IllegalMove):
        actions.hand_over(seat=late, email="eve@example.org", name="Eve", by=cast.ada, **shown)
    assert not User.objects.filter(email="eve@example.org").exists()


@pytest.mark.parametrize("person", ["alice", "bob", "charlie", "sam", "lea"])
def test_nobody_else_hands_over(cast: Cast, seat: FocalPoint, person: str) -> None:
    client = signed_in(getattr(cast, person))
    assert {client.get(page_of(seat)).status_code, client.post(page_of(seat), typed()).status_code} == {403}


def test_nobody_takes_over_a_seat_by_themselves(cast: Cast, seat: FocalPoint) -> None:
    answer = hand_over(cast.ada, seat, person="ada")
    assert "Nobody gives a seat to themselves" in answer.context["form"].errors["email"][0]


def test_nobody_who_was_shut_out_gets_a_seat(cast: Cast, seat: FocalPoint) -> None:
    User.objects.filter(pk=cast.nobody.pk).update(is_active=False)
    answer = hand_over(cast.ada, seat, person="nobody")
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["email"])


def test_a_seat_is_not_handed_over_before_it_began(cast: Cast, seat: FocalPoint) -> None:
    answer = hand_over(cast.ada, seat, first=dt.date(2010, 1, 1))
    assert "after its first day" in answer.context["form"].errors["first"][0]
    assert not User.objects.filter(email="dora@example.org").exists()


def test_a_principal_is_offered_the_seats_of_the_own_agency_only(cast: Cast, seat: FocalPoint, petra: User) -> None:
    client = signed_in(petra)
    for url in (cast.task_force.get_absolute_url(), cast.agency_b.get_absolute_url()):
        assert page_of(seat) in client.get(url).content.decode()
    alices = page_of(FocalPoint.objects.get(person=cast.alice))
    assert alices not in client.get(cast.task_force.get_absolute_url()).content.decode()
    assert page_of(seat) not in signed_in(cast.charlie).get(cast.task_force.get_absolute_url()).content.decode()
