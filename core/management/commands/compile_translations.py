"""`manage.py compile_translations`: locale/*/LC_MESSAGES/*.po to .mo, with Babel: the machine needs no gettext tools."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Compile every catalogue that is newer than what was compiled from it."""

    help = "Compile the translations in locale/, where they have changed."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each catalogue that was compiled."""
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                if compile_catalogue(source):
                    self.stdout.write(f"{source.parent.parent.name}: {source.name}")


def compile_catalogue(source: Path) -> bool:
    """Write the .mo beside the .po unless it is newer. Whether it was written."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return False
    with source.open("rb") as words:
        catalogue = read_po(words)
    part = target.with_suffix(".part")
    with part.open("wb") as compiled:
        write_mo(compiled, catalogue)
    part.replace(target)
    return True
