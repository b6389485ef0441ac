"""The e-mail that carries a letter: what it is, a link, and the PDF unless the text is restricted."""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from core.models import StoredFile
from core.outbox import Draft
from core.sensitivity import Sensitivity
from taskforce.letters.documents import PersonalLetter
from taskforce.letters.models import Recipient, Rehearsal


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
        reply_to=letter.text.contacts[0].email if letter.text.contacts else "",
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
