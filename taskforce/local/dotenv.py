"""`.env`, read strictly: a line that means nothing is told with its number instead of being passed over."""

import difflib
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from taskforce.local.paths import ROOT, ProblemError

EXAMPLE = ROOT / ".env.example"  # names every value there is
LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
NAME_IN_EXAMPLE = re.compile(r"^#?\s?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
SWITCHES = {"PORTAL_DEBUG", "PORTAL_TRIAL", "PORTAL_SMTP_TLS"}
NUMBERS = {"PORTAL_PORT", "PORTAL_SMTP_PORT", "PORTAL_PROXIES"}
OUTSIDE = {
    "PORTAL_ENV_FILE",
    "PORTAL_NO_UV",
    "PORTAL_REQUIRE_BROWSER",
    "PORTAL_EVERY_SIGHT",
    "PORTAL_BENCH_SCALE",
    "PORTAL_MANY_ROWS",
}
FOLDERS = {"PORTAL_FILES", "PORTAL_STATE", "PORTAL_STATIC_ROOT"}  # an empty one would be the current folder
SCHEMES = {
    "DATABASE_URL": {"postgresql", "postgres"},
    "VALKEY_URL": {"unix", "redis", "rediss"},
    "PORTAL_URL": {"http", "https"},
}


def heed() -> None:
    """Add the values of this copy's file to the environment; what the environment says already wins."""
    for name, value in read(of_this_copy()).items():
        os.environ.setdefault(name, value)


def of_this_copy() -> Path:
    """`.env`, or the file named by PORTAL_ENV_FILE."""
    return Path(os.environ.get("PORTAL_ENV_FILE", ROOT / ".env"))


def read(file: Path) -> dict[str, str]:
    """The values of the file, nothing if there is none; every mistake in it in one message."""
    if not file.exists():
        return {}
    known = set(NAME_IN_EXAMPLE.findall(EXAMPLE.read_text()))
    values: dict[str, str] = {}
    mistakes: list[str] = []
    for number, line in enumerate(file.read_text(errors="replace").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parsed = LINE.fullmatch(line.strip())
        name, value = (parsed[1], unquoted(parsed[2])) if parsed else ("", "")
        if mistake := mistake_in(name, value, known):
            mistakes.append(f"  line {number}: {mistake}")
        values[name] = value
    if mistakes:
        raise ProblemError(f"{file} cannot be used:\n" + "\n".join(mistakes) + "\n.env.example explains every value.")
    return values


def unquoted(value: str) -> str:
    """The value without the quotes around it."""
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def mistake_in(name: str, value: str, known: set[str]) -> str:
    """What is wrong with a value, or nothing."""
    if not name:
        return "this is not NAME=value"
    if name in OUTSIDE:
        return f"{name} is heeded in the environment only, not in this file"
    if name.removesuffix("_FILE") not in known:
        close = difflib.get_close_matches(name, known, n=1)
        return f"no value is called {name}" + (f", did you mean {close[0]}?" if close else "")
    if name in NUMBERS and not value.isdigit():
        return f"{name} must be a whole number, not {value!r}"
    if name in SWITCHES and value not in {"0", "1"}:
        return f"{name} must be 0 or 1, not {value!r}"
    if name in FOLDERS and not value:
        return f"{name} must name a folder"
    if name in SCHEMES and urlsplit(value).scheme not in SCHEMES[name]:
        return f"{name} must begin with {' or '.join(sorted(s + '://' for s in SCHEMES[name]))}"
    return ""
