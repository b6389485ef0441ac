"""What stands in a letter, on its pages, in its e-mail and in its PDF, as finished values.

`LetterText` is the whole content that all recipients share: what an author types, co-chairs clear and a dispatch freezes.
`PersonalLetter` is that text for one addressee. `LetterFigures` is what became of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from agencies.country_names import country_in
from core.dates import locale, long_date
from core.marks import unmarked
from core.richtext import merged_html, to_html
from core.sensitivity import Sensitivity
from taskforce.letters import merge
from taskforce.letters.addressees import Addressee, standard
from taskforce.letters.groups import Group
from taskforce.letters.models import ZONES, Choice, ContactKind, Letter, Recipient, RecipientState
from taskforce.letters.wording import Wording, worded

if TYPE_CHECKING:
    from taskforce.letters.models import Dispatch


@dataclass(frozen=True)
class Signature:
    """One signature block. `signed_on` is the ISO date of a signature given on the portal, empty for one on paper."""

    title: str
    office: str
    name: str = ""
    signed_on: str = ""

    @property
    def signed_in_words(self) -> str:
        """The day of a signature given on the portal; empty where the letter says nothing of it."""
        return long_date(dt.date.fromisoformat(self.signed_on)) if self.signed_on else ""


@dataclass(frozen=True)
class Person:
    """Whom to ask, by role."""

    role: str
    email: str
    kind: str = ContactKind.HEADQUARTERS.value


@dataclass(frozen=True)
class Annex:
    """An attachment: a text of ours, or a stored file known by its id and SHA-256."""

    title: str
    text: str = ""
    file_id: str = ""
    sha256: str = ""

    @property
    def html(self) -> SafeString:
        """The text, for page and PDF."""
        return to_html(self.text)


@dataclass(frozen=True)
class LetterText:
    """The content of a letter. `deadline` is an ISO date, empty for a letter for information."""

    reference: str
    subject: str
    purpose: str
    body: str
    deadline: str = ""
    deadline_zone: str = "America/New_York"
    sensitivity: int = Sensitivity.UNCLASSIFIED
    tlp: str = "green"
    invitations: tuple[str, ...] = ()
    signatories: tuple[Signature, ...] = ()
    attachments: tuple[Annex, ...] = ()
    contacts: tuple[Person, ...] = ()
    language: str = settings.LANGUAGE_CODE
    groups: tuple[Group, ...] = ()
    wordings: tuple[Wording, ...] = ()  # in further languages

    def read_in(self, language: str) -> LetterText:
        """The text as an office of that language gets it: the main one where there is none in it."""
        own = next((words for words in self.wordings if words.language == language), None)
        return worded(self, own) if own else self

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which the letter goes out beside its main one."""
        return tuple(words.language for words in self.wordings)

    @property
    def contacts_there(self) -> tuple[Person, ...]:
        """The contacts in the field."""
        return tuple(one for one in self.contacts if one.kind == ContactKind.FIELD)

    @property
    def contacts_here(self) -> tuple[Person, ...]:
        """The contacts at headquarters."""
        return tuple(one for one in self.contacts if one.kind != ContactKind.FIELD)

    @property
    def deadline_in_words(self) -> str:
        """The date by which an answer is asked for, at its place; empty when none is."""
        if not self.deadline:
            return ""
        day = long_date(dt.date.fromisoformat(self.deadline))
        place = ZONES.get(self.deadline_zone, self.deadline_zone)
        return _("%(day)s (%(place)s time)") % {"day": day, "place": place}

    @property
    def marking(self) -> str:
        """The mark of confidentiality, empty for an unclassified letter."""
        level = Sensitivity(self.sensitivity)
        with translation.override(self.language):
            return str(level.label).upper() if level else ""


def text_of(letter: Letter) -> LetterText:
    """The content of a letter as it stands."""
    return LetterText(
        reference=letter.reference,
        subject=letter.subject,
        purpose=letter.purpose,
        body=letter.body,
        deadline=letter.deadline.isoformat() if letter.deadline else "",
        deadline_zone=letter.deadline_zone,
        sensitivity=letter.sensitivity,
        tlp=letter.tlp,
        invitations=tuple(row.text for row in letter.invitations.all()),
        signatories=tuple(Signature(row.title, row.office, row.name) for row in letter.signatories.all()),
        attachments=tuple(
            Annex(row.title, row.text, str(row.file_id or ""), row.file.sha256 if row.file else "")
            for row in letter.attachments.select_related("file")
        ),
        contacts=tuple(Person(row.role, row.email, row.kind) for row in letter.contacts.all()),
        language=letter.language,
        groups=groups_of(letter),
    )


