"""`manage.py access_matrix`: walk every address as every sort of person and report what leaks."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.test.utils import override_settings, setup_databases, setup_test_environment, teardown_databases

from taskforce.home.matrix import walk
from taskforce.home.matrix.parts import build


class Command(BaseCommand):
    """Builds its own world in a throw-away database, so that it says nothing about, and does nothing to, the portal's data."""

    help = "Walk every address as every sort of person; report leaks, refused writes that wrote, and addresses not reached."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--json FILE` for the figures."""
        parser.add_argument("--json", type=Path, help="write the figures to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fails when anything was found."""
        setup_test_environment(debug=False)
        databases = setup_databases(verbosity=0, interactive=False)
        try:
            result = walked()
        finally:
            teardown_databases(databases, verbosity=0)
        figures = result.figures()
        if options["json"]:
            options["json"].write_text(json.dumps(figures, indent=2) + "\n")
        self._report(result)
        if not result.is_clean:
            raise CommandError("The matrix found something.")

    def _report(self, result: walk.Result) -> None:
        for finding in result.findings:
            self.stdout.write(
                f"{finding.kind}: {finding.person} {finding.method.upper()} {finding.url}: {finding.what}"
            )
        for name in result.unreached:
            self.stdout.write(f"not reached: {name}")
        self.stdout.write(
            f"{result.urls} addresses, {result.reached} reached, {result.requests} requests, {len(result.leaks)} leaks"
        )


def walked() -> walk.Result:
    """A walk through a fresh world, undone at its end."""
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(TRIAL=True, STORAGES={**settings.STORAGES, "staticfiles": static}), transaction.atomic():
        result = walk.walk(build())
        transaction.set_rollback(True)
    return result
