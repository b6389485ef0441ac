"""How much one office may send by its link, which anybody who has it can use; counted in the history, which forgets nothing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from taskforce.letters.models import Answer, Recipient

MOST_FILES = 30  # that one office may send, those it replaced included
MOST_CHANGES = 100  # of the answers of one office to one letter


class TooMany(Exception):
    """An office has sent as much as it may. The text says what to do instead."""


def check(recipient: Recipient, *, files: int) -> None:
    """Raise TooMany where a further change of the answers, with so many files, is more than an office may send."""
    if files and files_sent(recipient) + files > MOST_FILES:
        raise TooMany(_("Your office has sent many files already. Please send this one to a contact named below."))
    if changes_made(recipient) >= MOST_CHANGES:
        said = _(
            "Your office has changed its answers many times already. Please tell this change to a contact named below."
        )
        raise TooMany(said)


def files_sent(recipient: Recipient) -> int:
    """How many files belong or belonged to the answers of an office."""
    versions: Any = Answer.pgh_event_model  # type: ignore[attr-defined]
    sent = versions.objects.filter(recipient_id=recipient.pk, file__isnull=False)
    return int(sent.values("file").distinct().count())


def changes_made(recipient: Recipient) -> int:
    """How often an office answered a letter by its links; what the secretariat recorded does not count."""
    versions: Any = Recipient.pgh_event_model  # type: ignore[attr-defined]
    made = versions.objects.filter(
        pgh_obj__in=recipient.issues.values("pk"), recorded_by=None, amended_at__isnull=False
    )
    return int(made.values("pgh_obj", "amended_at").distinct().count())
