"""`manage.py access_matrix`: walk every address as every sort of person and report what leaks."""

import json
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.test.utils import (
    override_settings,
    setup_databases,
    setup_test_environment,
    teardown_databases,
    teardown_test_environment,
)

from taskforce.home.matrix import mutations, walk
from taskforce.home.matrix.parts import build
from taskforce.home.matrix.state import undone
from taskforce.home.matrix.world import World

WALK = 24 * 60 * 60  # seconds: a sign-in stays fresh as long as any walk lasts


class Command(BaseCommand):
    """Builds its own world in a throw-away database, so that it says nothing about, and does nothing to, the portal's data."""

    help = "Walk every address as every sort of person; report leaks, refused writes that wrote, and addresses not reached."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--json FILE` for the figures, `--people` and `--methods` for a shorter walk."""
        parser.add_argument("--json", type=Path, help="write the figures to this file")
        parser.add_argument("--people", nargs="*", default=(), help="walk as these only")
        parser.add_argument("--methods", nargs="*", default=walk.METHODS, help="by these methods only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fails when anything was found, or a planted fault was not."""
        started = time.monotonic()
        with _throw_away_world() as world:
            names = tuple(options["people"]) or tuple(world.people)
            result = walk.walk(world, methods=options["methods"], people=names, compared=names)
            trial = mutations.trial(world)
        figures = result.figures() | {
            "people": len(names),
            "methods": len(options["methods"]),
            "mutations": {"planted": len(trial), "found": sum(trial.values()), "each": trial},
            "seconds": round(time.monotonic() - started),
        }
        if options["json"]:
            options["json"].write_text(json.dumps(figures, indent=2) + "\n")
        self.stdout.write("\n".join(report(result, figures)))
        if not result.is_clean or not all(trial.values()):
            raise CommandError("The matrix found something.")


def report(result: walk.Result, figures: dict[str, Any]) -> Iterator[str]:
    """A line for each family of addresses, then what was found, then the sums."""
    yield f"{'family':<14}{'requests':>10}" + "".join(f"{kind:>11}" for kind in walk.KINDS)
    families = Counter[str]()
    for address, count in result.by_address.items():
        families[_family(address)] += count
    for family, count in sorted(families.items()):
        found = Counter(finding.kind for finding in result.findings if _family(finding.address) == family)
        yield f"{family:<14}{count:>10}" + "".join(f"{found[kind]:>11}" for kind in walk.KINDS)
    for one in result.findings:
        yield f"{one.kind}: {one.person} {one.method.upper()} {one.url}: {one.what}"
    yield from (f"not reached: {name}" for name in result.unreached)
    trial = figures["mutations"]
    yield from (f"not found: {what}" for what, found in trial["each"].items() if not found)
    yield (
        f"{result.urls} addresses, {result.reached} reached, {figures['people']} people, {result.requests} requests,"
        f" {figures['leaks']} leaks, {figures['state']} refused writes that wrote"
    )
    yield f"two worlds: {result.compared} answers compared, {figures['two_world']} differ"
    yield f"mutations: {trial['planted']} planted, {trial['found']} found"


def _family(address: str) -> str:
    """The app of an address; the pages about one's own account have none."""
    return address.partition(":")[0] if ":" in address else "account"


@contextmanager
def _throw_away_world() -> Iterator[World]:
    """A fresh world in a database and a cache of its own, undone at its end."""
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    caches = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    setup_test_environment(debug=False)
    databases = setup_databases(verbosity=0, interactive=False)
    ours = override_settings(
        TRIAL=True,
        STORAGES={**settings.STORAGES, "staticfiles": static},
        CACHES=caches,
        ACCOUNT_REAUTHENTICATION_TIMEOUT=WALK,
    )
    try:
        with ours, undone():
            yield build()
    finally:
        teardown_databases(databases, verbosity=0)
        teardown_test_environment()
