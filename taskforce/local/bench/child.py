"""The process of one case: `python -m taskforce.local.bench.child BENCHMARK CASE`. A line in, one sample, a line of JSON out."""

import json
import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

from taskforce.local.bench.cases import Case, case_of
from taskforce.local.paths import is_linux

KB_PER_MB = 1024 if is_linux() else 1024**2  # macOS counts bytes


def main(benchmark: str, name: str) -> None:
    """Set up, then a sample for each line until the input ends."""
    answers = os.fdopen(os.dup(1), "w")  # whatever the work prints does not mix with our answers
    os.dup2(2, 1)
    if os.environ.get("DATABASE_URL"):
        import django

        django.setup()
    case = case_of(benchmark, name)
    case.setup()
    print("{}", file=answers, flush=True)
    for _ in sys.stdin:
        print(json.dumps(one_sample(case)), file=answers, flush=True)
    case.teardown()


def one_sample(case: Case) -> dict[str, float]:
    """Do the work once: seconds, core-seconds, peak memory so far in MB, and the case's own figures."""
    begun, used = time.perf_counter(), core_seconds()
    figures = case.sample()
    times = {"seconds": time.perf_counter() - begun, "core_seconds": core_seconds() - used}
    return {**times, "peak_rss_mb": peak_mb(), **(figures or {})}


def core_seconds() -> float:
    """Processor time so far of this process and of all below it: those that live (Linux) and those that it has waited for."""
    parents, used = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, _, rest = stat.read_text().partition(" ")
            fields = rest.rpartition(")")[2].split()
            parents[int(pid)], used[int(pid)] = int(fields[1]), sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    below = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(os.times()[:4]) + sum(used[pid] for pid in below - {os.getpid()})


def peak_mb() -> float:
    """Peak memory of this process and of the largest child it has waited for."""
    parts = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(part).ru_maxrss for part in parts) / KB_PER_MB


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
