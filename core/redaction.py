"""The one lawful path by which frozen mail loses a person's address and text, once their contact data have expired.

State, times, subject (which is neutral) and the hash of what was sent stay. Only `agencies.people.expiry` walks it. The history
needs none: it never holds contact data (ADR 40).
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from functools import reduce

import pgtrigger
from django.db import transaction
from django.db.models import Q

from core.models import MessageQuerySet, MessageState, OutgoingMessage

UNSETTLED = (MessageState.QUEUED, MessageState.HELD, MessageState.IN_FLIGHT, MessageState.UNCERTAIN)


def unsettled() -> MessageQuerySet:
    """Mail that may still leave, or about which a person must decide: nothing is taken from it."""
    return OutgoingMessage.objects.filter(state__in=UNSETTLED)


@transaction.atomic
def forget(address: str, keys: Iterable[str]) -> int:
    """Take address and text from settled mail to the address whose key begins with one of `keys`; the number of messages."""
    ours = reduce(operator.or_, (Q(key__startswith=key) for key in keys))
    settled = OutgoingMessage.objects.filter(ours, to__iexact=address).exclude(state__in=UNSETTLED)
    with pgtrigger.ignore("core.OutgoingMessage:frozen"):
        return settled.update(to="", text="", html="")
