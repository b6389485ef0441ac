"""`run.py check`: a portal on throw-away state does its main job once, over HTTP and SMTP, as each kind of user.

A step is a function that takes the walk, raises when something is not as it must be, and returns what it saw.
Steps are named by their docstring and stand in STEPS in the order of the job.
"""

import argparse
import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from taskforce.local import environment
from taskforce.local.paths import ProblemError, State, say
from taskforce.local.portal import Place, manage, running
from taskforce.local.throwaway import throw_away_engines
from taskforce.local.visitor import Page, Visitor


class NotSoError(Exception):
    """Something is not as it must be."""


@dataclass
class Walk:
    """The portal under check and the people in it; steps leave here what later steps need."""

    place: Place
    env: Mapping[str, str]  # for commands of manage.py
    people: dict[str, Visitor] = field(default_factory=dict)  # by role, as the sign-ins name them

    def mail_to(self, address: str) -> list[dict[str, str]]:
        """What the mail catcher holds for an address, the newest first."""
        with urllib.request.urlopen(f"{self.place.mail_url}messages.json?to={address}", timeout=20) as answer:  # noqa: S310
            return list(json.load(answer))


@dataclass(frozen=True)
class Result:
    """How a step went."""

    step: str
    ok: bool
    seconds: float
    saw: str


def must(holds: bool, otherwise: str) -> None:
    """Fail the step with these words unless it holds."""
    if not holds:
        raise NotSoError(otherwise)


def must_open(page: Page, *words: str) -> None:
    """The page must be there and say these words."""
    must(page.status == 200, f"{page.url} answered {page.status}")
    for word in words:
        must(word in page.text, f"{page.url} does not say {word!r}")


def health(walk: Walk) -> str:
    """The portal is alive and both engines answer"""
    visitor = Visitor(walk.place.url)
    must_open(visitor.get("/healthz"))
    found = json.loads(visitor.get("/readyz").content)
    must(found == {"database": True, "valkey": True}, f"/readyz says {found}")
    return "database and Valkey answer"


def stranger(walk: Walk) -> str:
    """A stranger gets the sign-in page, and no further with a wrong password"""
    visitor = Visitor(walk.place.url)
    must("/accounts/login/" in visitor.get("/").url, "the dashboard opened without a sign-in")
    email = walk.place.sign_ins()[0]["email"]
    page = visitor.sign_in(email, "not the password")
    must("/accounts/login/" in page.url, "a wrong password opened the portal")
    return "refused"


def worker(walk: Walk) -> str:
    """The worker takes work from the queue and makes a PDF"""
    return manage(walk.env, "first_pdf")


def sign_ins(walk: Walk) -> str:
    """Each sample user signs in and sees the dashboard"""
    for sign_in in walk.place.sign_ins():
        visitor = Visitor(walk.place.url)
        page = visitor.sign_in(sign_in["email"], sign_in["password"])
        must("/accounts/" not in page.url, f"{sign_in['role']} could not sign in: {page.text[:300]}")
        must_open(page)
        walk.people[sign_in["role"]] = visitor
    return ", ".join(walk.people)


STEPS: list[Callable[[Walk], str]] = [health, stranger, sign_ins, worker]


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


def attempt(step: Callable[[Walk], str], walk: Walk) -> Result:
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
