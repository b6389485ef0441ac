"""What became of the letter of each office, with its day and reason: what the file of recipients says in one row."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Min, OuterRef, Subquery
from django.utils.translation import gettext as _

from core.kept import told
from core.models import MessageState, OutgoingMessage
from taskforce.letters.models import Answer, MailedReply, RecipientState

if TYPE_CHECKING:
    from taskforce.letters.models import RecipientQuerySet

# When the message was settled so for the last time, from its history: a later state does not hide an earlier one.
LEFT = {
    "handed_over_at": MessageState.HANDED_OVER,
    "refused_at": MessageState.REFUSED,
    "uncertain_at": MessageState.UNCERTAIN,
    "bounced_at": MessageState.BOUNCED,
}


def with_fates(rows: RecipientQuerySet, user: Any) -> RecipientQuerySet:
    """Rows of `for_list` with a moment for each state of the message, for the first answer and for the first mail that the user may see."""
    mails = MailedReply.objects.visible_to(user).filter(recipient=OuterRef("pk")).order_by("received_at")
    told = rows.select_related("message", "dispatch", "exemption").annotate(
        answered_at=Subquery(_first_answers()), mailed_at=Subquery(mails.values("received_at")[:1])
    )
    return told.annotate(**{name: Subquery(_settled(state)) for name, state in LEFT.items()})


def _settled(state: str) -> Any:
    versions: Any = OutgoingMessage.pgh_event_model  # type: ignore[attr-defined]
    mine = versions.objects.filter(pgh_obj_id=OuterRef("message"), state=state, settled_at__isnull=False)
    return mine.order_by("-pgh_id").values("settled_at")[:1]


def _first_answers() -> Any:
    """When the office first said anything to an invitation: from the history, for an answer can be amended."""
    versions: Any = Answer.pgh_event_model  # type: ignore[attr-defined]
    given = versions.objects.filter(recipient_id=OuterRef("pk")).exclude(choice="").order_by()
    return given.values("recipient_id").annotate(first=Min("changed_at")).values("first")


def state_at(row: Any) -> dt.datetime | None:
    """Since when a row of `with_fates` is in its state."""
    message = row.message
    if row.state == RecipientState.ACKNOWLEDGED:
        return row.acknowledged_at  # type: ignore[no-any-return]
    if row.state == RecipientState.QUEUED:
        return message.created_at  # type: ignore[no-any-return]
    if message:
        return message.settled_at  # type: ignore[no-any-return]
    return row.dispatch.cancelled_at or row.dispatch.started_at  # type: ignore[no-any-return]


def state_reason(row: Any) -> str:
    """Why it is in its state; empty where there is nothing to say."""
    if row.state == RecipientState.ACKNOWLEDGED:
        return _("Acknowledged by %(name)s") % {"name": row.acknowledged_by}
    if row.state == RecipientState.UNREACHED:
        return _("There was no address on the day of dispatch.")
    if row.state == RecipientState.CANCELLED:
        return _("The dispatch was stopped.")
    return told(row.message.reason) if row.message else ""


def excused(row: Any) -> str:
    """Why no reply is expected of the office; empty where one is."""
    exemption = getattr(row, "exemption", None)
    return exemption.why if exemption else ""
