"""The commands of run.py."""

import os
import subprocess
import sys
from collections.abc import Callable

from taskforce.local import backup, browser, chaos, check, doctor, dotenv, environment, running, testing
from taskforce.local.bench import frame
from taskforce.local.engines import engines
from taskforce.local.paths import ROOT, ProblemError, State
from taskforce.local.processes import words

Command = Callable[[list[str]], int]


def main(arguments: list[str]) -> int:
    """Run one command; a problem a person can solve is told in its own words."""
    name, *rest = arguments or ["run"]
    command = COMMANDS.get(name)
    if not command:
        print(f"run.py knows no command {name!r}. It knows: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    try:
        if name in HEED_DOTENV:
            dotenv.heed()
        return command(rest)
    except ProblemError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def manage(arguments: list[str]) -> int:
    """Any command of manage.py on this copy's engines; they are started if they do not run. Some bring engines of their own."""
    if own := ON_OWN_ENGINES.get(arguments[0] if arguments else ""):
        return own(arguments[1:])
    state = State.of_this_copy()
    with engines(state, os.environ) as ours:
        command = words(sys.executable, ROOT / "manage.py", *arguments)
        return subprocess.run(command, env=environment.local(state, ours), check=False).returncode


COMMANDS: dict[str, Command] = {
    "run": running.run,
    "test": testing.run,
    "check": check.run,
    "bench": frame.run,
    "doctor": doctor.run,
    "backup": backup.backup,
    "restore": backup.restore,
    "setup-browser": browser.setup,
    "manage": manage,
}
ON_OWN_ENGINES: dict[str, Command] = {"chaos": chaos.run}
HEED_DOTENV = {
    "run",
    "manage",
    "backup",
    "restore",
}  # they work on this copy's portal; a throw-away one owes it nothing
