"""Invitations: from the form to the first page, and every way in which a link does not work."""

import datetime as dt
import re
import threading

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from agencies.models import Capacity, FocalPoint
from agencies.people import actions, emails
from agencies.people.models import OPEN_FOR, Invitation, Standing
from core.dates import span, today
from core.models import OutgoingMessage
from tests.accounts.signing_in import member, set_up_app
from tests.cast import Cast, signed_in
from tests.factories import FocalPointFactory, MechanismFactory, MembershipFactory, UserFactory
from tests.queries import queries_of

PASSWORD = "seven quiet herons at dawn"
LINK = re.compile(r"https?://\S+/people/join/\S+/")


@pytest.fixture
def paula(cast: Cast) -> User:
    """Paula is the principal of agency B."""
    person = UserFactory(name="Paula", email="paula@example.org", is_sample=True)
    return FocalPointFactory(
        person=person, agency=cast.agency_b, mechanism=cast.task_force, capacity=Capacity.PRINCIPAL
    ).person


@pytest.fixture
def invitation(cast: Cast) -> Invitation:
    """Ada has invited Nina as a focal point of agency A."""
    return actions.invite(invitation=_offer(cast), by=cast.ada, now=timezone.now())


def test_from_the_invitation_to_the_first_page(cast: Cast, settings):
    signed_in(cast.ada).post("/people/invitations/agency/", _form(cast.agency_a, cast.task_force))
    message = OutgoingMessage.objects.get(to="nina@example.org")
    path = LINK.search(message.text).group().removeprefix(settings.PORTAL_URL)
    nina = Client()

    assert b"Invited as" in nina.get(path).content
    nina.post(path, _answer())
    assert nina.get("/accounts/profile/", follow=True).redirect_chain == [("/accounts/second-factor/", 302)]
    set_up_app(nina)

    assert nina.get("/accounts/profile/").status_code == 200
    seat = FocalPoint.objects.get(person__email="nina@example.org")
    assert (seat.agency, seat.capacity, seat.first_day) == (cast.agency_a, "focal_point", today())


def test_looking_at_the_link_accepts_nothing(client, invitation):
    for method in (client.get, client.head, client.options):
        method(_path(invitation))

    assert not User.objects.filter(email=invitation.email).exists()


def test_a_link_works_once(invitation):
    Client().post(_path(invitation), _answer())

    again = Client().post(_path(invitation), _answer())

    assert again.status_code == 410
    assert b"accepted already" in again.content


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, b"72 hours are over"),
        ({"revoked_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, b"taken back"),
        ({"version": 2}, b"newer one was sent"),
    ],
)
def test_a_closed_invitation_says_why_and_accepts_nothing(client, invitation, change, said):
    path = _path(invitation)
    Invitation.objects.filter(pk=invitation.pk).update(**change)

    answers = [client.get(path), client.post(path, _answer())]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert said in answers[1].content
    assert not User.objects.filter(email=invitation.email).exists()


def test_an_invitation_is_open_for_72_hours(cast, invitation):
    last_second = invitation.sent_at + dt.timedelta(hours=72, seconds=-1)

    assert invitation.standing(last_second) is Standing.PENDING
    assert invitation.standing(invitation.sent_at + OPEN_FOR) is Standing.EXPIRED


def test_a_forged_link_leads_nowhere(client, invitation):
    token = _path(invitation).split("/")[-2]
    forged = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]

    assert client.get(f"/people/join/{forged}/").status_code == 404
    assert client.get("/people/join/nonsense/").status_code == 404


def test_sending_again_makes_the_first_link_worthless(cast: Cast, client, invitation):
    first = _path(invitation)

    signed_in(cast.ada).post(f"/people/invitations/{invitation.pk}/resend/")

    invitation.refresh_from_db()
    assert client.get(first).status_code == 410
    assert client.get(_path(invitation)).status_code == 200
    assert OutgoingMessage.objects.filter(to=invitation.email).count() == 2


def test_a_revoked_invitation_cannot_be_sent_again(cast: Cast, invitation):
    ada = signed_in(cast.ada)
    ada.post(f"/people/invitations/{invitation.pk}/revoke/")

    answer = ada.post(f"/people/invitations/{invitation.pk}/resend/", follow=True)

    assert b"Nothing was done: Revoked" in answer.content
    assert OutgoingMessage.objects.count() == 1


def test_an_invitation_dies_with_the_right_of_whoever_sent_it(cast: Cast, client, paula, invitation):
    hers = actions.invite(invitation=_offer(cast, agency=cast.agency_b, email="b@x.org"), by=paula, now=timezone.now())
    assert client.get(_path(hers)).status_code == 200

    FocalPoint.objects.filter(person=paula).update(valid=span(None, today() - dt.timedelta(days=1)))

    assert client.post(_path(hers), _answer()).status_code == 410


