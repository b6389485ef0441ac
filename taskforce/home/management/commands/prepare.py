"""Bring the database up to date, in one process: migrations and, in a trial, the sample data."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command, get_commands


class Command(BaseCommand):
    """`manage.py prepare`, run before the web server, the worker and beat start."""

    help = "Migrate the database and, in a trial, load the sample data. Doing it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then the sample where PORTAL_TRIAL is set."""
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        if settings.TRIAL and "sample" in get_commands():
            call_command("sample", verbosity=options["verbosity"])
