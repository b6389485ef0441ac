"""The weekly mail: reminders that can wait, all in one on Monday morning at the reader's place, for whoever wants it so."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.middleware import zone
from core import outbox
from core.models import OutgoingMessage
from taskforce.reminders.emails import weekly_mail
from taskforce.reminders.models import Audience, Notice, Outcome, Reminder
from taskforce.reminders.people import Directory, Person
from taskforce.reminders.steps import HOUR

WEEK = dt.timedelta(days=7)
Addressed = tuple[Notice, Person]


def monday(now: dt.datetime, place: ZoneInfo) -> dt.datetime:
    """The last Monday morning at the place: when the last weekly mail was due."""
    day = (now.astimezone(place) - dt.timedelta(hours=HOUR)).date()
    return dt.datetime.combine(day - dt.timedelta(days=day.weekday()), dt.time(HOUR), place)


def can_wait(reminder: Reminder, person: Person, now: dt.datetime) -> bool:
    """Whether the person wants the weekly mail and the next one comes before the day of the deadline."""
    if not person.weekly or reminder.audience == Audience.PRINCIPAL:
        return False
    return reminder.obligation.due_on > (monday(now, zone(person.time_zone)) + WEEK).date()


@transaction.atomic
def write(now: dt.datetime) -> int:
    """Queue the mail of everybody whose Monday has come; the number of mails. Two at once never take the same notice."""
    due = [notice for notice in _waiting() if notice.reminder.made_at < monday(now, zone(_place(notice)))]
    addressed = _addressed([notice for notice in due if notice.reminder.obligation.closed_at is None], now)
    mails = _queue(addressed, now)
    _drop([notice for notice in due if notice.message_id is None])
    return mails


def _waiting() -> Sequence[Notice]:
    owed = ("reminder__obligation__agency", "reminder__obligation__mechanism", "person")
    waiting = Notice.objects.filter(message=None).select_related(*owed)
    return list(waiting.select_for_update(skip_locked=True, of=("self",)).order_by("reminder__due_on", "pk"))


def _place(notice: Notice) -> str:
    return notice.person.time_zone if notice.person else "UTC"


def _addressed(notices: Sequence[Notice], now: dt.datetime) -> list[Addressed]:
    """Those whose person is still the right one today."""
    directory = Directory([notice.reminder.obligation for notice in notices], now.date())
    found = []
    for notice in notices:
        people = directory.people(notice.reminder.obligation, notice.reminder.audience)
        found += [(notice, person) for person in people if person.user_id == notice.person_id]
    return found


def _queue(addressed: Sequence[Addressed], now: dt.datetime) -> int:
    """One message to each person; each notice knows its own."""
    by_person: dict[uuid.UUID | None, list[Addressed]] = defaultdict(list)
    for notice, person in addressed:
        by_person[person.user_id].append((notice, person))
    drafts = {
        person: weekly_mail([(notice.reminder, reader) for notice, reader in mine], now=now)
        for person, mine in by_person.items()
    }
    outbox.enqueue_many(drafts.values())
    sent: Mapping[str, uuid.UUID] = dict(
        OutgoingMessage.objects.filter(key__in=[draft.key for draft in drafts.values()]).values_list("key", "pk")
    )
    for notice, person in addressed:
        notice.message_id = sent[drafts[person.user_id].key]
    Notice.objects.bulk_update([notice for notice, _person in addressed], ["message"])
    told = [notice.reminder_id for notice, _person in addressed]
    Reminder.objects.filter(pk__in=told, outcome=Outcome.WEEKLY).update(outcome=Outcome.MAILED)
    return len(drafts)


def _drop(notices: Sequence[Notice]) -> None:
    """What is done meanwhile needs no mail; what nobody was told of, as its person left the seat, is noted anew for the next one."""
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).delete()
    about = Reminder.objects.filter(pk__in=[notice.reminder_id for notice in notices], outcome=Outcome.WEEKLY)
    untold = about.filter(~Exists(Notice.objects.filter(reminder=OuterRef("pk"))))
    untold.filter(obligation__closed_at=None).update(outcome=Outcome.WAITING)
    untold.filter(obligation__closed_at__isnull=False).update(outcome=Outcome.NOT_NEEDED)
