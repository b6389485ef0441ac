"""What a benchmark is made of."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType

Figures = Mapping[str, float] | None
FRAME = {"cases", "child", "frame", "sink"}


def nothing() -> None:
    """No set-up."""


@dataclass(frozen=True)
class Case:
    """One way of doing a benchmark's work."""

    name: str
    sample: Callable[[], Figures]
    setup: Callable[[], None] = nothing
    teardown: Callable[[], None] = nothing
    missing: str = ""  # why it cannot run here


def names() -> list[str]:
    """The benchmarks there are."""
    package = importlib.import_module(__package__)
    return sorted(found.name for found in pkgutil.iter_modules(package.__path__) if found.name not in FRAME)


def module_of(name: str) -> ModuleType:
    """One benchmark's module."""
    return importlib.import_module(f"{__package__}.{name}")


def case_of(benchmark: str, name: str) -> Case:
    """One case of a benchmark."""
    cases: list[Case] = module_of(benchmark).cases()
    return next(case for case in cases if case.name == name)
