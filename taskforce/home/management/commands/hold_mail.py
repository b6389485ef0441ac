"""Hold all mail, as after a restore: nobody knows what left after the backup was made."""

from typing import Any

from django.core.management import BaseCommand, CommandParser

from core import outbox


class Command(BaseCommand):
    """`manage.py hold_mail REASON`."""

    help = "Nothing leaves until a person releases it; every message that is not final becomes uncertain."

    def add_arguments(self, parser: CommandParser) -> None:
        """The reason, shown to the administrator."""
        parser.add_argument("reason")

    def handle(self, *args: Any, **options: Any) -> None:
        """Hold and say how many messages are uncertain now."""
        self.stdout.write(f"{outbox.hold(options['reason'])} messages are uncertain now")
