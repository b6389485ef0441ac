"""What stands on the pages of the reminders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from agencies.models import Obligation
from taskforce.reminders.models import Rule
from taskforce.reminders.people import Directory, Person
from taskforce.reminders.steps import Step


@dataclass(frozen=True)
class Foreseen:
    """A reminder that will go out if nothing changes, and to whom by today's seats and posts."""

    occurs_on: dt.date
    owed: Obligation
    party: str
    rule: Rule
    people: list[Person]


def foresee(steps: Sequence[Step], on: dt.date) -> list[Foreseen]:
    """The steps with what they are about; the number of queries does not depend on their number."""
    obligations = Obligation.objects.select_related("agency", "office", "mechanism")
    owed = obligations.in_bulk({step.obligation_id for step in steps})
    rules = Rule.objects.in_bulk({step.rule_id for step in steps})
    directory = Directory(owed.values(), on)
    return [
        Foreseen(
            occurs_on=step.occurs_on,
            owed=owed[step.obligation_id],
            party=directory.party(owed[step.obligation_id]),
            rule=rules[step.rule_id],
            people=directory.people(owed[step.obligation_id], step.audience),
        )
        for step in steps
    ]
