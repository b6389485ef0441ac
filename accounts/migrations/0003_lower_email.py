"""The sign-in looks addresses up in small letters: whoever was kept with capitals could not enter."""

from typing import Any

from django.db import migrations
from django.db.models import F
from django.db.models.functions import Lower


def lower(apps: Any, schema_editor: Any) -> None:
    """Every address in small letters; no two become the same, as they are unique whatever their case."""
    people = apps.get_model("accounts", "User").objects
    people.exclude(email=Lower(F("email"))).update(email=Lower(F("email")))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_no_contact_data_in_history"),
    ]

    operations = [
        migrations.RunPython(lower, migrations.RunPython.noop, elidable=True),
    ]
