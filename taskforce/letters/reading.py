"""A letter as one office reads it: as it went where it has gone out, else as it would go today."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.dates import today
from taskforce.letters import merge
from taskforce.letters.addressees import Addressee, addressees
from taskforce.letters.dispatching import personal_letter, sent_rows, text_to_send
from taskforce.letters.documents import LetterText, PersonalLetter, personal, thawed
from taskforce.letters.links import SAMPLE_LINK
from taskforce.letters.models import Letter, Recipient
from taskforce.letters.reissuing import successors


@dataclass(frozen=True)
class Reading:
    """The text that all share, the offices to choose from, the chosen one and its letter."""

    text: LetterText
    offices: list[Addressee]
    to: Addressee | None
    letter: PersonalLetter | None


def reading(letter: Letter, wanted: str = "", own: LetterText | None = None) -> Reading:
    """The letter of the wanted office (its id), else of the first; `own` is another text of it to be read."""
    if own:
        offices = addressees(today(), own.groups)
        to = chosen(offices, wanted)
        return Reading(own, offices, to, planned(own, to))
    sent = sent_rows(letter)
    return _as_sent(sent, wanted) if sent else _as_planned(letter, wanted)


def _as_sent(sent: list[Recipient], wanted: str) -> Reading:
    row = next((row for row in sent if str(row.office_id) == wanted), sent[0])
    text = thawed(row.dispatch.frozen)
    own = personal_letter(row, text, link=SAMPLE_LINK)
    return Reading(text, [row.addressee for row in sent], row.addressee, own)


def _as_planned(letter: Letter, wanted: str) -> Reading:
    text = text_to_send(letter)
    offices = addressees(today(), text.groups)
    to = chosen(offices, wanted)
    return Reading(text, offices, to, planned(text, to))


def letter_of(letter: Letter, office: str, *, reissue: bool = False) -> PersonalLetter | None:
    """The letter as an office (its id) got it, or would get it today; none for an office that does not work today.

    A `reissue` is the one that a successor in the office would get.
    """
    if reissue:
        roll = successors(letter, today())
        return planned(text_to_send(letter), next((one for one in roll.addressees if one.office_id == office), None))
    if row := next((row for row in sent_rows(letter) if str(row.office_id) == office), None):
        return personal_letter(row, link=SAMPLE_LINK)
    text = text_to_send(letter)
    to = next((one for one in addressees(today(), text.groups) if one.office_id == office), None)
    return planned(text, to)


def planned(text: LetterText, to: Addressee | None) -> PersonalLetter | None:
    """The letter as it would go today; none where there is no office."""
    return personal(text, to, day=today(), link=SAMPLE_LINK) if to else None


def drafted(text: LetterText, to: Addressee | None) -> PersonalLetter | None:
    """As `planned`, of a text that is still being typed and may hold what is no merge field."""
    return planned(replace(text, body=merge.with_wrong_marked(text.body)), to)


def chosen(offices: list[Addressee], wanted: str) -> Addressee | None:
    """The office that is wanted (its id), else the first."""
    return next((one for one in offices if one.office_id == wanted), offices[0] if offices else None)
