"""`run.py manage chaos`: dispatch letters while everything goes wrong, then compare every row with what the relay wrote down.

On engines of its own, with a worker, beat and relay of its own; the portal's own data are not touched. What goes wrong is drawn
from the seed (`plan`): the relay greylists, refuses, hangs and hangs up; workers are killed with -9, Valkey loses everything,
PostgreSQL crashes, the relay goes away (`house`). Most blows fall at a chosen letter while it is between RCPT and the relay's
answer, where they hurt. When all is over everything has time to settle; then nothing may be lost, nothing be there twice, no
state be false, and whatever is called uncertain must be explained by the relay's log (`verdict`).

`--mutate BUG` plants a bug in the worker (`mutants`), `--controls` each in turn: the command must find it.
"""

from taskforce.local.chaos.command import run

__all__ = ["run"]
