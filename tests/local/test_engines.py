"""The engines of a folder: shared, restarted, stopped by the last one to leave."""

from pathlib import Path

import pytest

from taskforce.local.engines import Postgres, Valkey, engines
from taskforce.local.paths import State


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path)


def test_the_last_user_stops_the_engines(state: State) -> None:
    with engines(state, {}, lasting=False) as ours:
        with engines(state, {}, lasting=False):
            pass
        assert [engine.answers() for engine in ours] == [True, True]
    assert [engine.answers() for engine in ours] == [False, False]


def test_a_second_start_keeps_the_data(state: State) -> None:
    with engines(state, {}, lasting=False) as (postgres, _):
        assert isinstance(postgres, Postgres)
        first = (state.folder / "postgresql" / "PG_VERSION").stat().st_mtime_ns
    with engines(state, {}, lasting=False):
        assert (state.folder / "postgresql" / "PG_VERSION").stat().st_mtime_ns == first


def test_a_named_engine_is_used_as_it_is(state: State) -> None:
    with engines(state, {"DATABASE_URL": "postgresql://elsewhere/portal"}, lasting=False) as ours:
        assert [type(engine) for engine in ours] == [Valkey]
