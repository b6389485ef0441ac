"""`run.py test`: everything that must hold, on throw-away engines, beside a running portal."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from taskforce.local import browser, environment, frontend, native
from taskforce.local.paths import ROOT, say
from taskforce.local.processes import words
from taskforce.local.throwaway import throw_away_engines

PYTHON = [sys.executable, "-m"]
MANAGE = words(sys.executable, ROOT / "manage.py")
PRODUCTION = {"PORTAL_TRIAL": "0", "PORTAL_DEBUG": "0", "PORTAL_URL": "https://portal.example.org"}
PACKAGES = ["core", "accounts", "agencies", "assessments", "taskforce"]
PYTEST = [*PYTHON, "pytest", "--numprocesses=2", "--dist=worksteal", "--cov", "--cov-branch"]
NO_BROWSER = "THE BROWSER TESTS DID NOT RUN: there is no Chromium here. " + browser.HINT


@dataclass(frozen=True)
class Step:
    """One thing that must hold."""

    name: str
    command: list[str]
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a step went."""

    name: str
    code: int
    seconds: float
    output: str

    def line(self) -> str:
        """For the list at the end."""
        return f"{'ok    ' if self.code == 0 else 'FAILED'} {self.name:34} {self.seconds:6.1f} s"


STEPS = [
    Step("types: mypy", [*PYTHON, "mypy", *PACKAGES, "run.py"]),
    Step("lint: ruff check", [*PYTHON, "ruff", "check", "."]),
    Step("format: ruff format", [*PYTHON, "ruff", "format", "--check", "."]),
    Step(
        "templates: djade",
        ["djade", "--target-version=5.2", "--check", *words(*sorted(ROOT.glob("templates/**/*.html")))],
    ),
    Step("templates: djlint", [*PYTHON, "djlint", "--quiet", "--lint", "templates"]),
    Step("arrows: import-linter", ["lint-imports"]),
    Step("migrations: makemigrations --check", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
    Step("production: check --deploy", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    Step("compose file", ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]),
    Step("Dockerfile: hadolint", ["hadolint", "Dockerfile"]),
]


def run(arguments: list[str]) -> int:
    """All steps and pytest; with arguments only pytest, with these arguments."""
    with throw_away_engines() as (state, ours):
        env = environment.throw_away(state, ours)
        frontend.build()
        env |= tools()
        if arguments:
            return subprocess.run([*PYTHON, "pytest", *arguments], cwd=ROOT, env=env, check=False).returncode
        with ThreadPoolExecutor(max_workers=2) as pool:
            outcomes = list(pool.map(lambda step: outcome_of(step, env), STEPS))
        outcomes.append(tests(env))
    return report(outcomes)


def tools() -> dict[str, str]:
    """Where the tests find Pango and Chromium."""
    native.make_ready()
    found = {"PORTAL_CHROMIUM": browser.find() or ""} if browser.make_ready() else {}
    return native.variables() | found


def outcome_of(step: Step, env: Mapping[str, str]) -> Outcome:
    """Do a step; a failing one shows its output at once."""
    begun = time.monotonic()
    done = subprocess.run(
        step.command, cwd=ROOT, env={**env, **step.variables}, capture_output=True, text=True, check=False
    )
    outcome = Outcome(step.name, done.returncode, time.monotonic() - begun, done.stdout + done.stderr)
    say(outcome.line() + (f"\n{outcome.output}" if outcome.code else ""))
    return outcome


def tests(env: Mapping[str, str]) -> Outcome:
    """pytest with branch coverage on two processes, its output as it comes."""
    begun, last = time.monotonic(), ""
    with subprocess.Popen(
        PYTEST, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        assert run.stdout  # noqa: S101 - it is a pipe
        for line in run.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            last = line.strip() or last
    return Outcome("tests: pytest", run.returncode, time.monotonic() - begun, last)


def report(outcomes: list[Outcome]) -> int:
    """The list of steps, what did not run, and pytest's closing line as the last one."""
    print(f"\n{time.strftime('%Y-%m-%d')}  every step with its seconds")
    for outcome in outcomes:
        print(outcome.line())
    if not browser.find():
        print(f"\n{NO_BROWSER}\n")
    print(outcomes[-1].output)
    missing = not browser.find() and os.environ.get("PORTAL_REQUIRE_BROWSER") == "1"
    return 1 if missing or any(outcome.code for outcome in outcomes) else 0
