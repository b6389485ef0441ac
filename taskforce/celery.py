"""The Celery app and the whole beat table.

Celery only carries work; PostgreSQL holds the truth. Every entry of the table expires before
its next turn, and every swept job claims its period in the database, so that two beats do no harm.
"""

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskforce.settings")

app = Celery("taskforce")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def every(seconds: int, task: str) -> dict[str, Any]:
    """One line of the beat table: `task` every `seconds`, dropped when not begun by its next turn."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


def beat_table() -> dict[str, Any]:
    """What beat starts. Asked for when the settings are known."""
    return {
        "send waiting mail again": every(settings.SWEEP, "core.tasks.sweep_outbox"),
        "read the mail that came in": every(60, "core.tasks.sweep_mailbox"),
        "start waiting jobs again": every(settings.SWEEP, "core.tasks.sweep_jobs"),
        "end finished dispatches": every(min(10, settings.SWEEP), "taskforce.letters.tasks.sweep_dispatches"),
        "expect no answer to a letter that came back": every(300, "taskforce.letters.tasks.sweep_undelivered"),
        "adopt letters whose silence ended": every(600, "taskforce.letters.tasks.sweep_silences"),
        "let go who answered letters by e-mail, once a day": every(3600, "taskforce.letters.tasks.sweep_senders"),
        "remove uploads that nobody confirmed": every(3600, "core.tasks.sweep_files"),
        "let contact data of former people go, once a day": every(3600, "agencies.people.tasks.sweep_contact_data"),
        "end the access of whose right ended yesterday, once a day": every(600, "agencies.tasks.sweep_lapsed"),
        "ask agencies to confirm their contacts, once a day": every(3600, "agencies.tasks.sweep_confirmations"),
        "verify the history, once a day": every(3600, "taskforce.home.tasks.verify_history"),
        "remind of what is due, once an hour": every(600, "taskforce.reminders.tasks.sweep_reminders"),
    }


app.add_defaults(lambda: {"beat_schedule": beat_table()})
