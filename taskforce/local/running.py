"""`run.py run`: the portal of this working copy, until Ctrl-C."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from types import FrameType

from taskforce.local import environment
from taskforce.local.engines import engines
from taskforce.local.paths import ProblemError, State, say
from taskforce.local.portal import Place, first_pdf, running
from taskforce.local.supervisor import Supervisor

LOOK_AFTER_EVERY = 0.5  # seconds


class RunsAlreadyError(ProblemError):
    """Someone else has this folder's portal in hand."""


def run(arguments: list[str]) -> int:
    """Start the portal and keep it running; beside a running one, say where that is."""
    state = State.of_this_copy()
    try:
        with alone(state):
            start_and_keep(state)
    except RunsAlreadyError:
        return tell_address(state)
    return 0


def start_and_keep(state: State) -> None:
    """The portal, until someone asks to stop."""
    with stoppable(), engines(state, os.environ) as ours:
        place = Place.free(state)
        with running(place, ours, environment.local(state, ours)) as supervisor, announced(place):
            Thread(target=tell_first_pdf, args=[supervisor.env], daemon=True).start()
            keep(supervisor)
    say("Stopped")


@contextmanager
def alone(state: State) -> Iterator[None]:
    """Keep others from running or replacing this folder's portal meanwhile; RunsAlreadyError if one of them does."""
    with (state.folder / "portal.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise RunsAlreadyError("The portal runs. Stop it with Ctrl-C before you restore a backup.") from held
        yield


def tell_address(state: State) -> int:
    """Say where the portal of this folder runs."""
    file = state.folder / "run.json"
    if file.exists():
        print(f"The portal of this folder runs already: {json.loads(file.read_text())['url']}")
    else:
        print("The portal of this folder is still starting, or a backup is being restored.")
    return 0


@contextmanager
def stoppable() -> Iterator[None]:
    """Let the first Ctrl-C, hang-up or SIGTERM end the portal in order; later ones change nothing."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise KeyboardInterrupt

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def announced(place: Place) -> Iterator[None]:
    """Say where the portal is, on screen and in run.json, as long as it runs."""
    file = place.state.folder / "run.json"
    found = {"url": place.url, "mail_url": place.mail_url, "sign_ins": place.sign_ins()}
    whole = file.with_suffix(".part")  # a reader never sees half a file
    whole.touch(mode=0o600)
    whole.write_text(json.dumps(found, indent=2))
    whole.rename(file)
    say(f"Portal: {place.url}   caught mail: {place.mail_url}   logs: {place.state.folder}/logs   stop: Ctrl-C")
    for sign_in in place.sign_ins():
        say(f"  {sign_in['role']:24} {sign_in['email']:44} {sign_in['password']}")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def tell_first_pdf(env: Mapping[str, str]) -> None:
    """Say what came of a first PDF, while the portal is looked after."""
    say(first_pdf(env))


def keep(supervisor: Supervisor) -> None:
    """Look after the processes until someone asks to stop."""
    while True:
        supervisor.tend()
        time.sleep(LOOK_AFTER_EVERY)
