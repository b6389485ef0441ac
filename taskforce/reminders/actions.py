"""What the sweep does, and what changes a rule."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from agencies.models import Obligation
from core import outbox
from core.access import require
from core.audit import signed
from core.dates import DAY, today
from core.models import OutgoingMessage
from taskforce.reminders import steps, weekly
from taskforce.reminders.emails import reminder_mail
from taskforce.reminders.models import Audience, Notice, Outcome, Reminder, Rule, misdirected, moot
from taskforce.reminders.people import Directory, Person
from taskforce.reminders.weekly import can_wait

if TYPE_CHECKING:
    from accounts.models import User

BATCH = 200  # reminders whose mail is written in one transaction

Plan = tuple[Reminder, str, list[Person]]


def sweep(now: dt.datetime) -> int:
    """Take back what is moot, note what is due, write the mail; the number of reminders handled.

    A sweep that dies loses nothing: what was noted and not written waits for the next one.
    """
    withdraw()
    readdress()
    weekly.write(now)
    steps.note(now)
    handled = 0
    while batch := write_mail(now):
        handled += batch
    return handled


def withdraw() -> int:
    """Cancel mail that has not left yet about what is done meanwhile; the number of messages."""
    return outbox.cancel(*moot().values_list("pk", flat=True))


@transaction.atomic
def readdress() -> int:
    """Take mail back from those who left, and let whoever follows them be reminded instead; the number of messages."""
    found = dict(misdirected().filter(reminder__outcome=Outcome.MAILED).values_list("message", "reminder"))
    Reminder.objects.filter(pk__in=found.values()).update(outcome=Outcome.WAITING)
    return outbox.take_back(OutgoingMessage.objects.filter(pk__in=found))


@transaction.atomic
def write_mail(now: dt.datetime) -> int:
    """Queue the mail of up to BATCH noted reminders; the number of reminders. Two at once never take the same one."""
    waiting = (
        Reminder.objects.waiting()
        .select_related("rule", "obligation__agency", "obligation__office", "obligation__mechanism")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("made_at", "pk")[:BATCH]
    )
    reminders = list(waiting)
    needed = [reminder for reminder in reminders if reminder.obligation.closed_at is None]
    plans = list(_plans(needed, now))
    _queue(plans, now)
    _settle(Outcome.NOT_NEEDED, (one for one in reminders if one.obligation.closed_at is not None))
    waits = {reminder.pk for reminder, _party, people in plans if all(can_wait(reminder, one, now) for one in people)}
    told = [reminder for reminder, _party, people in plans if people]
    _settle(Outcome.WEEKLY, (reminder for reminder in told if reminder.pk in waits))
    _settle(Outcome.MAILED, (reminder for reminder in told if reminder.pk not in waits))
    _settle(Outcome.NOBODY, (reminder for reminder, _party, people in plans if not people))
    return len(reminders)


def _plans(reminders: Iterable[Reminder], now: dt.datetime) -> Iterable[Plan]:
    """Each reminder with the name of the party and whom it goes to on the day at its place."""
    by_day: dict[dt.date, list[Reminder]] = defaultdict(list)
    for reminder in reminders:
        by_day[reminder.obligation.day_there(now)].append(reminder)
    for day, of_day in by_day.items():
        directory = Directory([reminder.obligation for reminder in of_day], day)
        for reminder in of_day:
            owed = reminder.obligation
            yield reminder, directory.party(owed), directory.people(owed, reminder.audience)


def _queue(plans: list[Plan], now: dt.datetime) -> None:
    """Put the messages into the outbox and note who gets which; what can wait for the weekly mail is noted without one."""
    known = set(Notice.objects.filter(reminder__in=[plan[0] for plan in plans]).values_list("reminder", "person"))
    told = [
        (reminder, party, person)
        for reminder, party, people in plans
        for person in people
        if person.user_id is None or (reminder.pk, person.user_id) not in known
    ]
    mails = [
        (reminder, person, reminder_mail(reminder, person, party=party, now=now))
        for reminder, party, person in told
        if not can_wait(reminder, person, now)
    ]
    outbox.enqueue_many(draft for _reminder, _person, draft in mails)
    ids = dict(OutgoingMessage.objects.filter(key__in=[mail[2].key for mail in mails]).values_list("key", "pk"))
    sent = {(reminder.pk, person.user_id): ids[draft.key] for reminder, person, draft in mails}
    Notice.objects.bulk_create(
        Notice(
            reminder=reminder,
            message_id=sent.get((reminder.pk, person.user_id)),
            person_id=person.user_id,
            name=person.name,
            why=person.why,
        )
        for reminder, _party, person in told
    )


def _settle(outcome: Outcome, reminders: Iterable[Reminder]) -> None:
    Reminder.objects.filter(pk__in=[reminder.pk for reminder in reminders]).update(outcome=outcome)


@transaction.atomic
def part_rules(*, topic: uuid.UUID, kind: str, by: User) -> int:
    """Give a topic rules of its own, copied from those of the house that hold for its obligations; the number of rules.

    They hold from today on. A topic that has some keeps them.
    """
    require(by, "reminders.change_rule")
    Obligation.objects.select_for_update().filter(topic=topic).order_by("pk").first()
    if Rule.objects.of(topic).exists():
        return 0
    house = Rule.objects.of(None).filter(active=True, kind__in=("", kind), audience=Audience.RESPONSIBLE)
    facts = list(house.values("audience", "days", "every", "times"))
    with signed(user=str(by.pk)):
        return len(Rule.objects.bulk_create(Rule(topic=topic, kind=kind, **fact) for fact in facts))


@transaction.atomic
def join_rules(*, topic: uuid.UUID, by: User) -> int:
    """Let a topic go back to the rules of the house from today on; the number of its own that hold no longer."""
    require(by, "reminders.change_rule")
    with signed(user=str(by.pk)):
        return Rule.objects.of(topic).update(active=False, until=today() - DAY)


def save_rule(*, rule: Rule, by: User) -> Rule:
    """Keep a new or changed rule. It has an effect on days from today on, never on days gone by."""
    require(by, "reminders.change_rule")
    rule.since = today()
    with transaction.atomic(), signed(user=str(by.pk)):
        rule.save()
    return rule
