"""`manage.py places`: write regions and countries, or renew their names."""

from typing import Any

from django.core.management.base import BaseCommand

from agencies.models import Country, Region
from agencies.places import load_places


class Command(BaseCommand):
    """Load the M49 regions and all countries and territories; a second time renews their names."""

    help = "Load regions and countries (ISO 3166-1, M49, UN short names); run it again after an update."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and count."""
        load_places()
        self.stdout.write(f"{Region.objects.count()} regions, {Country.objects.count()} countries and territories.")
