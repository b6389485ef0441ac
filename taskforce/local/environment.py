"""The environment variables a local portal runs with."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress

from taskforce.local.engines import Engine, addresses
from taskforce.local.frontend import COLLECTED
from taskforce.local.paths import DOWNLOADS, ROOT, State

FONTS = ROOT / "static" / "build" / "fonts" / "fonts.conf"
# About this machine or this run, not about a portal.
KEPT = {
    "PORTAL_POSTGRES",
    "PORTAL_VALKEY",
    "PORTAL_CHROMIUM",
    "PORTAL_REQUIRE_BROWSER",
    "PORTAL_STARTED",
    "PORTAL_EVERY_SIGHT",
    "PORTAL_BENCH_SCALE",
    "PORTAL_BENCH_MESSAGES",
    "PORTAL_MANY_ROWS",
}


def local(state: State, ours: list[Engine]) -> dict[str, str]:
    """This process's environment plus what a local portal needs; values already set win."""
    return base(state, ours) | os.environ


def throw_away(state: State, ours: list[Engine], values: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment that owes nothing to this machine's settings: no `.env`, no portal variable but our own."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or not is_portal_variable(name)}
    return kept | base(state, ours) | {"PORTAL_ENV_FILE": os.devnull} | dict(values or {})


def base(state: State, ours: list[Engine]) -> dict[str, str]:
    """What every local portal needs."""
    return {
        "DJANGO_SETTINGS_MODULE": "taskforce.settings",
        "PORTAL_TRIAL": "1",
        "PORTAL_SECRET_KEY": secret_key(state),
        "PORTAL_FILES": str(state.folder / "files"),
        "PORTAL_STATIC_ROOT": str(COLLECTED),
        "XDG_CACHE_HOME": str(DOWNLOADS / "cache"),
        "FONTCONFIG_FILE": str(FONTS),
        **addresses(ours),
    }


def is_portal_variable(name: str) -> bool:
    """Whether a variable tells the portal something."""
    return name.startswith("PORTAL_") or name in {"DATABASE_URL", "VALKEY_URL"}


def secret_key(state: State) -> str:
    """The random key of this state folder, made once, readable by its owner alone."""
    file = state.folder / "secret-key"
    with suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as new:
            new.write(secrets.token_urlsafe(64))
    return file.read_text()
