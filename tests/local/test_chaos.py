"""The chaos command: the portal keeps its word in a small dispatch, and the verdict knows every wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from taskforce.local.chaos.plan import BLOWS, MOODS, Kind, Mood, Stage, draw
from taskforce.local.chaos.relay import Event, Log
from taskforce.local.chaos.verdict import Row, Struck, judge
from taskforce.local.paths import ROOT

TO, ID = "rc00001@example.org", "<1@example.org>"
SENT = ("rcpt", "begun", "text", "kept", "answered")


def events(
    *whats: str, answer: str = "250 taken", rcpt: str = "250 OK", mood: str = "", at: float = 100
) -> list[Event]:
    """What the relay writes down of one attempt, a second between two lines."""
    answers = {"rcpt": rcpt, "kept": TO, "answered": answer}
    return [
        Event(at + second, TO, what, "" if what == "rcpt" else ID, answers.get(what, ""), mood, attempt=int(at))
        for second, what in enumerate(whats)
    ]


def wrongs(state: str, log: list[Event], *struck: Struck, message_id: str = ID) -> set[str]:
    """What the verdict finds wrong with a row in this state."""
    verdict = judge([Row(TO, message_id, state)], log, struck)
    return {name for name, found in verdict.wrong.items() if found}


def test_what_was_handed_over_once_is_as_it_should_be() -> None:
    assert wrongs("handed_over", events(*SENT)) == set()
    assert wrongs("handed_over", events("rcpt", rcpt="451 later") + events(*SENT, at=200)) == set()
    assert wrongs("refused", events("rcpt", rcpt="550 no")) == set()
    assert wrongs("refused", events("rcpt", rcpt="550 no") + events("rcpt", at=200)) == set(), (
        "the fence stopped the second"
    )


def test_an_offer_that_comes_late_takes_nobody_elses_answer() -> None:
    *begun, answered = events(*SENT)
    assert wrongs("handed_over", [*begun, *events("rcpt", at=103.5), answered]) == set()


@pytest.mark.parametrize("state", ["", "preparing", "queued"])
def test_what_never_settles_is_lost(state: str) -> None:
    assert wrongs(state, []) == {"lost"}


def test_what_the_relay_never_kept_is_lost_though_it_is_called_handed_over() -> None:
    assert "lost" in wrongs("handed_over", events("rcpt", "begun", "text"))


def test_two_copies_are_doubled_whatever_the_state() -> None:
    assert wrongs("handed_over", events(*SENT) + events(*SENT, at=200)) == {"doubled"}
    assert "doubled" in wrongs("uncertain", events(*SENT) + events(*SENT, at=200))


def test_a_state_that_the_relay_did_not_cause_is_false() -> None:
    assert wrongs("refused", events(*SENT)) == {"false_states"}
    assert wrongs("refused", events("rcpt", rcpt="451 later")) == {"false_states"}
    assert wrongs("handed_over", events("rcpt", "begun", "text", "kept", mood=Mood.HANG_KEPT)) == {"false_states"}


def test_a_letter_of_another_office_is_false() -> None:
    assert wrongs("handed_over", events(*SENT), message_id="<2@example.org>") == {"false_states"}
    assert judge([], events(*SENT), []).false_states
    assert judge([], events(*SENT), [], {ID: TO}).is_clean, "another message of the portal"


def test_what_is_uncertain_needs_a_reason() -> None:
    unanswered = events("rcpt", "begun", "text", "kept")
    assert wrongs("uncertain", events(*SENT)) == {"unexplained"}
    assert wrongs("uncertain", unanswered) == {"unexplained"}
    assert wrongs("uncertain", events("rcpt", "begun", "text", "kept", mood=Mood.HANG_UP_KEPT)) == set()
    assert wrongs("uncertain", unanswered, Struck(Kind.WORKER, 102, 104)) == set()
    assert wrongs("uncertain", unanswered, Struck(Kind.WORKER, 300, 304)) == {"unexplained"}
    assert wrongs("uncertain", unanswered, Struck(Kind.VALKEY, 102, 104)) == {"unexplained"}
    assert wrongs("uncertain", events("rcpt", rcpt="451 later"), Struck(Kind.WORKER, 100, 104)) == {"unexplained"}


def test_a_plan_is_the_same_for_the_same_seed_and_leaves_nothing_out() -> None:
    plan = draw(60, seed=3)
    assert plan == draw(60, seed=3)
    assert plan != draw(60, seed=4)
    assert {mood for moods in plan.moods.values() for mood in moods} == set(MOODS)
    assert {blow.kind for blow in plan.blows if blow.stage == Stage.DATA} == set(BLOWS)
    assert not plan.moods.keys() & {blow.address for blow in plan.blows}


def test_half_a_line_in_the_log_is_read_when_it_is_whole(tmp_path: Path) -> None:
    log, reader = Log(tmp_path / "log"), Log(tmp_path / "log")
    log.write(events("rcpt")[0])
    with log.file.open("a") as file:
        file.write('{"at": 1')
    assert len(list(reader.new())) == 1
    assert list(reader.new()) == []
    with log.file.open("a") as file:
        file.write(', "to": "x", "what": "lost"}\n')
    assert [event.what for event in reader.new()] == ["lost"]


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_dispatch_among_faults_is_clean(tmp_path: Path) -> None:
    """The real thing with few letters: every kind of fault once. Begun from a copy of the tests' own empty tables."""
    settings = connection.settings_dict
    folder = settings["HOST"] or settings["OPTIONS"].get("host", "")
    like = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={folder}"
    command = [sys.executable, "-m", "taskforce.local", "manage", "chaos", "--letters", "40", "--seed", "5"]
    result = tmp_path / "chaos.json"
    done = subprocess.run(
        [*command, "--like", like, "--json", str(result)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(result.read_text())
    assert [found[name] for name in ("lost", "doubled", "false_states", "unexplained")] == [0, 0, 0, 0]
    assert found["uncertain"] == sum(found["explanations"].values())
    kinds = {*map(str, MOODS), *map(str, BLOWS)}
    assert found["faults"].keys() <= kinds
    assert len(found["faults"]) >= len(kinds) - 4, "a blow may fall at a letter that was to meet another"
