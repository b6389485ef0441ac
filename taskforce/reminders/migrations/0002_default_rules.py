"""The rules a new portal begins with. The secretariat changes them on the page of the rules."""

import datetime as dt
from typing import Any

from django.db import migrations

LONG_AGO = dt.date(2000, 1, 1)
RULES: list[dict[str, Any]] = [
    {"days": -14},
    {"days": -7},
    {"days": -1},
    {"days": 0},
    {"days": 7, "every": 7, "times": 4},
    {"days": 14, "audience": "principal"},
]


def add_rules(apps: Any, _schema_editor: Any) -> None:
    """Two weeks, a week and a day before, on the day, four times weekly when overdue; the principal after two weeks."""
    rule = apps.get_model("reminders", "Rule")
    rule.objects.bulk_create(rule(since=LONG_AGO, **fields) for fields in RULES)


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial")]

    operations = [migrations.RunPython(add_rules, migrations.RunPython.noop)]
