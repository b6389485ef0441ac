"""Runs benchmarks: cases in turns, medians, ratios, a report on screen and as JSON."""

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from taskforce.local import environment, native
from taskforce.local.bench.cases import Case, module_of, names
from taskforce.local.browser import find as find_browser
from taskforce.local.paths import ROOT, ProblemError, say
from taskforce.local.portal import Place, make_ready, manage, running
from taskforce.local.processes import words
from taskforce.local.throwaway import throw_away_engines

VERSIONS = ["django", "weasyprint", "psycopg2-binary", "celery"]
USUAL = {"median", "min", "max", "n", "peak_rss_mb"}
Report = dict[str, Any]


def run(arguments: list[str]) -> int:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(prog="run.py bench", description="Measure, each case against its competitors.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names())}; all if none is named")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--rounds", type=int, help="samples of each case")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.names) - set(names()):
        raise ProblemError(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(names())}.")
    report: Report = {"machine": machine(), "benchmarks": {}}
    for name in chosen.names or names():
        report["benchmarks"][name] = measure(name, chosen.rounds)
        if chosen.json:
            chosen.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


def measure(name: str, rounds: int | None) -> Report:
    """One benchmark: its cases take turns."""
    module = module_of(name)
    say(f"{name}: {(module.__doc__ or '').splitlines()[0]}")
    with surroundings(module) as env, ExitStack() as children:
        cases: list[Case] = module.cases()
        lines = {case.name: children.enter_context(Child(name, case, env)) for case in cases if not case.missing}
        samples: dict[str, list[dict[str, float]]] = {case: [] for case in lines}
        for _ in range(rounds or module.ROUNDS):
            for case, child in lines.items():
                samples[case].append(child.sample())
    figures = {case: summary(found) for case, found in samples.items()}
    missing = {case.name: {"missing": case.missing} for case in cases if case.missing}
    report = {"definition": module.__doc__, "cases": figures | missing, "ratios": ratios(module, figures)}
    tell(report, figures=getattr(module, "TELL", False))
    return report


@contextmanager
def surroundings(module: ModuleType) -> Iterator[dict[str, str]]:
    """The environment a benchmark needs, on throw-away state."""
    if module.NEEDS == "nothing":
        yield dict(os.environ) | {"DATABASE_URL": ""}
        return
    with throw_away_engines(lasting=getattr(module, "LASTING", False)) as (state, ours), ExitStack() as stack:
        place, base = Place.free(state), environment.throw_away(state, ours)
        env = {**base, **native.variables(), **place.variables(), "PORTAL_CHROMIUM": find_browser() or ""}
        if module.NEEDS == "portal":
            stack.enter_context(running(place, ours, base))
        else:
            make_ready(env)
        if (scale := getattr(module, "SCALE", 1)) > 1:
            manage(env, "sample", "--scale", str(scale))
        if seed := getattr(module, "SEED", ""):
            manage(env, "shell", "--no-imports", "-c", seed)
        yield env


class Child:
    """The warm process of one case."""

    def __init__(self, benchmark: str, case: Case, env: Mapping[str, str]) -> None:
        """Nothing runs yet."""
        self.name, self.env = f"{benchmark}, {case.name}", env
        self.command = words(sys.executable, "-m", f"{__package__}.child", benchmark, case.name)

    def __enter__(self) -> "Child":
        """Start it and wait for its set-up."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process: subprocess.Popen[str] = subprocess.Popen(self.command, cwd=ROOT, env=self.env, **pipes)  # type: ignore[call-overload]
        self.answer()
        return self

    def sample(self) -> dict[str, float]:
        """The figures of one sample."""
        assert self.process.stdin  # noqa: S101 - it is a pipe
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, float]:
        """Its next line."""
        assert self.process.stdout  # noqa: S101 - it is a pipe
        line = self.process.stdout.readline()
        if not line:
            raise ProblemError(f"The benchmark {self.name} broke off; the reason stands above.")
        found: dict[str, float] = json.loads(line)
        return found

    def __exit__(self, *_: object) -> None:
        """End its input, so that it ends; no longer than a minute."""
        try:
            self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


def summary(samples: list[dict[str, float]]) -> Report:
    """Median, minimum and maximum of the seconds, the peak, and the medians of further figures."""
    seconds = [sample["seconds"] for sample in samples]
    further = samples[0].keys() - {"seconds", "peak_rss_mb"}
    return {
        "median": statistics.median(seconds),
        "min": min(seconds),
        "max": max(seconds),
        "n": len(seconds),
        "peak_rss_mb": round(max(sample["peak_rss_mb"] for sample in samples), 1),
        **{name: statistics.median(sample[name] for sample in samples) for name in sorted(further)},
    }


def ratios(module: ModuleType, figures: Mapping[str, Report]) -> dict[str, float]:
    """Median by median, where both cases ran: of the seconds, or of another figure."""
    wanted: dict[str, tuple[str, ...]] = getattr(module, "RATIOS", {})
    return {
        name: round(figures[first][figure] / figures[second][figure], 3)
        for name, (first, second, figure) in ((name, (*of, "median")[:3]) for name, of in wanted.items())
        if {first, second} <= figures.keys()
    }


def tell(report: Report, *, figures: bool = False) -> None:
    """The seconds on screen, and where `figures` are wanted all others too."""
    for case, found in report["cases"].items():
        if "missing" in found:
            say(f"  {case:34} missing: {found['missing']}")
            continue
        spread = f"{found['min']:.3f}–{found['max']:.3f}"
        cores = f"{found['core_seconds']:.3f} core-seconds, " if "core_seconds" in found else ""
        say(
            f"  {case:34} {found['median']:9.3f} s  ({spread}, {cores}n={found['n']}, peak {found['peak_rss_mb']:.0f} MB)"
        )
        for name in sorted(found.keys() - USUAL) if figures else ():
            say(f"    {name:48} {found[name]:9.1f}")
    for name, ratio in report["ratios"].items():
        say(f"  {name}: {ratio:.2f}")


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    versions = {name: importlib.metadata.version(name) for name in VERSIONS}
    return {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version(), **versions}
