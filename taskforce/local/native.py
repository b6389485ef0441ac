"""Pango for PDFs. Where Debian or Ubuntu lacks it, its packages are unpacked into a local folder, without root."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from taskforce.local.paths import DOWNLOADS, ProblemError, is_linux, say

LIBRARIES = ["libgobject-2.0.so.0", "libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libfontconfig.so.1"]
LIBRARIES += ["libharfbuzz.so.0", "libharfbuzz-subset.so.0"]
PACKAGES = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "libfontconfig1"]
UNPACKED = DOWNLOADS / "native"
HOMEBREW = ["/opt/homebrew/lib", "/usr/local/lib"]
BY_HAND = "PDFs need Pango. Install it with: sudo apt install " + " ".join(PACKAGES[:3])
ON_MACOS = "PDFs need Pango. Install it with: brew install pango"


def make_ready() -> bool:
    """Whether PDFs can be made; tries to bring Pango where it is missing, and says what to do where that fails."""
    if works():
        return True
    if is_linux() and can_unpack():
        say("Pango is missing: its packages are being unpacked into .portal/native")
        try:
            unpack(PACKAGES, UNPACKED)
        except ProblemError as problem:
            say(str(problem))
        if works():
            return True
    say(f"{hint()} Everything but PDFs works until then.")
    return False


def works() -> bool:
    """Whether the libraries load, in a process with the environment of the workers."""
    if not is_linux():
        return shutil.which("pango-view") is not None
    load = f"import ctypes\nfor name in {LIBRARIES}: ctypes.CDLL(name)"
    command = [sys.executable, "-c", load]
    env = dict(os.environ) | variables()
    return subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0


def hint() -> str:
    """What a person does to get Pango."""
    return BY_HAND if is_linux() else ON_MACOS


def variables() -> dict[str, str]:
    """The variables that let a process find the libraries."""
    if is_linux():
        return path_variable("LD_LIBRARY_PATH", library_folders(UNPACKED))
    return path_variable("DYLD_FALLBACK_LIBRARY_PATH", [Path(folder) for folder in HOMEBREW])


def path_variable(name: str, folders: list[Path]) -> dict[str, str]:
    """The variable with these folders before what it has already; nothing without folders."""
    before = [os.environ[name]] if os.environ.get(name) else []
    return {name: os.pathsep.join([*map(str, folders), *before])} if folders else {}


def library_folders(unpacked: Path) -> list[Path]:
    """Where unpacked packages keep their libraries."""
    return sorted({library.parent for library in unpacked.glob("root/usr/lib/**/*.so.*")})


def can_unpack() -> bool:
    """Whether this system has Debian's tools."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))


def unpack(packages: list[str], into: Path) -> None:
    """Download packages with all that is missing here, as this user, and unpack them under `into`/root."""
    lists, debs = into / "apt", into / "debs"
    for folder in (lists / "lists" / "partial", lists / "cache" / "archives" / "partial", debs):
        folder.mkdir(parents=True, exist_ok=True)
    own = [f"Dir::State::lists={lists}/lists", f"Dir::Cache={lists}/cache", "APT::Sandbox::User=", "Debug::NoLocking=1"]
    apt = ["apt-get", "-qq", *(part for option in own for part in ("-o", option))]
    try:
        output_of([*apt, "update"])
        plan = output_of([*apt, "install", "--print-uris", "--no-install-recommends", "-y", *packages])
        names = sorted({line.split()[1].split("_")[0] for line in plan.splitlines() if line.startswith("'")})
        if names:
            output_of([*apt, "download", *names], cwd=debs)
        for deb in debs.glob("*.deb"):
            output_of(["dpkg-deb", "-x", str(deb), str(into / "root")])
    finally:
        shutil.rmtree(lists, ignore_errors=True)
        shutil.rmtree(debs, ignore_errors=True)


def output_of(command: list[str], cwd: Path | None = None) -> str:
    """What a command prints; its own words if it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProblemError(f"{command[0]} failed: {done.stderr.strip()[-400:]}")
    return done.stdout
