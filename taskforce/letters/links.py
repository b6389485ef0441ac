"""The address of a recipient's own answering page, which needs no account."""

import datetime as dt

from django.conf import settings
from django.urls import reverse

from core.tokens import seal, unseal
from taskforce.letters.models import Recipient
from taskforce.letters.workflow import Status

PURPOSE = "letters:acknowledge"
SAMPLE_LINK = "https://example.org/a/…"  # leads nowhere: for whoever is not to have a key
GRACE = dt.timedelta(days=90)  # how long a link still shows what was answered after the deadline
LIFE = dt.timedelta(days=365)  # how long the link of a letter without a deadline works


def token_of(recipient: Recipient) -> str:
    """The sealed token of a recipient."""
    return seal(PURPOSE, recipient.pk, recipient.token_version)


def link_to(recipient: Recipient) -> str:
    """The whole address, for mail and PDF."""
    return f"{settings.PORTAL_URL}{reverse(PURPOSE, args=[token_of(recipient)])}"


def recipient_of(token: str, *, at: dt.datetime) -> Recipient | None:
    """The recipient whose page the token opens at that moment; None for a wrong, replaced, withdrawn or expired one.

    A letter that came back and was sent again has another link: the first may have reached somebody else.
    """
    unsealed = unseal(PURPOSE, token)
    if unsealed is None:
        return None
    pk, version = unsealed
    rows = Recipient.objects.select_related("dispatch__letter__mechanism").with_state()
    recipient = rows.filter(pk=pk, token_version=version).exclude(dispatch__letter__status=Status.WITHDRAWN).first()
    if recipient is None or at > _last_moment(recipient) or Recipient.objects.replaced().filter(pk=pk).exists():
        return None
    return recipient


def _last_moment(recipient: Recipient) -> dt.datetime:
    ends = recipient.dispatch.letter.deadline_ends
    return ends + GRACE if ends else recipient.dispatch.started_at + LIFE


def is_open(recipient: Recipient, *, at: dt.datetime) -> bool:
    """Whether an answer can still be given or amended by the recipient, until the letter is closed.

    An answer is amended until the deadline; a first one is welcome later, as long as the link works: reminders ask for it.
    The link of somebody whose successor got the letter takes none.
    """
    letter = recipient.dispatch.letter
    ends = letter.deadline_ends
    in_time = ends is None or at <= ends or recipient.acknowledged_at is None
    return letter.status != Status.CLOSED and in_time and recipient.reissued() is None