def test_a_principal_invites_for_the_own_agency_only(cast: Cast, paula):
    MembershipFactory(agency=cast.agency_b, mechanism=MechanismFactory(slug="other"))
    browser = signed_in(paula)

    own = browser.post("/people/invitations/agency/", _form(cast.agency_b, cast.task_force))
    other = browser.post("/people/invitations/agency/", _form(cast.agency_a, cast.task_force, email="o@example.org"))

    assert own.status_code == 302
    assert other.status_code == 422
    assert list(Invitation.objects.values_list("agency", flat=True)) == [cast.agency_b.pk]


def test_a_principal_sees_and_changes_no_invitation_of_another_agency(cast: Cast, paula, invitation):
    browser = signed_in(paula)

    assert invitation.email not in browser.get("/people/invitations/").content.decode()
    assert browser.get(f"/people/invitations/{invitation.pk}/").status_code == 404
    assert browser.post(f"/people/invitations/{invitation.pk}/revoke/").status_code == 404
    assert browser.get("/people/invitations/role/").status_code == 403


def test_the_page_of_the_own_agency_leads_a_principal_to_the_form(cast: Cast, paula):
    browser, link = signed_in(paula), f"/people/invitations/agency/?agency={cast.agency_b.pk}"

    assert link in browser.get(f"/agencies/{cast.agency_b.pk}/").content.decode()
    assert "/people/invitations/" not in browser.get(f"/agencies/{cast.agency_a.pk}/").content.decode()
    assert f'value="{cast.agency_b.pk}" selected' in browser.get(link).content.decode()


@pytest.mark.parametrize("name", ["alice", "bob", "sam", "lea", "nobody"])
def test_nobody_else_invites(cast: Cast, invitation, name):
    browser = signed_in(getattr(cast, name))

    assert browser.get("/people/invitations/").status_code == 403
    assert browser.get("/people/invitations/agency/").status_code == 403
    assert browser.post("/people/invitations/agency/", _form(cast.agency_a, cast.task_force)).status_code == 403
    assert browser.get(f"/people/invitations/{invitation.pk}/").status_code == 404


def test_an_invited_address_is_refused_at_the_field(cast: Cast, invitation):
    form = _form(cast.agency_a, cast.task_force, email="NINA@example.org")

    answer = signed_in(cast.ada).post("/people/invitations/agency/", form)

    assert answer.status_code == 422
    assert "invited already" in answer.context["form"].errors["email"][0]


def test_a_known_address_is_refused_at_the_field(cast: Cast):
    answer = signed_in(cast.ada).post(
        "/people/invitations/agency/", _form(cast.agency_a, cast.task_force, email=cast.alice.email)
    )

    assert "here already" in answer.context["form"].errors["email"][0]


def test_two_open_invitations_of_one_address_are_refused_by_the_database(cast: Cast, invitation):
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.invite(invitation=_offer(cast), by=cast.ada, now=timezone.now())


def test_an_agency_that_does_not_sit_there_is_refused_at_the_field(cast: Cast):
    other = MechanismFactory(slug="other")

    answer = signed_in(cast.ada).post("/people/invitations/agency/", _form(cast.agency_a, other))

    assert "does not sit" in answer.context["form"].errors["mechanism"][0]


def test_a_last_day_before_the_first_is_refused_at_the_field(cast: Cast):
    form = _form(cast.agency_a, cast.task_force) | {"last_day_day": "1", "last_day_month": "1", "last_day_year": "2011"}

    answer = signed_in(cast.ada).post("/people/invitations/agency/", form)

    assert "last_day" in answer.context["form"].errors


def test_an_invitation_for_a_role_gives_the_role(cast: Cast, settings):
    form = _days() | {"role": "auditor", "name": "Otto", "email": "otto@example.org"}
    ada = _freshly(cast.ada)
    assert ada.post("/people/invitations/role/", form).status_code == 302

    Client().post(_path(Invitation.objects.get()), _answer())

    otto = User.objects.get(email="otto@example.org")
    assert [role.key for role in otto.house_roles(today())] == ["auditor"]
    assert otto.role_assignments.get().given_by == cast.ada


def test_a_short_a_personal_and_a_common_password_are_refused(invitation):
    for password in ("fourteen chars", "nina@example.org", "1q2w3e4r5t6y7u8i9o0p"):
        answer = Client().post(_path(invitation), _answer(password1=password, password2=password))
        assert (answer.status_code, password) == (422, password)
    assert not User.objects.filter(email=invitation.email).exists()


