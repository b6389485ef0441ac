"""The mail of a reminder: a neutral subject, what is owed and by when, a link, and how it stops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from agencies.country_names import country_in
from core.dates import long_date
from core.outbox import Draft
from taskforce.reminders.models import Audience, Reminder
from taskforce.reminders.people import Person


@dataclass(frozen=True)
class ReminderText:
    """What stands in the mail."""

    person: Person
    party: str
    kind: str
    what: str
    owed_to: str
    due: str
    zone: str
    days: int  # until the deadline; negative when it has passed
    url: str
    needs_account: bool
    escalated: bool

    @property
    def late(self) -> int:
        """Days since the deadline."""
        return -self.days


def reminder_mail(reminder: Reminder, person: Person, *, party: str, now: dt.datetime) -> Draft:
    """The message to one person, in their language. Its key makes it unique."""
    with override(person.language):
        text = _text(reminder, person, party, now)
        return Draft(
            key=f"reminder:{reminder.pk}:{person.user_id or person.address.lower()}",
            to=person.address,
            subject=_subject(text),
            text=render_to_string("emails/reminder.txt", {"text": text}),
            batch=reminder.pk,
            reply_to=settings.DEFAULT_FROM_EMAIL,
        )


def weekly_mail(told: Sequence[tuple[Reminder, Person]], *, now: dt.datetime) -> Draft:
    """All that waited for one person's Monday. Its key is the first reminder in it: no other mail to them has that one."""
    first, person = told[0]
    with override(person.language):
        texts = [_text(reminder, reader, "", now) for reminder, reader in told]
        return Draft(
            key=f"weekly:{first.pk}:{person.user_id}",
            to=person.address,
            subject=_("%(portal)s: what is due in the next weeks") % {"portal": settings.PORTAL_NAME},
            text=render_to_string("emails/weekly.txt", {"person": person, "texts": texts, "page": _mail_page()}),
            reply_to=settings.DEFAULT_FROM_EMAIL,
        )


def _mail_page() -> str:
    """Where the person chose the weekly mail."""
    return f"{settings.PORTAL_URL}{reverse('people:mail')}"


def _text(reminder: Reminder, person: Person, party: str, now: dt.datetime) -> ReminderText:
    owed = reminder.obligation
    return ReminderText(
        person=person,
        party=country_in(party, person.language),
        kind=owed.get_kind_display(),
        what=owed.said,
        owed_to=str(owed.mechanism) if owed.mechanism else settings.PORTAL_NAME,
        due=long_date(owed.due_on),
        zone=owed.place,
        days=owed.days_left(now),
        url=settings.PORTAL_URL + owed.get_absolute_url(),
        needs_account=not owed.sealed,
        escalated=reminder.audience == Audience.PRINCIPAL,
    )


def _subject(text: ReminderText) -> str:
    """Nothing but that something is due, and when."""
    values = {"portal": settings.PORTAL_NAME, "day": text.due}
    if text.days < 0:
        return _("%(portal)s: overdue since %(day)s") % values
    return _("%(portal)s: due on %(day)s") % values
