"""Bugs to be planted: a proof that cannot fail proves nothing.

`python -m taskforce.local.chaos.mutants BUG …` is `celery …` with this bug; `chaos` must find each of them.
"""

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from celery.__main__ import main as celery

Plant = Callable[[], None]


def put(module: ModuleType, name: str, work: Callable[..., Any]) -> None:
    """Put our function in the place of the module's."""
    if not hasattr(module, name):
        raise AttributeError(name)
    setattr(module, name, work)


def no_fence() -> None:
    """A message goes out without being marked: whoever comes after a dead sender sends it again."""
    from core.outbox import sending

    put(sending, "_fence", lambda _message, _token: True)


def counted_too_early() -> None:
    """A message counts as handed over before the relay answered."""
    from core.models import MessageState
    from core.outbox import sending

    name = "_send_text"
    send, settle, mine = (getattr(sending, part) for part in (name, "settle", "_mine"))

    def early(relay: Any, message: Any, token: Any, raw: Any) -> bool:
        settle(mine(message, token), MessageState.HANDED_OVER, "250")
        return bool(send(relay, message, token, raw))

    put(sending, name, early)


def lost_answer_is_sent_again() -> None:
    """A connection lost while handing over puts the message back into the queue."""
    from core.models import MessageState
    from core.outbox import sending

    name = "settle"
    settle = getattr(sending, name)

    def again(rows: Any, state: MessageState, reason: str) -> None:
        settle(rows, MessageState.QUEUED if state == MessageState.UNCERTAIN else state, reason)

    put(sending, name, again)


def vanished_sender_is_sent_again() -> None:
    """What a vanished sender left in flight is queued again."""
    from core import outbox
    from core.models import MessageState, OutgoingMessage

    def again() -> int:
        stranded = OutgoingMessage.objects.stranded()
        return stranded.update(state=MessageState.QUEUED, lease_token=None, lease_until=None)

    put(outbox, "reap", again)


def no_reaper() -> None:
    """What a vanished sender left stays in flight for ever."""
    from core import outbox

    put(outbox, "reap", lambda: 0)


def no_sweeps() -> None:
    """Only the broker knows what waits."""
    from core import tasks

    put(tasks, "claim_period", lambda _name, _seconds: False)


def refusal_counts_as_handed_over() -> None:
    """Whatever the relay answers, the message counts as handed over."""
    from core.models import MessageState
    from core.outbox import sending

    name = "settle"
    settle = getattr(sending, name)

    def rosy(rows: Any, state: MessageState, reason: str) -> None:
        settle(rows, MessageState.HANDED_OVER if state == MessageState.REFUSED else state, reason)

    put(sending, name, rosy)


def gives_up_early() -> None:
    """Whatever is postponed is called uncertain, as if nobody could know."""
    from core.models import MessageState
    from core.outbox import sending

    def give_up(message: Any, token: Any, _code: int, answer: bytes) -> None:
        mine, settle = (getattr(sending, part) for part in ("_mine", "settle"))
        settle(mine(message, token), MessageState.UNCERTAIN, answer.decode())

    put(sending, "_refused", give_up)


BUGS: Mapping[str, Plant] = {
    plant.__name__.replace("_", "-"): plant
    for plant in (
        no_fence,
        counted_too_early,
        lost_answer_is_sent_again,
        vanished_sender_is_sent_again,
        no_reaper,
        no_sweeps,
        refusal_counts_as_handed_over,
        gives_up_early,
    )
}


def main(bug: str) -> None:
    """Plant the bug, then be celery."""
    import django

    django.setup()
    BUGS[bug]()
    sys.argv = ["celery", *sys.argv[2:]]
    celery()


if __name__ == "__main__":
    main(sys.argv[1])