def groups_of(letter: Letter) -> tuple[Group, ...]:
    """The rules that say whom the letter goes to."""
    rows = letter.groups.all()
    return tuple(Group(row.kind, str(row.region_id or row.office_id or ""), row.excludes) for row in rows)


def frozen(text: LetterText) -> dict[str, Any]:
    """The text as JSON."""
    return asdict(text)


def thawed(data: dict[str, Any]) -> LetterText:
    """The text that was frozen."""
    return LetterText(
        **{
            **data,
            "invitations": tuple(data["invitations"]),
            "signatories": tuple(Signature(**row) for row in data["signatories"]),
            "attachments": tuple(Annex(**row) for row in data["attachments"]),
            "contacts": tuple(Person(**row) for row in data["contacts"]),
            "wordings": tuple(Wording.thawed(words) for words in data.get("wordings", ())),
            "groups": tuple(Group(**row) for row in data.get("groups", ())),
        }
    )


def fingerprint(content: LetterText | dict[str, Any], day: dt.date, to: Iterable[Addressee]) -> str:
    """The SHA-256 of what is approved: the text, as it is or as it was frozen, the date it will bear and every addressee."""
    by_office = sorted(to, key=lambda one: one.office_id)
    text = content if isinstance(content, dict) else frozen(content)
    return _sha256([text, day.isoformat(), [one.facts for one in by_office]])


def seal_of(text: LetterText) -> str:
    """The SHA-256 of a content. What has its default is left out: a field that is added later leaves old seals whole."""
    return _sha256(_told(text))


def _told(value: Any) -> Any:
    if is_dataclass(value):
        given = ((one.name, getattr(value, one.name), one.default) for one in fields(value))
        return {name: _told(content) for name, content, default in given if content != default}
    return [_told(part) for part in value] if isinstance(value, tuple) else value


def _sha256(whole: Any) -> str:
    return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


# ---------------------------------------------------------------- one recipient's letter


@dataclass(frozen=True)
class PersonalLetter:
    """The letter to one addressee, ready to be set."""

    text: LetterText
    to: Addressee
    day: dt.date
    link: str
    marked_body: SafeString  # with the recipient's own words marked, for the press

    @property
    def body(self) -> SafeString:
        """The text, for pages and e-mails."""
        return mark_safe(unmarked(self.marked_body))  # noqa: S308  was safe before

    @property
    def language(self) -> str:
        """The language it is written in."""
        return self.text.language

    @property
    def direction(self) -> str:
        """How its lines run, as HTML says it."""
        return "rtl" if translation.get_language_info(self.language)["bidi"] else "ltr"

    @property
    def office(self) -> str:
        """The name of the office: where that is a country's, as its language calls it."""
        return country_in(self.to.office, self.language)

    @property
    def salutation(self) -> str:
        """How the addressee is addressed."""
        with translation.override(self.language):
            return standard(self.to.salutation)

    @property
    def date(self) -> str:
        """The date it bears."""
        with translation.override(self.language):
            return long_date(self.day)

    @property
    def first_date(self) -> str:
        """The date of the letter of which this is a re-issue; empty for a first letter."""
        with translation.override(self.language):
            return long_date(dt.date.fromisoformat(self.to.reissue_of)) if self.to.reissue_of else ""

    @property
    def address(self) -> list[str]:
        """The addressee's lines, one below the other; nothing is said twice."""
        lines: list[str] = []
        with translation.override(self.language):
            title = standard(self.to.title)
        for line in (self.to.coordinator, title, self.office, self.to.duty_station):
            if line and not any(line in earlier for earlier in lines):
                lines.append(line)
        return lines

    @property
    def file_name(self) -> str:
        """The name of its PDF: the reference, nothing of the subject."""
        return f"{self.text.reference.replace('/', '-')}.pdf"


def personal(text: LetterText, to: Addressee, *, day: dt.date, link: str) -> PersonalLetter:
    """The letter with its merge fields filled for one addressee, in the addressee's language where there is a text in it."""
    own = text.read_in(to.language)
    with translation.override(own.language):
        return _filled(own, to, day, link)


def _filled(text: LetterText, to: Addressee, day: dt.date, link: str) -> PersonalLetter:
    body, values = merge.spread(text.body, link=link, invitations=text.invitations)
    own = _values(to, text.language)
    common = {"deadline": text.deadline_in_words or _("no date")}
    return PersonalLetter(text, to, day, link, merged_html(body, values | common | own, mark=own))