def test_somebody_signed_in_does_not_answer_for_another(cast: Cast, invitation):
    answer = signed_in(cast.alice).post(_path(invitation), _answer())

    assert answer.status_code == 409
    assert not User.objects.filter(email=invitation.email).exists()


def test_the_list_needs_as_many_queries_for_fifty_as_for_two(cast: Cast):
    browser, counts = signed_in(cast.ada), []
    for wanted in (2, 50):
        for number in range(Invitation.objects.count(), wanted):
            offer = _offer(cast, email=f"p{number}@example.org")
            actions.invite(invitation=offer, by=cast.ada, now=timezone.now())
        counts.append(queries_of(browser, "/people/invitations/"))

    assert counts[0] == counts[1]


def _offer(cast: Cast, **changes: object) -> Invitation:
    offer = {
        "agency": cast.agency_a,
        "mechanism": cast.task_force,
        "capacity": "focal_point",
        "name": "Nina",
        "email": "nina@example.org",
        "valid": span(today()),
    }
    return Invitation(**offer | changes)


def _path(invitation: Invitation) -> str:
    return "/" + emails.link(invitation).split("/", 3)[3]


def _days() -> dict[str, object]:
    day = today()
    return {"first_day_day": day.day, "first_day_month": day.month, "first_day_year": day.year}


def _form(agency, mechanism, email: str = "nina@example.org") -> dict[str, object]:
    said = {"agency": agency.pk, "mechanism": mechanism.pk, "capacity": "focal_point", "name": "Nina", "email": email}
    return said | _days()


def _answer(**changes: str) -> dict[str, str]:
    said = {
        "name": "Nina",
        "functional_title": "Programme Officer",
        "language": "en",
        "time_zone": "Africa/Nairobi",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    return said | changes


def _freshly(user: User) -> Client:
    """Signing in by force counts as signing in just now."""
    cache.clear()
    return signed_in(user)


def test_whoever_was_only_written_down_is_invited_and_keeps_the_seat(cast: Cast):
    nina = UserFactory(name="Nina, by hand-over", email="nina@example.org")
    seat = FocalPointFactory(person=nina, agency=cast.agency_a, mechanism=cast.task_force)
    signed_in(cast.ada).post("/people/invitations/agency/", _form(cast.agency_a, cast.task_force))
    invited = Invitation.objects.get(email="nina@example.org")
    Client().post(_path(invited), _answer())
    nina.refresh_from_db()
    assert nina.check_password(PASSWORD)
    assert list(nina.seats.all()) == [seat]
    assert User.objects.filter(email="nina@example.org").count() == 1


def test_an_address_with_capitals_is_kept_in_small_letters(cast: Cast):
    invited = actions.invite(invitation=_offer(cast, email="Nina@Example.org"), by=cast.ada, now=timezone.now())

    Client().post(_path(invited), _answer())

    assert User.objects.filter(email="nina@example.org").exists()


def test_whoever_was_written_down_with_capitals_signs_in_after_joining(cast: Cast, invitation):
    nina = UserFactory(name="Nina", email="Nina@example.org")

    Client().post(_path(invitation), _answer())

    nina.refresh_from_db()
    assert nina.email == "nina@example.org"


def test_an_address_that_came_in_meanwhile_is_refused_on_the_page(invitation):
    member(UserFactory(name="Nina", email=invitation.email))

    answer = Client().post(_path(invitation), _answer())

    assert answer.status_code == 422
    assert "known already" in answer.context["form"].non_field_errors()[0]
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_the_same_address_at_once_send_one_invitation(cast: Cast):
    """Whoever comes second is told at the field, by the form or by the database."""
    start, statuses = threading.Barrier(3), []

    def send(browser: Client) -> None:
        start.wait(10)
        answer = browser.post("/people/invitations/agency/", _form(cast.agency_a, cast.task_force))
        statuses.append(answer.status_code)
        connection.close()

    browsers = [threading.Thread(target=send, args=[signed_in(cast.ada)]) for _number in range(3)]
    for browser in browsers:
        browser.start()
    for browser in browsers:
        browser.join(60)

    assert sorted(statuses) == [302, 422, 422]
    assert OutgoingMessage.objects.count() == Invitation.objects.count() == 1


def test_whoever_was_written_down_and_deactivated_is_not_invited(cast: Cast):
    UserFactory(email="nina@example.org", is_active=False)

    answer = signed_in(cast.ada).post("/people/invitations/agency/", _form(cast.agency_a, cast.task_force))

    assert "is deactivated" in answer.context["form"].errors["email"][0]
    assert not Invitation.objects.exists()
