"""Verify that the history is as it was written."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import chain


class Command(BaseCommand):
    """`manage.py verify_audit`: recompute the chain of the history, name what does not hold, and fail if anything does not."""

    help = "Recompute the chain of the history; name every changed, missing or added row. Fails when there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From where, against what, and whether only the head is wanted."""
        parser.add_argument(
            "--head", action="store_true", help="print number:hash of the last block and do nothing else"
        )
        parser.add_argument(
            "--expect", action="append", default=[], metavar="NUMBER:HASH", type=a_head, help="a head printed earlier"
        )
        parser.add_argument("--since", type=int, default=1, metavar="NUMBER", help="begin with this block")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, write down that it was done, tell."""
        if options["head"]:
            self.stdout.write(chain.head() or "The history is empty.")
            return
        report = chain.verify(since=options["since"], expected=options["expect"])
        report.keep()
        if options["json"]:
            options["json"].write_text(json.dumps(report.figures(), indent=2) + "\n")
        for block, why in report.again.items():
            self.stdout.write(f"Sealed again in block {block} on {why}. Was that an upgrade?")
        for flaw in report.flaws[: chain.SHOWN]:
            self.stdout.write(str(flaw))
        self.stdout.write(
            f"{report.events} events in {report.blocks} blocks, {len(report.flaws)} flaws; head {report.head}"
        )
        if report.flaws:
            raise CommandError("The history is not as it was written.")


def a_head(text: str) -> str:
    """A head as `--head` prints it. Raises ValueError."""
    number, colon, written = text.partition(":")
    if not (colon and number.isdecimal() and len(written) == 64):
        raise ValueError(text)
    return text
