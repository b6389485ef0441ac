"""One whole portal: engines, database, front end, web server, worker, beat and mail catcher."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from taskforce.local import frontend, native
from taskforce.local.engines import Engine
from taskforce.local.paths import ROOT, ProblemError, State, say, tail
from taskforce.local.ports import LOOPBACK, claimed_port
from taskforce.local.processes import words
from taskforce.local.supervisor import Service, Supervisor

WEB_PORT, INBOX_PORT, SMTP_PORT = 8000, 8025, 1025
FIRST_PAGE_WITHIN = 60.0  # seconds


@dataclass(frozen=True)
class Place:
    """Where one portal is found."""

    web_port: int
    inbox_port: int
    smtp_port: int
    state: State

    @classmethod
    def free(cls, state: State) -> "Place":
        """The usual ports, or others where those are taken."""
        wanted = int(os.environ.get("PORTAL_PORT", WEB_PORT))
        return cls(claimed_port(wanted), claimed_port(INBOX_PORT), claimed_port(SMTP_PORT), state)

    @property
    def url(self) -> str:
        """The portal's address."""
        return f"http://{LOOPBACK}:{self.web_port}"

    @property
    def mail_url(self) -> str:
        """The address of the mail catcher's inbox."""
        return f"http://{LOOPBACK}:{self.inbox_port}/"

    @property
    def sign_ins_file(self) -> Path:
        """Where the sample writes its sign-ins."""
        return self.state.folder / "sign-ins.json"

    def variables(self) -> dict[str, str]:
        """What Django has to know about the place."""
        return {
            "PORTAL_URL": self.url,
            "PORTAL_MAIL_URL": self.mail_url,
            "PORTAL_SMTP_HOST": LOOPBACK,
            "PORTAL_SMTP_PORT": str(self.smtp_port),
            "PORTAL_SIGN_INS": str(self.sign_ins_file),
        }

    def sign_ins(self) -> list[dict[str, str]]:
        """`role`, `email` and `password` of each sample sign-in."""
        return list(json.loads(self.sign_ins_file.read_text())) if self.sign_ins_file.exists() else []


@contextmanager
def running(place: Place, ours: list[Engine], base: Mapping[str, str]) -> Iterator[Supervisor]:
    """A portal that answers at `place`; stopped at the end."""
    env = {**base, **native.variables(), **place.variables()}
    supervisor = Supervisor(place.state, env, ours)
    make_ready(env)
    try:
        for service in services(place):
            supervisor.start(service)
        wait_for_first_page(place, supervisor)
        yield supervisor
    finally:
        say("Stopping")
        supervisor.stop()


def make_ready(env: Mapping[str, str]) -> None:
    """The front end and Pango beside the database: each needs minutes on a slow line, none needs the other."""
    with ThreadPoolExecutor() as pool:
        pages, pdfs = pool.submit(frontend.make_ready, env), pool.submit(native.make_ready)
        prepare(env)
        say("Database ready")
        pages.result()
        pdfs.result()


def prepare(env: Mapping[str, str]) -> None:
    """Migrate and load the sample."""
    django(env, "-m", f"{__package__}.quick_migrations")


def manage(env: Mapping[str, str], *arguments: str) -> str:
    """What a command of manage.py prints."""
    return django(env, ROOT / "manage.py", *arguments)


def django(env: Mapping[str, str], *command: str | Path) -> str:
    """What a process that sets up Django prints; its own words if it fails."""
    done = subprocess.run(
        words(sys.executable, *command), cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ProblemError(f"{' '.join(words(*command))} failed:\n{done.stderr.strip()[-3000:]}")
    return done.stdout.strip()


def services(place: Place) -> list[Service]:
    """The processes in the order of starting; they stop in the reverse order."""
    python, beats = sys.executable, place.state.folder / "beat-schedule"
    catch = words("--folder", place.state.folder / "mail", "--smtp-port", str(place.smtp_port))
    web = words(
        "--bind", f"{LOOPBACK}:{place.web_port}", "--workers", "2", "--threads", "4", "--preload", "--no-control-socket"
    )
    celery = words(python, "-m", "celery", "--app", "taskforce")
    calm = ["--without-gossip", "--without-mingle"]
    return [
        Service(
            "mail", words(python, "-m", f"{__package__}.mailcatcher", *catch, "--http-port", str(place.inbox_port))
        ),
        Service("worker", [*celery, "worker", "--concurrency=2", "--loglevel=INFO", *calm], seconds_to_stop=60),
        Service("web", words(python, "-m", "gunicorn", "taskforce.wsgi", *web, "--graceful-timeout", "10")),
        Service("beat", words(*celery, "beat", "--loglevel=INFO", "--schedule", beats, "--pidfile=")),
    ]


def first_pdf(env: Mapping[str, str]) -> str:
    """What came of one small PDF made by the worker."""
    try:
        return f"The worker made a PDF of {manage(env, 'first_pdf')}"
    except ProblemError as problem:
        return f"PDFs do not work, everything else does. {str(problem).splitlines()[-1]}"


def wait_for_first_page(place: Place, supervisor: Supervisor) -> None:
    """Wait until the web server answers."""
    log = place.state.log("web")
    end = time.monotonic() + FIRST_PAGE_WITHIN
    while time.monotonic() < end:
        if answers(f"{place.url}/healthz"):
            return
        supervisor.tend()
        time.sleep(0.1)
    raise ProblemError(f"The web server does not answer. The end of {log}:\n{tail(log)}")


def answers(url: str) -> bool:
    """Whether an address answers with a page."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - our own http address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
