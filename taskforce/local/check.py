"""`run.py check`: a portal on throw-away state does its main job once, over HTTP and SMTP, as each kind of user.

The steps stand in `taskforce/local/steps.py`, in the order of the job.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

from taskforce.local import environment
from taskforce.local.paths import ProblemError, State, say
from taskforce.local.portal import Place, running
from taskforce.local.steps import STEPS, NotSoError, Step, Walk
from taskforce.local.throwaway import throw_away_engines


@dataclass(frozen=True)
class Result:
    """How a step went."""

    step: str
    ok: bool
    seconds: float
    saw: str


def run(arguments: list[str]) -> int:
    """Start everything, take every step, stop; 0 if all went well."""
    parser = argparse.ArgumentParser(prog="run.py check", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the steps with their seconds to this file")
    chosen = parser.parse_args(arguments)
    begun = time.monotonic()
    with throw_away_engines() as (state, ours):
        place = Place.free(state)
        with running(place, ours, environment.throw_away(state, ours)) as supervisor:
            results = [Result("The portal starts", ok=True, seconds=time.monotonic() - begun, saw=place.url)]
            say_result(results[0])
            results += take(Walk(place, supervisor.env))
            if not results[-1].ok:
                show_logs(state)
    if chosen.json:
        chosen.json.write_text(json.dumps([vars(result) for result in results], indent=2) + "\n")
    return 0 if all(result.ok for result in results) else 1


def take(walk: Walk) -> list[Result]:
    """Take the steps one after the other, up to the first that fails."""
    results: list[Result] = []
    for step in STEPS:
        results.append(attempt(step, walk))
        say_result(results[-1])
        if not results[-1].ok:
            break
    return results


def attempt(step: Step, walk: Walk) -> Result:
    """Take one step."""
    name, begun = (step.__doc__ or step.__name__).split("\n")[0], time.monotonic()
    try:
        saw, ok = step(walk), True
    except (NotSoError, ProblemError, LookupError, OSError, ValueError) as error:
        saw, ok = f"{type(error).__name__}: {error}", False
    return Result(name, ok, time.monotonic() - begun, saw)


def say_result(result: Result) -> None:
    """One line per step."""
    say(f"{'ok    ' if result.ok else 'FAILED'} {result.step:66} {result.seconds:6.1f} s  {result.saw}")


def show_logs(state: State) -> None:
    """The end of the logs, before they are thrown away with everything else."""
    for log in sorted((state.folder / "logs").glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-25:]
        say(f"--- {log.name}\n" + "\n".join(lines))
