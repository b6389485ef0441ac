"""`manage.py sample`: load the sample data of every app, and write down who can sign in."""

import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from accounts.sample import write_sign_ins

SAMPLES = (
    "agencies.sample",
    "assessments.sample",
    "taskforce.letters.sample",
    "taskforce.markings.sample",
    "taskforce.reminders.sample",
    "taskforce.briefings.sample",
)


class Command(BaseCommand):
    """Load sample data: the same data twice adds nothing."""

    help = "Load the sample data: the Task Force of 2011 and after, offices, letters, assessments, sample sign-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--scale` for benchmarks, `--force` outside the local run."""
        parser.add_argument("--scale", type=int, default=1, help="how many times as much data (default: 1)")
        parser.add_argument("--force", action="store_true", help="load it although this is not the local run")

    def handle(self, *args: Any, scale: int, force: bool, **options: Any) -> None:
        """Load, then write the sign-ins to the file named by PORTAL_SIGN_INS."""
        if scale < 1:
            raise CommandError("--scale must be 1 or more.")
        if not (settings.TRIAL or force):
            raise CommandError(
                "Sample sign-ins belong in the local run only. Set PORTAL_TRIAL=1 or, if you mean it, add --force."
            )
        for name in SAMPLES:
            if importlib.util.find_spec(name):
                importlib.import_module(name).load(scale)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # the planner knows nothing of rows that came a moment ago
        if target := os.environ.get("PORTAL_SIGN_INS"):
            write_sign_ins(Path(target))
