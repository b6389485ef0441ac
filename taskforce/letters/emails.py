"""The e-mail that carries a letter: what it is, a link, and the PDF unless the text is restricted; and what its people are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import outbox
from core.dates import long_date
from core.models import StoredFile
from core.outbox import Draft
from core.sensitivity import Sensitivity
from taskforce.letters.documents import PersonalLetter
from taskforce.letters.models import Recipient, Rehearsal, Signing
from taskforce.letters.replies import reply_address

if TYPE_CHECKING:
    from accounts.models import User


def letter_email(
    recipient: Recipient, letter: PersonalLetter, *, sender_name: str, files: Sequence[StoredFile]
) -> Draft:
    """The message to one office, in the language of its letter.

    Its subject says nothing of the matter; restricted text stays behind the link.
    """
    restricted = letter.text.sensitivity > Sensitivity.UNCLASSIFIED
    with translation.override(letter.language):
        return _letter_email(recipient, letter, sender_name, files, restricted=restricted)


def _letter_email(
    recipient: Recipient, letter: PersonalLetter, sender_name: str, files: Sequence[StoredFile], *, restricted: bool
) -> Draft:
    context = {"letter": letter, "sender": sender_name, "restricted": restricted}
    return Draft(
        key=recipient.key,
        to=recipient.email,
        subject=_("Letter %(reference)s") % {"reference": letter.text.reference},
        text=render_to_string("emails/letter.txt", context),
        attachments=() if restricted else tuple(files),
        batch=recipient.dispatch_id,
        reply_to=reply_address(recipient) or (letter.text.contacts[0].email if letter.text.contacts else ""),
    )


def rehearsal_email(
    rehearsal: Rehearsal,
    letter: PersonalLetter,
    *,
    to: str,
    guests: Sequence[str],
    sender_name: str,
    files: Sequence[StoredFile],
) -> Draft:
    """What an office would get, marked as a rehearsal, to a guest; the outbox takes it for guests only."""
    context = {"letter": letter, "sender": sender_name, "restricted": False}
    return Draft(
        key=f"rehearsal:{rehearsal.pk}:{letter.to.office_id}:{to}",
        to=to,
        only_to=frozenset(guests),
        subject=_("Rehearsal: letter %(reference)s") % {"reference": letter.text.reference},
        text=render_to_string("emails/rehearsal.txt", context),
        attachments=tuple(files),
        batch=rehearsal.pk,
    )


def ask_to_sign(row: Signing) -> None:
    """Tell the person that their signature is asked for, inside the caller's transaction."""
    if row.person and row.due_on:
        with override(row.person.language):
            what = _("You are asked to sign letter %(letter)s by %(day)s.")
            said = what % {"letter": row.letter.reference, "day": long_date(row.due_on)}
            tell(row.person, key=f"signing:{row.pk}:{row.due_on}", said=said, url=row.get_absolute_url())


def tell(person: User, *, key: str, said: str, url: str) -> None:
    """A message to a person of the portal, in the language in force: one sentence that says nothing of the matter, and a link."""
    outbox.enqueue(
        key=f"letters:{key}:{person.pk}",
        to=person.email,
        subject=_("%(portal)s: a letter waits for you") % {"portal": settings.PORTAL_NAME},
        text=render_to_string(
            "emails/letter_notice.txt", {"person": person, "said": said, "url": settings.PORTAL_URL + url}
        ),
    )
