"""Following a letter up: whom it is fair to chase, chasing them, and of whom no reply is expected.

Reminders by rule are those of `taskforce.reminders`: an office owes its answer as long as it has the letter, has not answered and
a reply is expected.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from agencies.actions import owe, settle
from agencies.country_names import country_in
from agencies.models import Obligation, ObligationKind
from core import outbox
from core.access import require
from core.audit import signed
from core.kept import sentence
from core.models import MessageState
from core.outbox import Draft
from core.workflow import IllegalMove
from taskforce.letters import links
from taskforce.letters.addressees import standard
from taskforce.letters.documents import LetterText, thawed
from taskforce.letters.models import Chase, Dispatch, Exemption, Letter, Purpose, Recipient
from taskforce.letters.reissuing import overtaken
from taskforce.letters.replies import reply_address
from taskforce.letters.workflow import Status

if TYPE_CHECKING:
    from accounts.models import User

APART = dt.timedelta(hours=20)  # nobody hears from us twice in that time: chased every morning, not twice a day
ANSWER = sentence(gettext_noop("Answer letter %(letter)s"))
EXCUSED = sentence(gettext_noop("No reply expected: %(why)s"))
LOST = (MessageState.REFUSED, MessageState.BOUNCED)
UNDELIVERED = gettext_noop("Undelivered")  # the outcome of what nobody can owe: it is told apart by this word


# ---------------------------------------------------------------- whom


@dataclass(frozen=True)
class Waiting:
    """The offices that have not answered: whom to chase now, whom we wrote to a short while ago, and who may lack the letter.

    `overtaken` are those in which somebody new has not had it: they are sent the letter again, nobody chases the predecessor.
    """

    now: Sequence[Any]
    lately: Sequence[Any]
    unsure: Sequence[Any]
    overtaken: Sequence[Any]


def waiting(letter: Letter, at: dt.datetime) -> Waiting:
    """Who has not answered, by name; a constant number of queries."""
    owing = Recipient.objects.filter(dispatch__letter=letter).owing()
    new = set(overtaken([letter], localtime(at).date()).values_list("office", flat=True))
    everyone = list(owing.select_related("message", "dispatch").order_by("office_name", "pk"))
    rows = [row for row in everyone if row.office_id not in new]
    since = at - APART
    chased = set(owing.filter(chases__at__gt=since).values_list("pk", flat=True))
    by_rule = Obligation.objects.filter(kind=ObligationKind.ANSWER, topic=letter.pk, reminders__made_at__gt=since)
    heard = chased | set(by_rule.values_list("subject_id", flat=True))
    have_it = [row for row in rows if row.message and row.message.state == MessageState.HANDED_OVER]
    return Waiting(
        now=[row for row in have_it if row.pk not in heard],
        lately=[row for row in have_it if row.pk in heard],
        unsure=[row for row in rows if row not in have_it],
        overtaken=[row for row in everyone if row.office_id in new],
    )


# ---------------------------------------------------------------- chasing


@transaction.atomic
def chase(*, letter: Letter, note: str, by: User, at: dt.datetime) -> Chase:
    """Write to everyone who has not answered and was not written to lately. Raises IllegalMove where there is nobody.

    Two who chase at once wait for each other; the second finds nobody left.
    """
    require(by, "letters.dispatch_letter", letter)
    letter = Letter.objects.select_for_update(of=("self",)).select_related("mechanism").get(pk=letter.pk)
    rows = waiting(letter, at).now
    if letter.status == Status.CLOSED or not rows:
        raise IllegalMove(_("There is nobody to chase."))
    with signed(user=str(by.pk)):
        made = Chase.objects.create(letter=letter, note=note, by=by, at=at)
        made.recipients.set(rows)
    outbox.enqueue_many(chase_email(row, letter, note, key=f"chase:{made.pk}:{row.pk}", batch=made) for row in rows)
    return made


def chase_email(recipient: Recipient, letter: Letter, note: str, *, key: str = "", batch: Chase | None = None) -> Draft:
    """The message to one office, in its language. Without a batch it is a sample, whose link leads nowhere."""
    text = thawed(recipient.dispatch.frozen).read_in(recipient.language)
    link = links.link_to(recipient) if batch else links.SAMPLE_LINK
    with override(text.language):
        return Draft(
            key=key,
            to=recipient.email,
            subject=_("Letter %(reference)s: your answer") % {"reference": text.reference},
            text=render_to_string("emails/chase.txt", _words(recipient, letter, text, note, link)),
            batch=batch.pk if batch else None,
            reply_to=reply_address(recipient) or (text.contacts[0].email if text.contacts else ""),
        )


def _words(recipient: Recipient, letter: Letter, text: LetterText, note: str, link: str) -> dict[str, Any]:
    return {
        "salutation": standard(recipient.salutation),
        "office": country_in(recipient.office_name, text.language),
        "sender": letter.mechanism.name,
        "text": text,
        "day": recipient.dispatch.day,
        "late": letter.deadline_is_over(),
        "note": note,
        "link": link,
    }


# ---------------------------------------------------------------- no reply expected


@transaction.atomic
def exempt(*, recipient: Recipient, why: str, by: User, at: dt.datetime) -> Exemption:
    """Expect no reply of an office any more: it owes none, and nobody chases it."""
    with signed(user=str(by.pk)):
        facts = {"why": why, "by": by, "at": at}
        exemption, _made = Exemption.objects.update_or_create(recipient=recipient, defaults=facts)
    outcome = EXCUSED % {"why": why}
    settle(recipient.pk, kind=ObligationKind.ANSWER, outcome=outcome[:200])
    return exemption


@transaction.atomic
def expect_again(*, recipient: Recipient, by: User) -> None:
    """Expect a reply of an office again."""
    with signed(user=str(by.pk)):
        Exemption.objects.filter(recipient=recipient).delete()
    current = Recipient.objects.select_related("dispatch__letter__mechanism", "office").get(pk=recipient.pk)
    letter = current.dispatch.letter
    still = Recipient.objects.filter(dispatch__letter=letter).owing().filter(pk=current.pk).exists()
    if still and letter.purpose == Purpose.ACTION and letter.status != Status.CLOSED:
        owe_answer(current, current.dispatch)


def owe_answer(recipient: Recipient, dispatch: Dispatch) -> Obligation:
    """Note that an office owes its answer; noting it again opens it anew."""
    letter = dispatch.letter
    return owe(
        kind=ObligationKind.ANSWER,
        what=ANSWER % {"letter": letter.open_name},
        page=links.PURPOSE,
        subject_id=recipient.pk,
        due_on=letter.deadline or dispatch.day,
        office=recipient.office,
        sealed=True,
        seal_version=recipient.token_version,
        mechanism=letter.mechanism,
        topic=letter.pk,
        time_zone=letter.deadline_zone,
    )


# ---------------------------------------------------------------- what did not arrive


@transaction.atomic
def match_deliveries(at: dt.datetime) -> int:
    """Nobody owes an answer to what came back: close those obligations, and open them anew where it arrived after all."""
    lost = Recipient.objects.filter(message__state__in=LOST).values("pk")
    answers = Obligation.objects.filter(kind=ObligationKind.ANSWER)
    closed = answers.open().filter(subject_id__in=lost).update(closed_at=at, outcome=UNDELIVERED)
    arrived = Recipient.objects.filter(acknowledged_at=None, exemption=None).exclude(message__state__in=LOST)
    again = answers.filter(outcome=UNDELIVERED, closed_at__isnull=False, subject_id__in=arrived.latest().values("pk"))
    return closed + again.update(closed_at=None, outcome="")
