"""Which step of which rule an obligation has reached, and which comes next: set-based, in one statement each.

A deadline is a date at a place, so the day is asked for in the time zone of each obligation. A step counts when its day came
after the deadline was set (`noted_on`) and after the rule came into force (`since`). Of the steps that an obligation reached,
only the last one for each audience counts: after two days of downtime one reminder goes, not three.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

HOUR = 7  # o'clock at the place: a day's reminders go from then on

APPLIES = """rule.active AND rule.kind IN ('', owed.kind)
     AND (rule.audience = 'responsible' OR owed.agency_id IS NOT NULL)
     AND rule.topic IS NOT DISTINCT FROM (
         SELECT own.topic FROM reminders_rule own WHERE own.topic = owed.topic AND own.until IS NULL LIMIT 1
     )"""
# What the house would have reminded of while the topic had rules of its own is not made up for.
SINCE = """step.occurs_on >= rule.since
      AND step.occurs_on > COALESCE(
          (SELECT MAX(own.until) FROM reminders_rule own WHERE own.topic = owed.topic), '-infinity'
      )"""

REACHED = f"""
    SELECT DISTINCT ON (owed.id, rule.audience)
           owed.id AS obligation_id, rule.id AS rule_id, rule.audience, step.occurs_on, owed.due_on
    FROM agencies_obligation owed
    JOIN reminders_rule rule
      ON {APPLIES}
    CROSS JOIN LATERAL (
        SELECT (%(now)s AT TIME ZONE owed.time_zone - make_interval(hours => %(hour)s))::date - owed.due_on - rule.days AS days
    ) since
    CROSS JOIN LATERAL (
        SELECT owed.due_on + rule.days
             + CASE WHEN rule.every = 0 THEN 0 ELSE rule.every * LEAST(since.days / rule.every, rule.times - 1) END AS occurs_on
    ) step
    WHERE owed.closed_at IS NULL
      AND owed.due_on <= (%(now)s AT TIME ZONE 'UTC')::date + 1 - rule.days
      AND since.days >= 0
      AND step.occurs_on > owed.noted_on
      AND {SINCE}
    ORDER BY owed.id, rule.audience, step.occurs_on DESC, rule.id
"""  # noqa: S608 - constants of this file

NOTE = f"""
    INSERT INTO reminders_reminder (id, obligation_id, rule_id, audience, occurs_on, due_on, made_at, outcome)
    SELECT gen_random_uuid(), reached.*, %(now)s, 'waiting'
    FROM ({REACHED}) reached
    WHERE NOT EXISTS (
        SELECT FROM reminders_reminder earlier
        WHERE earlier.obligation_id = reached.obligation_id
          AND earlier.audience = reached.audience
          AND earlier.occurs_on >= reached.occurs_on
    )
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants of this file

NEXT = f"""
    SELECT owed.id, rule.id, rule.audience, MIN(step.occurs_on)
    FROM agencies_obligation owed
    JOIN reminders_rule rule
      ON {APPLIES}
    CROSS JOIN LATERAL (SELECT (%(now)s AT TIME ZONE owed.time_zone - make_interval(hours => %(hour)s))::date AS day) place
    CROSS JOIN LATERAL (
        SELECT owed.due_on + rule.days + rule.every * nth AS occurs_on FROM generate_series(0, rule.times - 1) nth
    ) step
    WHERE owed.closed_at IS NULL
      AND step.occurs_on BETWEEN place.day + 1 AND place.day + %(days)s
      AND step.occurs_on > owed.noted_on
      AND {SINCE}
      AND (%(only)s::uuid IS NULL OR owed.id = %(only)s)
    GROUP BY owed.id, rule.id
    ORDER BY 4, owed.due_on, owed.id
    LIMIT %(limit)s
"""  # noqa: S608 - constants of this file


@dataclass(frozen=True)
class Step:
    """A day on which an obligation will be reminded of."""

    obligation_id: uuid.UUID
    rule_id: uuid.UUID
    audience: str
    occurs_on: dt.date


def note(now: dt.datetime) -> int:
    """Note a reminder for every step reached and not yet noted; the number of new ones. Any number of callers may run at once."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"now": now, "hour": HOUR})
        return int(cursor.rowcount)


def coming(now: dt.datetime, *, days: int, limit: int, only: uuid.UUID | None = None) -> Sequence[Step]:
    """The steps of the next `days` days, the first one of each rule and obligation, soonest first."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"now": now, "hour": HOUR, "days": days, "limit": limit, "only": only})
        return [Step(*row) for row in cursor.fetchall()]
