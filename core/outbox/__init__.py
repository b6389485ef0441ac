"""The outbox: mail is a row first and is sent afterwards, each message at most once.

Sending one message takes three transactions. The first claims the row with a lease and a token. SMTP then goes up to RCPT. The
second is the fence: is the lease still mine, is the row still to be sent? Only then is the text handed over (DATA), and the
third writes what the relay said. A sender that dies before the fence has provably sent nothing: the lease runs out and the row
is claimed again. A sender that dies after it leaves the row in flight: it becomes *uncertain*, and a person decides, never the
machine. Exactly once is impossible over SMTP; this loses nothing and repeats nothing.

    gate      whether mail may leave: all of it stopped and released, a dispatch paused and resumed
    queueing  a message becomes a row of the caller's transaction
    wire      a message as bytes, and the digest by which they are known
    sending   claim, offer, fence, hand over
    fates     what else becomes of a message: its sender vanished, it was cancelled, it came back, a person decided
"""

from core.outbox.fates import LEFT, came_back, cancel, is_late, reap, resolve, take_back
from core.outbox.gate import hold, hold_of, on_hold, pause, pause_batch, release, resume_batch, wake
from core.outbox.queueing import Draft, NotAGuestError, enqueue, enqueue_many
from core.outbox.sending import claim, deliver
from core.outbox.wire import BOUNCE, return_path

__all__ = [
    "BOUNCE",
    "LEFT",
    "Draft",
    "NotAGuestError",
    "came_back",
    "cancel",
    "claim",
    "deliver",
    "enqueue",
    "enqueue_many",
    "hold",
    "hold_of",
    "is_late",
    "on_hold",
    "pause",
    "pause_batch",
    "reap",
    "release",
    "resolve",
    "resume_batch",
    "return_path",
    "take_back",
    "wake",
]
