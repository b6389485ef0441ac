"""Two who change the same answers: nothing is replaced that its writer was not shown.

A form carries a mark of what it showed, the moment of the last change. Whoever sends something else over a later change is told
who made it and when; what they typed comes back to them, and counts when they send it again.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from core.history import by_whom, people_of
from core.words import long_moment

if TYPE_CHECKING:
    from taskforce.letters.models import Answer, Recipient


class ChangedMeanwhile(Exception):
    """Somebody changed it since the page was opened. The text says who and when, `mark` is that of what stands."""

    def __init__(self, *, at: dt.datetime, by: str) -> None:
        self.mark = _mark(at)
        said = _(
            "These answers were changed by %(name)s on %(moment)s, after you opened this page. "
            "Nothing of yours is recorded yet: compare it with what stands now, and send it again to replace that."
        )
        super().__init__(said % {"name": by, "moment": long_moment(at)})


def mark_of(about: Recipient | Answer | None) -> str:
    """The mark of all answers of an office, or of one answer; empty while there is none."""
    return _mark(_last_change(about)[0]) if about else ""


def check(about: Recipient | Answer, seen: str | None, *, to_office: bool = False) -> None:
    """Raise ChangedMeanwhile where something else stands than was `seen`; None asks nothing.

    An office reads no names of the house.
    """
    at, row = _last_change(about)
    if seen is not None and at and seen != _mark(at):
        raise ChangedMeanwhile(at=at, by=_changed_by(row, at, to_office=to_office))


def _mark(at: dt.datetime | None) -> str:
    return at.astimezone(dt.UTC).isoformat() if at else ""


def _last_change(about: Any) -> tuple[dt.datetime | None, Any]:
    """When it changed last, and the row that says by whom."""
    if not hasattr(about, "answers"):
        return about.changed_at, about
    newest = max(about.answers.all(), key=lambda answer: answer.changed_at, default=None)
    if newest and (about.amended_at is None or newest.changed_at > about.amended_at):
        return newest.changed_at, newest
    return about.amended_at, about


def _changed_by(row: Any, at: dt.datetime, *, to_office: bool) -> str:
    moment = "amended_at" if hasattr(row, "amended_at") else "changed_at"
    versions = row.pgh_event_model.objects.filter(pgh_obj_id=row.pk, **{moment: at})
    event = versions.earliest("pgh_id")
    if to_office:
        return str((event.pgh_context or {}).get("answered_by") or _("the secretariat"))
    return by_whom(event, people_of([event]))
