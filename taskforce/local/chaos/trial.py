"""One dispatch: blows fall as planned, people do what people do, everything settles, and the rows are judged."""

import time
from collections.abc import Iterator

from django.db import Error, connection

from taskforce.letters.models import Dispatch
from taskforce.local.chaos import scene
from taskforce.local.chaos.house import House
from taskforce.local.chaos.plan import Blow, Plan, Stage
from taskforce.local.chaos.relay import Log
from taskforce.local.chaos.verdict import Verdict, judge
from taskforce.local.paths import say

LOOK = 0.02  # seconds between two looks at the relay's log
LOOK_AT_ROWS = 0.5  # seconds between two looks at the database
SETTLE = 60.0  # seconds without any change after which nothing more is waited for
STAGES = {"rcpt": Stage.RCPT, "kept": Stage.DATA, "answered": Stage.ANSWERED}  # begun by an event of the log


def outcome(house: House, plan: Plan, log: Log) -> tuple[Verdict, int]:
    """The verdict, and how often a person had to let the work go on."""
    dispatch = scene.begin(plan.letters)
    resumed = until_settled(house, Blows(plan, log), dispatch)
    rows = list(scene.rows(dispatch))
    verdict = judge(rows, Log(log.file).new(), house.struck, scene.others(dispatch))
    verdict.false_states |= scene.flaws(dispatch)
    connection.close()
    return verdict, resumed


class Blows:
    """The blows that have not fallen yet."""

    def __init__(self, plan: Plan, log: Log) -> None:
        """All of them."""
        self.log = log
        self.sending: dict[tuple[str, str], Blow] = {
            (blow.address, blow.stage): blow for blow in plan.blows if blow.stage != Stage.PREPARING
        }
        by_letter = sorted(blow.letter for blow in plan.blows if blow.stage == Stage.PREPARING)
        known = {blow.letter: blow for blow in plan.blows}
        self.preparing = [known[letter] for letter in by_letter]

    def due(self) -> Iterator[Blow]:
        """Those of letters that the relay has at their stage now."""
        for event in self.log.new():
            if blow := self.sending.pop((event.to, STAGES.get(event.what, "")), None):
                yield blow

    def due_at(self, prepared: int) -> Iterator[Blow]:
        """Those that fall when so many letters are prepared."""
        while self.preparing and self.preparing[0].letter < prepared:
            yield self.preparing.pop(0)


def until_settled(house: House, blows: Blows, dispatch: Dispatch) -> int:
    """Let the blows fall until the dispatch is over, or nothing changes any more; how often a person let it go on."""
    before: tuple[object, ...] = ()
    resumed, changed, look_at_rows = 0, time.monotonic(), 0.0
    while dispatch.is_running and time.monotonic() - changed < SETTLE:
        for blow in blows.due():
            house.strike(blow)
            changed = time.monotonic()
        if time.monotonic() > look_at_rows:
            house.tend()
            try:
                for blow in blows.due_at(scene.prepared(dispatch)):
                    house.strike(blow)
                now = scene.standing(dispatch)
                resumed += scene.resume(dispatch)
            except Error as error:  # PostgreSQL was struck just now
                say(f"  (while looking: {str(error).splitlines()[0]})")
                connection.close()
                continue
            if now != before:
                before, changed = now, time.monotonic()
            look_at_rows = time.monotonic() + LOOK_AT_ROWS
        time.sleep(LOOK)
    return resumed
