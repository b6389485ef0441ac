"""The frame of the benchmarks: what it makes of samples, and that every benchmark fits it."""

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
    assert {case for pair in getattr(module, "RATIOS", {}).values() for case in pair} <= known


def test_an_unknown_benchmark_is_told_with_the_known_ones() -> None:
    with pytest.raises(ProblemError, match=r"No benchmark is called speed\. There are: .*start"):
        frame.run(["speed"])
