"""What will go wrong: drawn from a seed before anything begins, the same for the same seed and number of letters."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from random import Random

from taskforce.local.paths import is_linux


class Mood(StrEnum):
    """How the relay behaves towards one attempt to send one letter."""

    GREYLIST_RCPT = "relay greylists at RCPT"
    GREYLIST_DATA = "relay greylists at DATA"
    REFUSE_RCPT = "relay refuses at RCPT"
    REFUSE_DATA = "relay refuses at DATA"
    HANG_RCPT = "relay hangs at RCPT"
    HANG_DROPPED = "relay hangs after DATA, keeps nothing"
    HANG_KEPT = "relay hangs after DATA, keeps the letter"
    SLOW = "relay answers DATA after the lease"
    HANG_UP_RCPT = "relay hangs up at RCPT"
    HANG_UP_DATA = "relay hangs up at DATA"
    HANG_UP_DROPPED = "relay hangs up before its answer, keeps nothing"
    HANG_UP_KEPT = "relay hangs up before its answer, keeps the letter"
    HANG_UP_ANSWERED = "relay hangs up after its answer"


class Kind(StrEnum):
    """What happens to a process of the portal."""

    WORKER = "worker killed with all its processes"
    POOL = "worker's processes killed under it"
    VALKEY = "Valkey lost everything"
    POSTGRES_STOPPED = "PostgreSQL stopped at once"
    POSTGRES_KILLED = "PostgreSQL's first process killed"
    RELAY = "relay killed, away for a second"
    BEAT = "beat killed"


class Stage(StrEnum):
    """Where a letter is when a blow falls."""

    PREPARING = "preparing"
    RCPT = "rcpt"
    DATA = "data"
    ANSWERED = "answered"


SILENT = frozenset({Mood.HANG_DROPPED, Mood.HANG_KEPT, Mood.HANG_UP_DATA, Mood.HANG_UP_DROPPED, Mood.HANG_UP_KEPT})
MOODS: Mapping[Mood, float] = {  # share of the letters that meet it
    Mood.GREYLIST_RCPT: 0.04,
    Mood.GREYLIST_DATA: 0.02,
    Mood.REFUSE_RCPT: 0.02,
    Mood.REFUSE_DATA: 0.01,
    Mood.HANG_RCPT: 0.003,
    Mood.HANG_DROPPED: 0.003,
    Mood.HANG_KEPT: 0.003,
    Mood.SLOW: 0.003,
    Mood.HANG_UP_RCPT: 0.01,
    Mood.HANG_UP_DATA: 0.01,
    Mood.HANG_UP_DROPPED: 0.01,
    Mood.HANG_UP_KEPT: 0.01,
    Mood.HANG_UP_ANSWERED: 0.02,
}
BLOWS: Mapping[Kind, float] = {
    Kind.WORKER: 0.006,
    Kind.POOL: 0.006,
    Kind.VALKEY: 0.004,
    Kind.POSTGRES_STOPPED: 0.004,
    Kind.POSTGRES_KILLED: 0.003,
    Kind.RELAY: 0.003,
    Kind.BEAT: 0.001,
}
FEW = (Kind.WORKER, Kind.POSTGRES_STOPPED)  # enough to find a planted bug
SENDING = (Stage.DATA, Stage.RCPT, Stage.ANSWERED)
IN_PREPARATION = 0.25  # share of the blows that fall while letters are being set
GREYLISTED = 3  # times at most


@dataclass(frozen=True)
class Blow:
    """One process is struck when the letter to this address is at this stage, or so many letters are prepared."""

    kind: Kind
    stage: Stage
    letter: int

    @property
    def address(self) -> str:
        """The letter's."""
        return address(self.letter)


@dataclass(frozen=True)
class Plan:
    """`moods` holds, by address, what its first attempts meet; from then on the relay is kind."""

    letters: int
    moods: Mapping[str, Sequence[Mood]]
    blows: Sequence[Blow]

    def write(self, file: Path) -> None:
        """For the relay's process."""
        file.write_text(json.dumps(asdict(self)))


def address(number: int) -> str:
    """Where the letter of this number goes."""
    return f"rc{number:05}@example.org"


def draw(letters: int, seed: int, kinds: Iterable[Kind] = BLOWS) -> Plan:
    """Each mood and each of these kinds of blows at least once; no letter meets two of them. Needs about 40 letters."""
    chance = Random(seed)  # noqa: S311 - to be repeated, not secret
    free = iter(chance.sample(range(letters), letters))
    able = [kind for kind in kinds if kind != Kind.POOL or is_linux()]
    blows = [_blow(chance, kind, number, free) for kind in able for number in range(_times(BLOWS[kind], letters))]
    moods = {
        address(next(free)): _moods(chance, mood)
        for mood, share in MOODS.items()
        for _ in range(_times(share, letters))
    }
    return Plan(letters, moods, blows)


def _times(share: float, letters: int) -> int:
    return max(1, round(share * letters))


def _blow(chance: Random, kind: Kind, number: int, free: Iterator[int]) -> Blow:
    """The first of a kind falls into DATA, where it hurts most."""
    if not number:
        return Blow(kind, Stage.DATA, next(free))
    preparing = chance.random() < IN_PREPARATION
    return Blow(kind, Stage.PREPARING if preparing else chance.choice(SENDING), next(free))


def _moods(chance: Random, mood: Mood) -> list[Mood]:
    again = mood in {Mood.GREYLIST_RCPT, Mood.GREYLIST_DATA}
    return [mood] * (chance.randint(1, GREYLISTED) if again else 1)