def _values(to: Addressee, language: str) -> dict[str, str]:
    """What differs from one recipient to the next."""
    return {
        "office": country_in(to.office, language),
        "countries": in_words(tuple(country_in(name, language) for name in to.countries)) or to.region,
        "salutation": standard(to.salutation),
        "coordinator": to.coordinator or standard(to.title),
        "title": standard(to.title),
    }


def in_words(names: tuple[str, ...]) -> str:
    """Fiji, Kiribati and Nauru: with the commas of the active language."""
    comma = {"ar": "، ", "zh_Hans": "、"}.get(locale(), ", ")
    if len(names) < 2:
        return "".join(names)
    return _("%(many)s and %(last)s") % {"many": comma.join(names[:-1]), "last": names[-1]}


# ---------------------------------------------------------------- what became of it


@dataclass(frozen=True)
class InvitationCount:
    """How the offices answered one invitation. `counts` has every choice, in its order."""

    number: int
    text: str
    counts: tuple[tuple[str, str, int], ...]

    @property
    def answered(self) -> int:
        """How many said anything."""
        return sum(number for choice, _label, number in self.counts if choice)


@dataclass(frozen=True)
class RegionCount:
    """How far the letter got in one region."""

    region: str
    offices: int
    countries: int
    reached: int
    acknowledged: int


@dataclass(frozen=True)
class LetterFigures:
    """A letter and its answers. Countries are counted once, however many letters their office got."""

    reference: str
    subject: str
    dispatched_on: dt.date | None
    deadline: str
    offices: int = 0
    countries: int = 0
    offices_reached: int = 0
    countries_reached: int = 0
    acknowledged: int = 0
    states: tuple[tuple[str, str, int], ...] = ()
    invitations: tuple[InvitationCount, ...] = ()
    regions: tuple[RegionCount, ...] = field(default=())

    @property
    def acknowledged_percent(self) -> int:
        """Of the offices reached, how many in a hundred acknowledged."""
        return round(100 * self.acknowledged / self.offices_reached) if self.offices_reached else 0


REACHED = frozenset({RecipientState.HANDED_OVER, RecipientState.ACKNOWLEDGED})


def figures(letter: Letter) -> LetterFigures:
    """What became of a letter: one row for each office, that of its last dispatch; a constant number of queries."""
    rows: list[Any] = list(
        Recipient.objects.filter(dispatch__letter=letter).latest().with_state().prefetch_related("answers")
    )
    last: Dispatch | None = letter.dispatches.first()
    reached = [row for row in rows if row.state in REACHED]
    states = Counter(row.state for row in rows)
    return LetterFigures(
        reference=letter.reference,
        subject=letter.subject,
        dispatched_on=last.day if last else None,
        deadline=text_of(letter).deadline_in_words,
        offices=len(rows),
        countries=_countries(rows),
        offices_reached=len(reached),
        countries_reached=_countries(reached),
        acknowledged=states[RecipientState.ACKNOWLEDGED],
        states=tuple((state.value, str(state.label), states[state]) for state in RecipientState if states[state]),
        invitations=_by_invitation(letter, rows),
        regions=_by_region(rows),
    )


def _countries(rows: Iterable[Any]) -> int:
    return len({country for row in rows for country in row.countries})


def _by_invitation(letter: Letter, rows: list[Any]) -> tuple[InvitationCount, ...]:
    said = Counter((answer.invitation_id, answer.choice) for row in rows for answer in row.answers.all())
    counts = []
    for number, invitation in enumerate(letter.invitations.all(), start=1):
        by_choice = {choice: said[invitation.pk, choice] for choice in Choice if choice}
        by_choice[Choice.NONE] = len(rows) - sum(by_choice.values())
        ordered = tuple((choice.value, str(choice.label), by_choice[choice]) for choice in Choice)
        counts.append(InvitationCount(number, invitation.text, ordered))
    return tuple(counts)


def _by_region(rows: list[Any]) -> tuple[RegionCount, ...]:
    regions = sorted({row.region for row in rows})
    return tuple(_region(name, [row for row in rows if row.region == name]) for name in regions)


def _region(name: str, rows: list[Any]) -> RegionCount:
    return RegionCount(
        region=name,
        offices=len(rows),
        countries=_countries(rows),
        reached=sum(row.state in REACHED for row in rows),
        acknowledged=sum(row.state == RecipientState.ACKNOWLEDGED for row in rows),
    )
