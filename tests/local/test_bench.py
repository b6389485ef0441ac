"""The frame of the benchmarks: what it makes of samples, and that every benchmark fits it."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from taskforce.local.bench import Case, cases, child, frame
from taskforce.local.paths import ProblemError

SAMPLES = [{"seconds": seconds, "peak_rss_mb": 100 * seconds, "per second": 1 / seconds} for seconds in (2.0, 1.0, 4.0)]


def test_a_summary_holds_the_median_and_the_worst_peak() -> None:
    found = frame.summary(SAMPLES)
    assert found == {"median": 2, "min": 1, "max": 4, "n": 3, "peak_rss_mb": 400, "per second": 0.5}


def test_a_ratio_needs_both_cases() -> None:
    module = SimpleNamespace(RATIOS={"times naive": ("naive", "ours"), "times Typst": ("typst", "ours")})
    assert frame.ratios(module, {"naive": {"median": 6.0}, "ours": {"median": 2.0}}) == {"times naive": 3.0}


def test_a_ratio_may_be_of_another_figure() -> None:
    module = SimpleNamespace(RATIOS={"per core": ("naive", "ours", "core_seconds")})
    found = frame.ratios(
        module, {"naive": {"median": 1, "core_seconds": 9.0}, "ours": {"median": 1, "core_seconds": 2.0}}
    )
    assert found == {"per core": 4.5}


def test_the_work_of_other_processes_counts() -> None:
    """A child that lives, and one that is gone."""
    busy = "import time\nwhile time.process_time() < 0.4: pass\n"

    def sample() -> None:
        subprocess.run([sys.executable, "-c", busy], check=True)
        alive = subprocess.Popen([sys.executable, "-c", busy + "print(flush=True)\ninput()"], stdin=-1, stdout=-1)
        alive.stdout.readline()
        living.append(alive)

    living: list[subprocess.Popen] = []
    found = child.one_sample(Case("busy", sample))
    living[0].communicate(b"\n")
    assert 0.7 < found["core_seconds"] < 4


def test_a_case_may_replace_the_time_and_add_figures() -> None:
    found = child.one_sample(Case("pages", lambda: {"seconds": 0.25, "queries": 9}))
    assert (found["seconds"], found["queries"]) == (0.25, 9)
    assert found["peak_rss_mb"] > 10


@pytest.mark.parametrize("name", cases.names())
def test_every_benchmark_says_what_it_needs(name: str) -> None:
    module = cases.module_of(name)
    assert module.__doc__
    assert module.NEEDS in {"nothing", "database", "portal"}
    known = {case.name for case in module.cases()}
    assert {
        case for first, second, *_figure in getattr(module, "RATIOS", {}).values() for case in (first, second)
    } <= known


def test_an_unknown_benchmark_is_told_with_the_known_ones() -> None:
    with pytest.raises(ProblemError, match=r"No benchmark is called speed\. There are: .*start"):
        frame.run(["speed"])
