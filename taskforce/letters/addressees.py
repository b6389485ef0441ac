"""Whom a letter reaches on a day: each office once, through the best address it has."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from agencies.models import Office, OfficeKind, PostStatus
from taskforce.letters.groups import Group, chosen

# Said in the language of the letter; what somebody wrote into the register stands as written.
TITLE = gettext_noop("Resident Coordinator")
SALUTATION = gettext_noop("Dear Resident Coordinator")
HEADS = {
    OfficeKind.COORDINATOR: TITLE,
    OfficeKind.REGIONAL_TEAM: gettext_noop("Chair of the regional team"),
    OfficeKind.MISSION: gettext_noop("Head of mission"),
}
SALUTATIONS = {
    OfficeKind.COORDINATOR: SALUTATION,
    OfficeKind.REGIONAL_TEAM: gettext_noop("Dear colleagues"),
    OfficeKind.MISSION: gettext_noop("Dear Head of mission"),
}
STANDARD = (*HEADS.values(), gettext_noop("Resident Coordinator ad interim"), *SALUTATIONS.values())


def standard(words: str) -> str:
    """A standard title or salutation in the language in force; any other as it is."""
    return _(words) if words in STANDARD else words


class Reach(models.TextChoices):
    """By what address an office is reached."""

    IN_OFFICE = "in_office", gettext_lazy("coordinator in office")
    AD_INTERIM = "ad_interim", gettext_lazy("coordinator ad interim")
    MAILBOX = "mailbox", gettext_lazy("office mailbox, post vacant")
    UNREACHED = "unreached", gettext_lazy("unreached: no address")


@dataclass(frozen=True)
class Addressee:
    """An office as it was on the day: countries, the person in the post and the address that reaches them."""

    office_id: str
    office: str
    duty_station: str
    region: str
    countries: tuple[str, ...]
    coordinator: str
    title: str
    salutation: str
    email: str
    reach: str
    language: str = settings.LANGUAGE_CODE  # in which it is written to
    reissue_of: str = ""  # ISO date of the letter that somebody else in the post had; empty for a first letter

    @property
    def facts(self) -> dict[str, Any]:
        """All of it as JSON; a first letter says nothing of another one, so that older fingerprints stay whole."""
        facts = asdict(self)
        return facts if self.reissue_of else {name: fact for name, fact in facts.items() if name != "reissue_of"}


def addressee(office: Any) -> Addressee:
    """The addressee of an office fetched by `open_on(day)`: coordinator, else the office's mailbox, else nobody."""
    person = next(iter(office.coordinators_then), None)
    reach = _reach(person, office.email)
    return Addressee(
        office_id=str(office.pk),
        office=office.name,
        duty_station=office.duty_station,
        region=office.region.name,
        countries=tuple(row.country.name for row in office.coverage_then),
        coordinator=person.name if person else "",
        title=person.title if person else HEADS[office.kind],
        salutation=person.salutation if person and person.salutation else SALUTATIONS[office.kind],
        email=person.email if person and person.email else office.email,
        reach=reach,
        language=office.language,
    )


def _reach(person: Any, mailbox: str) -> Reach:
    if person is not None and person.email:
        return Reach.AD_INTERIM if person.status == PostStatus.AD_INTERIM else Reach.IN_OFFICE
    return Reach.MAILBOX if mailbox else Reach.UNREACHED


def addressees(on: dt.date, groups: Iterable[Group] = (), *, without: Iterable[Any] = ()) -> list[Addressee]:
    """The offices of the groups that work on the day, by name, less those `without` (ids) that have the letter already."""
    offices = Office.objects.open_on(on).filter(chosen(groups)).exclude(pk__in=list(without)).order_by("name")
    return [addressee(office) for office in offices]


@dataclass(frozen=True)
class Roll:
    """The addressees of a dispatch, with what a person wants to know before it goes out."""

    addressees: tuple[Addressee, ...]
    gaps: tuple[Addressee, ...] = ()  # those that are written to in another language than their own

    def written_in(self, languages: Collection[str], main: str) -> Self:
        """Everyone in their own language where the letter has a text in it, else in the main one."""
        gaps = tuple(one for one in self.addressees if one.language not in {main, *languages})
        written = (replace(one, language=main) if one in gaps else one for one in self.addressees)
        return replace(self, addressees=tuple(written), gaps=gaps)

    @property
    def by_language(self) -> list[tuple[str, list[Addressee]]]:
        """The reached offices by the language in which they are written to, the most used first."""
        return _by_language(self.reached)

    @property
    def gaps_by_language(self) -> list[tuple[str, list[Addressee]]]:
        """The reached offices that would rather be written to in another language, by that language."""
        return _by_language([one for one in self.gaps if one.email])

    @property
    def reached(self) -> list[Addressee]:
        """Those with an address."""
        return [one for one in self.addressees if one.email]

    @property
    def unreached(self) -> list[Addressee]:
        """Those without any."""
        return [one for one in self.addressees if not one.email]

    @property
    def countries(self) -> int:
        """How many countries and territories the reached offices serve."""
        return len({country for one in self.reached for country in one.countries})

    @property
    def multi_country(self) -> list[Addressee]:
        """Offices that serve several countries: one letter each."""
        return [one for one in self.reached if len(one.countries) > 1]

    @property
    def ad_interim(self) -> list[Addressee]:
        """Offices reached through somebody ad interim."""
        return [one for one in self.reached if one.reach == Reach.AD_INTERIM]

    @property
    def by_mailbox(self) -> list[Addressee]:
        """Offices whose letter goes to their mailbox."""
        return [one for one in self.reached if one.reach == Reach.MAILBOX]

    @property
    def without_countries(self) -> list[Addressee]:
        """Offices that serve no country on the day: the text would have a gap."""
        return [one for one in self.reached if not one.countries]

    @property
    def duplicates(self) -> list[tuple[str, list[Addressee]]]:
        """Addresses that stand for more than one office, with those offices."""
        times = Counter(one.email.casefold() for one in self.reached)
        return [
            (email, [one for one in self.reached if one.email.casefold() == email])
            for email, number in sorted(times.items())
            if number > 1
        ]

    def samples(self) -> list[Addressee]:
        """Three that differ: the one with most countries, one ad interim or by mailbox, an ordinary one; and one in each language."""
        special = [*self.ad_interim, *self.by_mailbox]
        widest = sorted(self.reached, key=lambda one: -len(one.countries))
        picks = [*widest[:1], *special[:1], *widest[::-1]]
        others = [offices[0] for _language, offices in self.by_language]
        three = list(dict.fromkeys(picks))[:3]
        spoken = {one.language for one in three}
        return [*three, *(one for one in others if one.language not in spoken)]


def _by_language(offices: Iterable[Addressee]) -> list[tuple[str, list[Addressee]]]:
    found: dict[str, list[Addressee]] = {}
    for one in offices:
        found.setdefault(one.language, []).append(one)
    return sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
