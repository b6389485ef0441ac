"""Contact data of former people go by rule; who is in use is left alone; what is frozen and the history stay as they are."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from accounts import auditors
from accounts.models import User
from agencies.identity.models import Identity
from agencies.models import Absence, FocalPoint
from agencies.people import actions, expiry
from agencies.people.models import Correction, Invitation, MailChoice
from agencies.people.retention import AFTER_INVITATION, AFTER_LAST_SEAT
from agencies.people.tasks import sweep_contact_data
from core import chain, outbox
from core.dates import span, today
from core.models import MessageState, OutgoingMessage
from tests.cast import Cast, signed_in
from tests.factories import FocalPointFactory, RoleAssignmentFactory, UserFactory
from tests.queries import queries_of

DAY = dt.timedelta(days=1)
LAST = dt.date(2024, 3, 31)
DUE = LAST + AFTER_LAST_SEAT


@pytest.fixture
def former(cast: Cast) -> User:
    """Frida spoke for agency A until 31 March 2024."""
    person = UserFactory(name="Frida", email="frida@example.org", functional_title="Officer", time_zone="Asia/Bangkok")
    FocalPointFactory(person=person, agency=cast.agency_a, mechanism=cast.task_force, last=LAST)
    return person


def _mail(key: str, state: str = MessageState.HANDED_OVER, to: str = "frida@example.org") -> OutgoingMessage:
    message = outbox.enqueue(key=key, to=to, subject="Neutral", text="To Frida: something is due.")
    OutgoingMessage.objects.filter(pk=message.pk).update(state=state)
    return message


def test_they_go_on_the_day_that_the_rule_says_and_not_before(former: User):
    assert expiry.expiring(DUE - DAY).get(pk=former.pk).expires_on == DUE
    assert not expiry.expire(former.pk, DUE - DAY)
    former.refresh_from_db()
    assert former.email == "frida@example.org"

    assert expiry.expire(former.pk, DUE)

    former.refresh_from_db()
    assert (former.email, former.time_zone, former.is_active) == ("", "UTC", False)
    assert (former.name, former.functional_title) == ("Frida", "Officer")


def test_address_choices_absences_requests_and_mail_go_and_names_stay(cast: Cast, former: User):
    absence = Absence.objects.create(person=former, alternate=cast.alice, valid=span(LAST, LAST))
    MailChoice.objects.create(person=former)
    Identity.objects.create(person=former, issuer="https://id.example.org", subject="frida")
    Correction.objects.create(person=former, text="New address: frida@home.example.org")
    mail, letter = _mail("reminder:1"), _mail("letter:1")
    digest = mail.digest

    expiry.expire(former.pk, DUE)

    mail.refresh_from_db()
    letter.refresh_from_db()
    assert (mail.to, mail.text, mail.subject, mail.digest) == ("", "", "Neutral", digest)
    assert letter.to == "frida@example.org", "a letter keeps what was frozen in it"
    for rows in (
        Absence.objects.filter(pk=absence.pk),
        MailChoice.objects.all(),
        Correction.objects.all(),
        Identity.objects.all(),
    ):
        assert not rows.exists()
    page = signed_in(cast.ada).get("/mechanisms/task-force/?as_of=2024-01-01").content.decode()
    assert "Frida" in page
    assert "former focal point" in page


def test_no_table_of_the_portal_holds_the_address_afterwards(cast: Cast, former: User):
    """The history neither: it never had it."""
    actions.invite(invitation=_offer(cast, former.email), by=cast.ada, now=timezone.now() - dt.timedelta(days=4))
    former.functional_title = "Senior Officer"
    former.save()
    OutgoingMessage.objects.update(state=MessageState.HANDED_OVER)

    assert "accounts_user" in _tables_with(former.email)
    expiry.expire(former.pk, DUE)

    assert _tables_with("frida@example.org") == []


def test_mail_that_they_had_as_auditor_goes_as_well(former: User):
    role = RoleAssignmentFactory(user=former, role="auditor")
    auditors.tell("history:today", "The history was verified", "emails/history.txt", report=chain.Report())
    role.delete()
    OutgoingMessage.objects.update(state=MessageState.HANDED_OVER)

    expiry.expire(former.pk, DUE)

    assert [(mail.to, mail.text) for mail in OutgoingMessage.objects.all()] == [("", "")]


def test_that_it_happened_is_in_the_history_which_is_not_rewritten(former: User):
    before = list(former.events.order_by("pgh_id").values())

    expiry.expire(former.pk, DUE)

    assert list(former.events.order_by("pgh_id").values())[: len(before)] == before
    assert former.events.filter(pgh_label="contact_expired").count() == 1


def _seat(person: User, cast: Cast) -> None:
    FocalPointFactory(person=person, agency=cast.agency_b, mechanism=cast.task_force, first=DUE + 90 * DAY)


def _role(person: User, _cast: Cast) -> None:
    RoleAssignmentFactory(user=person, role="observer")


def _later(person: User, _cast: Cast) -> None:
    RoleAssignmentFactory(user=person, role="observer", last=LAST + DAY)


def _invited(person: User, cast: Cast) -> None:
    actions.invite(invitation=_offer(cast, person.email), by=cast.ada, now=timezone.now())


def _emergency(person: User, _cast: Cast) -> None:
    User.objects.filter(pk=person.pk).update(is_superuser=True)


def _waiting_mail(_person: User, _cast: Cast) -> None:
    _mail("reminder:2", MessageState.UNCERTAIN)


@pytest.mark.parametrize("use", [_seat, _role, _later, _invited, _emergency, _waiting_mail])
def test_who_is_in_use_is_never_touched(cast: Cast, former: User, use: Callable[[User, Cast], None]):
    use(former, cast)

    assert expiry.sweep(DUE) == 0

    former.refresh_from_db()
    assert former.email == "frida@example.org"


def test_who_got_a_seat_since_the_list_was_read_is_left_alone(cast: Cast, former: User):
    assert expiry.expiring(DUE).filter(expires_on__lte=DUE).get() == former
    FocalPoint.objects.create(
        person=former, agency=cast.agency_b, mechanism=cast.task_force, capacity="focal_point", valid=span(DUE)
    )

    assert not expiry.expire(former.pk, DUE)


def test_two_who_expired_share_no_address_and_do_not_clash(cast: Cast, former: User):
    second = UserFactory(email="second@example.org")
    FocalPointFactory(person=second, agency=cast.agency_a, mechanism=cast.task_force, last=LAST)

    assert expiry.sweep(DUE) == 2

    assert User.objects.filter(email="").count() == 2
    assert expiry.sweep(DUE) == 0


def test_who_never_held_anything_goes_after_the_same_time(cast: Cast):
    UserFactory(name="Long known", date_joined=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))

    assert expiry.expiring(today()).get(name="Long known").expires_on == dt.date(2020, 1, 1) + AFTER_LAST_SEAT


def test_an_invitation_that_nobody_accepted_is_deleted_with_its_address(cast: Cast):
    now = timezone.now()
    old = actions.invite(invitation=_offer(cast, "old@example.org"), by=cast.ada, now=now - AFTER_INVITATION - 4 * DAY)
    actions.invite(invitation=_offer(cast, "new@example.org"), by=cast.ada, now=now)
    OutgoingMessage.objects.update(state=MessageState.HANDED_OVER)

    assert expiry.drop_invitations(now) == 1

    assert list(Invitation.objects.values_list("email", flat=True)) == ["new@example.org"]
    assert _tables_with(old.email) == []


def test_the_sweep_runs_once_a_day_however_many_beats_there_are(former: User):
    assert [sweep_contact_data(), sweep_contact_data()] == [1, 0]


def test_administrators_and_auditors_see_whose_data_go_next(cast: Cast, former: User):
    page = signed_in(cast.ada).get("/people/expiring/").content.decode()

    assert "frida@example.org" in page
    assert "alice@example.org" not in page
    expiry.expire(former.pk, DUE)
    assert "Removed by rule" in signed_in(cast.ada).get(f"/people/{former.pk}/").content.decode()
    assert signed_in(cast.ada).post(f"/people/{former.pk}/reactivate/").status_code == 403


def test_the_preview_needs_as_many_queries_for_forty_as_for_one(cast: Cast, former: User):
    browser, counts = signed_in(cast.ada), []
    for _round in range(2):
        counts.append(queries_of(browser, "/people/expiring/"))
        for _number in range(40):
            FocalPointFactory(agency=cast.agency_a, mechanism=cast.task_force, last=LAST)

    assert counts[0] == counts[1]


def _offer(cast: Cast, email: str) -> Invitation:
    return Invitation(
        agency=cast.agency_a,
        mechanism=cast.task_force,
        capacity="focal_point",
        name="Somebody",
        email=email,
        valid=span(today()),
    )


def _tables_with(text: str) -> list[str]:
    """The tables in which some row has this text in any of its columns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS one WHERE one::text ILIKE %s', [f"%{text}%"])  # noqa: S608
            if cursor.fetchone()[0]:
                found.append(table)
    return sorted(found)
