"""Every row of the portal beside what the relay wrote down: what was lost, what doubled, what is not so, what nobody can know."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType

from taskforce.local.chaos.plan import SILENT, Kind
from taskforce.local.chaos.relay import Event

SOON = 3.0  # seconds in which a sender writes down what the relay said, on a busy machine
CUT_SHORT = frozenset({Kind.WORKER, Kind.POOL, Kind.POSTGRES_STOPPED, Kind.POSTGRES_KILLED, Kind.RELAY})
FINAL = frozenset({"handed_over", "refused", "uncertain"})


@dataclass(frozen=True)
class Row:
    """What the portal says of one office's letter. No message yet: no id."""

    to: str
    id: str
    state: str
    reason: str = ""

    @property
    def says(self) -> str:
        """In words."""
        return f"the portal says {self.state} ({self.reason})"


@dataclass(frozen=True)
class Struck:
    """A blow that fell, from the moment it fell to the moment when all was up again."""

    kind: Kind
    at: float
    until: float


@dataclass(frozen=True)
class Attempt:
    """What the relay wrote down of one attempt, from RCPT on."""

    events: Sequence[Event]

    @property
    def mood(self) -> str:
        """How the relay behaved."""
        return self.events[0].mood

    @property
    def answer(self) -> str:
        """Its last word: the answer to DATA, or the refusal of RCPT; empty if it gave none."""
        last = next((event.answer for event in self.events if event.what == "answered"), "")
        return last or ("" if self.events[0].answer.startswith("250") else self.events[0].answer)

    @property
    def was_let_in(self) -> bool:
        """Whether it came past RCPT, behind which the portal cannot know before it is answered."""
        return self.events[0].answer.startswith("250")

    @property
    def is_kept(self) -> bool:
        """Whether the relay kept a copy."""
        return any(event.what == "kept" for event in self.events)

    def met(self, blow: Struck) -> bool:
        """Whether a blow that cuts a sender short fell into it."""
        return (
            blow.kind in CUT_SHORT
            and blow.at <= self.events[-1].at + SOON
            and self.events[0].at - SOON / 10 <= blow.until
        )


@dataclass
class Verdict:
    """Addresses by what is wrong with them, each with the reason; `uncertain` ones with what explains them."""

    lost: dict[str, str] = field(default_factory=dict)
    doubled: dict[str, str] = field(default_factory=dict)
    false_states: dict[str, str] = field(default_factory=dict)
    unexplained: dict[str, str] = field(default_factory=dict)
    uncertain: dict[str, str] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> dict[str, dict[str, str]]:
        """What must be empty."""
        return {name: found for name, found in asdict(self).items() if name in MUST_BE_EMPTY}

    @property
    def is_clean(self) -> bool:
        """Whether the portal kept its word."""
        return not any(self.wrong.values())


NO_OTHERS: Mapping[str, str] = MappingProxyType({})
MUST_BE_EMPTY = ("lost", "doubled", "false_states", "unexplained")


def judge(
    rows: Iterable[Row], events: Iterable[Event], struck: Sequence[Struck], others: Mapping[str, str] = NO_OTHERS
) -> Verdict:
    """Compare. `others` are messages of the portal besides the letters, such as reminders: addresses by Message-ID."""
    verdict, attempts = Verdict(), attempts_by_address(events, others)
    for row in rows:
        verdict.states[row.state] += 1
        _judge(row, attempts.pop(row.to, []), struck, verdict)
    for to in attempts.keys() - set(others.values()):
        verdict.false_states[to] = "the relay was offered a letter of which the portal knows nothing"
    return verdict


def attempts_by_address(events: Iterable[Event], others: Mapping[str, str]) -> dict[str, list[Attempt]]:
    """What the relay wrote down of the letters, attempt by attempt."""
    attempts: dict[tuple[str, int], list[Event]] = {}
    for event in events:
        attempts.setdefault((event.to, event.attempt), []).append(event)
    found: dict[str, list[Attempt]] = {}
    for (to, _number), own in attempts.items():
        letters = found.setdefault(to, [])
        if not any(event.id in others for event in own):
            letters.append(Attempt(own))
    return found


def _judge(row: Row, attempts: list[Attempt], struck: Sequence[Struck], verdict: Verdict) -> None:
    kept = [event for attempt in attempts for event in attempt.events if event.what == "kept"]
    if len(kept) > 1:
        verdict.doubled[row.to] = f"the relay kept {len(kept)} copies; {row.says}"
    if foreign := [event for event in kept if (event.id, event.answer) != (row.id, row.to)]:
        verdict.false_states[row.to] = f"the relay kept {foreign[0].id} to {foreign[0].answer} for this office"
    if row.state not in FINAL:
        verdict.lost[row.to] = f"its state is {row.state or 'missing'} though everything had time to settle"
    elif row.state == "handed_over" and not kept:
        verdict.lost[row.to] = "the portal says it was handed over; the relay has no copy"
    elif row.state == "uncertain":
        verdict.uncertain[row.to] = _what_explains(attempts, struck)
        if not verdict.uncertain[row.to]:
            verdict.unexplained[row.to] = f"{row.says}; {told(attempts)}"
    elif not _is_so(row, attempts):
        verdict.false_states[row.to] = f"{row.says}; {told(attempts)}"


def _is_so(row: Row, attempts: list[Attempt]) -> bool:
    """Whether the relay said what the portal says it said.

    Behind a refusal there may be an offer of a sender that came late: the fence stopped it.
    """
    if row.state == "handed_over":
        return any(attempt.is_kept and attempt.answer.startswith("250") for attempt in attempts)
    kept = any(attempt.is_kept for attempt in attempts)
    return not kept and any(attempt.answer.startswith("5") for attempt in attempts)


def _what_explains(attempts: list[Attempt], struck: Sequence[Struck]) -> str:
    """Why nobody can know: the relay was let have the text and said nothing, or a blow fell before its word was written down."""
    for attempt in attempts:
        if attempt.was_let_in and not attempt.answer and attempt.mood in SILENT:
            return attempt.mood
        if attempt.was_let_in and (blow := next(filter(attempt.met, struck), None)):
            return blow.kind
    return ""


def told(attempts: list[Attempt]) -> str:
    """What the relay wrote down, in a line."""
    lines = (
        f"{attempt.events[0].at:.1f}"
        + "".join(f" +{event.at - attempt.events[0].at:.1f} {event.what} {event.answer}" for event in attempt.events)
        + f" ({attempt.mood or 'kind'})"
        for attempt in attempts
    )
    return "the relay wrote: " + ("; then ".join(lines) or "nothing")
