"""The command: its options, engines for all its trials, and the report."""

import argparse
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg2

from taskforce.local import environment, native
from taskforce.local.backup import tool
from taskforce.local.chaos.house import HURRY, House, running
from taskforce.local.chaos.plan import FEW, Kind, Plan, draw
from taskforce.local.chaos.relay import Log
from taskforce.local.chaos.verdict import Verdict
from taskforce.local.engines import Engine
from taskforce.local.paths import State, say
from taskforce.local.portal import Place, make_ready
from taskforce.local.ports import free_port
from taskforce.local.throwaway import throw_away_engines

LEAST = 40  # letters: fewer do not meet everything
SHOWN = 20  # findings of a kind on screen
Report = dict[str, Any]


def run(arguments: list[str]) -> int:
    """One trial, or one for each planted bug; 0 if the portal kept its word and every planted bug was found."""
    parser = argparse.ArgumentParser(
        prog="run.py manage chaos", description="Dispatch letters while everything goes wrong."
    )
    parser.add_argument("--letters", type=int, default=200, help=f"how many, {LEAST} or more (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="what goes wrong is drawn from it (default: 1)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--mutate", metavar="BUG", help="plant this bug in the worker; an unknown name tells all")
    parser.add_argument(
        "--controls", nargs="*", metavar="BUG", help="then one trial more for each of these bugs, or all"
    )
    parser.add_argument(
        "--like", metavar="URL", help="begin with the tables of this migrated database: quicker, for tests"
    )
    chosen = parser.parse_args(arguments)
    if chosen.letters < LEAST:
        parser.error(f"--letters must be {LEAST} or more")
    with throw_away_engines(lasting=True) as (state, ours):
        env = ready(state, ours, chosen.like)
        from taskforce.local.chaos.mutants import BUGS

        controls = BUGS if chosen.controls == [] else chosen.controls or ()
        if unknown := {chosen.mutate or next(iter(BUGS)), *controls} - BUGS.keys():
            parser.error(f"no bug is called {', '.join(unknown)}; there are {', '.join(BUGS)}")
        reports = [trial(state, env, ours, draw(chosen.letters, chosen.seed), chosen.mutate or "")]
        reports += [trial(state, env, ours, draw(LEAST, chosen.seed, FEW), bug) for bug in controls]
    found = {report["bug"]: not report["clean"] for report in reports[1:]}
    report = {**reports[0], "seed": chosen.seed, **({"bugs found": found} if found else {})}
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0 if report["clean"] and all(found.values()) else 1


def ready(state: State, ours: list[Engine], like: str | None) -> dict[str, str]:
    """A portal's database with the sample, kept as it is for further trials; Django set up in this process."""
    if like:
        dump = str(state.folder / "like.dump")
        tool("pg_dump", "--format=custom", "--no-owner", f"--file={dump}", like)
        tool("pg_restore", "--no-owner", f"--dbname={ours[0].url}", dump)
    place = Place.free(state)
    env = {**environment.throw_away(state, ours, HURRY), **native.variables(), **place.variables()}
    env["PORTAL_SMTP_PORT"] = str(free_port(0))  # one that no other portal wants while our relay is away
    make_ready(env)
    on_postgres(ours, "create database fresh template portal")
    os.environ.clear()  # nothing of this copy's own portal stays
    os.environ.update(env)
    import django

    import taskforce.celery  # noqa: F401 - its app is the one to publish with

    django.setup()
    return env


def on_postgres(ours: list[Engine], *statements: str) -> None:
    """Do something to whole databases."""
    connection = psycopg2.connect(host=str(ours[0].sockets), user="portal", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def trial(state: State, env: Mapping[str, str], ours: list[Engine], plan: Plan, bug: str) -> Report:
    """Dispatch once, with what was planned going wrong; told on screen."""
    from taskforce.local.chaos.trial import outcome

    begun, log = time.monotonic(), Log(state.folder / f"relay-{bug or 'none'}.jsonl")
    plan.write(state.folder / "plan.json")
    # Copied as files: of a copy made of log records, a crash takes the last numbers of the sequences back.
    on_postgres(ours, "drop database portal with (force)", "create database portal template fresh strategy file_copy")
    postgres, valkey = ours
    say(f"{plan.letters} letters{f', planted: {bug}' if bug else ''}")
    with running(House(state, env, postgres, valkey, state.folder / "plan.json", log.file, bug)) as house:
        verdict, resumed = outcome(house, plan, log)
    report = {
        "letters": plan.letters,
        "bug": bug,
        "clean": verdict.is_clean,
        **{name: len(found) for name, found in verdict.wrong.items()},
        "uncertain": len(verdict.uncertain),
        "states": dict(verdict.states),
        "resumed by a person": resumed,
        "faults": dict(faults(house, Log(log.file))),
        "seconds": round(time.monotonic() - begun, 1),
        "findings": verdict.wrong,
        "explanations": dict(Counter(map(str, verdict.uncertain.values()))),
    }
    tell(report, verdict)
    if not verdict.is_clean and not bug:
        kept = Path(tempfile.mkdtemp(prefix="chaos-"))
        shutil.copytree(state.folder / "logs", kept / "logs")
        shutil.copy(log.file, kept)
        say(f"All logs are kept in {kept}")
    return report


def faults(house: House, log: Log) -> Counter[str]:
    """What really went wrong, by kind."""
    moods = Counter(event.mood for event in log.new() if event.what == "rcpt" and event.mood)
    return moods + Counter(str(Kind(blow.kind)) for blow in house.struck)


def tell(report: Report, verdict: Verdict) -> None:
    """The figures, and every finding in words."""
    for kind, number in sorted(report["faults"].items()):
        say(f"  {number:4} × {kind}")
    states = ", ".join(f"{number} {state}" for state, number in sorted(report["states"].items()))
    say(f"  {report['seconds']} s; rows: {states}; explained: {report['explanations'] or 'nothing to explain'}")
    for name, found in verdict.wrong.items():
        say(f"  {len(found):4} {name.replace('_', ' ')}")
        for to, reason in list(found.items())[:SHOWN]:
            say(f"       {to}: {reason}")
    say("Clean: nothing lost, nothing doubled, no false state." if verdict.is_clean else "NOT CLEAN")
