"""Where a letter stands, at one glance: its stages in order, and who is next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agencies.models import Agency
from core.dates import today
from taskforce.letters.models import Letter
from taskforce.letters.workflow import ClearanceState, SigningState, Status

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

REVIEW = frozenset({Status.IN_REVIEW})
LINE = (
    (gettext_lazy("Draft"), frozenset({Status.DRAFT})),
    (gettext_lazy("Review"), REVIEW),
    (gettext_lazy("Clearance"), frozenset({Status.IN_CLEARANCE})),
    (gettext_lazy("Signature"), frozenset({Status.IN_SIGNATURE})),
    (gettext_lazy("Ready"), frozenset({Status.READY})),
    (gettext_lazy("Dispatch"), frozenset({Status.DISPATCHING})),
    (gettext_lazy("Answers"), frozenset({Status.DISPATCHED})),
    (gettext_lazy("Closed"), frozenset({Status.CLOSED})),
)


@dataclass(frozen=True)
class Stage:
    """One stage: `place` is “done”, “here” or “ahead”; `next` says who moves the letter on, where it stands here."""

    name: str | _StrPromise
    place: str
    next: str = ""


def stages_of(letter: Letter) -> list[Stage]:
    """The line of a letter; empty for one that was withdrawn. A review, which may be left out, is told of only while it lasts.

    Members who get the letter later shall not learn from its line that it was commented.
    """
    line = [stage for stage in LINE if stage[1] != REVIEW or letter.status in REVIEW]
    here = next((number for number, (_name, statuses) in enumerate(line) if letter.status in statuses), None)
    if here is None:
        return []
    return [
        Stage(name, "done" if number < here else "here" if number == here else "ahead", _next(letter, number, here))
        for number, (name, _statuses) in enumerate(line)
    ]


def _next(letter: Letter, number: int, here: int) -> str:
    return NEXT[letter.status](letter) if number == here and letter.status in NEXT else ""


def _review(letter: Letter) -> str:
    count = letter.comments.open().count()
    return ngettext("%(n)d open comment", "%(n)d open comments", count) % {"n": count}


def _clearance(letter: Letter) -> str:
    if running := letter.silences.running().first():
        return _("adopted at %(end)s, unless somebody objects before") % {"end": running.end_in_words}
    current = letter.clearances.current()
    waiting = current.filter(state__in=[ClearanceState.ASKED, ClearanceState.OBJECTED]).values("agency")
    return _waits(Agency.objects.named_on(today()).filter(pk__in=waiting).values_list("acronym", flat=True))


def _signature(letter: Letter) -> str:
    unsigned = list(letter.signings.unsigned().select_related("person"))
    asked = [row.person for row in unsigned if row.state == SigningState.ASKED]
    if asked:
        return _waits(map(str, asked))
    return ngettext("%(n)d signature to be recorded", "%(n)d signatures to be recorded", len(unsigned)) % {
        "n": len(unsigned)
    }


def _ready(letter: Letter) -> str:
    if letter.releases.open().exists():
        return _("waits to be released by a second person")
    return _("the secretariat asks for its dispatch")


def _waits(names: Iterable[str]) -> str:
    return _("waits for %(names)s") % {"names": ", ".join(names)}


NEXT: dict[str, Callable[[Letter], str]] = {
    Status.DRAFT: lambda _letter: _("the secretariat submits it for clearance"),
    Status.IN_REVIEW: _review,
    Status.IN_CLEARANCE: _clearance,
    Status.IN_SIGNATURE: _signature,
    Status.READY: _ready,
}
