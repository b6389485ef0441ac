"""Let the worker make one small PDF, to see that broker, worker, Pango and fonts work together."""

import time
import uuid
from typing import Any

from django.core.cache import cache
from django.core.management import BaseCommand, CommandError

from taskforce.home.tasks import set_first_pdf

WITHIN = 60  # seconds


class Command(BaseCommand):
    """`manage.py first_pdf`."""

    help = "Let the worker make one small PDF and say how large it became."

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, wait, tell."""
        key = f"first-pdf-{uuid.uuid4()}"
        set_first_pdf.delay(key)
        end = time.monotonic() + WITHIN
        while time.monotonic() < end:
            if found := cache.get(key):
                self.tell(found)
                return
            time.sleep(0.1)
        raise CommandError(f"The worker made no PDF within {WITHIN} seconds; its log tells why.")

    def tell(self, found: dict[str, Any]) -> None:
        """The size, or what went wrong."""
        if "problem" in found:
            raise CommandError(str(found["problem"]))
        self.stdout.write(f"{found['bytes']} bytes")
