"""Whom a letter reaches on a day: each office once, through the best address it has."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Office, PostStatus


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
        title=person.title if person else _("Resident Coordinator"),
        salutation=person.salutation if person and person.salutation else _("Dear Resident Coordinator"),
        email=person.email if person and person.email else office.email,
        reach=reach,
    )


def _reach(person: Any, mailbox: str) -> Reach:
    if person is not None and person.email:
        return Reach.AD_INTERIM if person.status == PostStatus.AD_INTERIM else Reach.IN_OFFICE
    return Reach.MAILBOX if mailbox else Reach.UNREACHED


def addressees(on: dt.date, *, without: Iterable[Any] = ()) -> list[Addressee]:
    """All offices that work on the day, by name, less those `without` (ids) that have the letter already."""
    offices = Office.objects.open_on(on).select_related("region").exclude(pk__in=list(without)).order_by("name")
    return [addressee(office) for office in offices]


@dataclass(frozen=True)
class Roll:
    """The addressees of a dispatch, with what a person wants to know before it goes out."""

    addressees: tuple[Addressee, ...]

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
        """Three that differ: the one with most countries, one ad interim or by mailbox, an ordinary one."""
        special = [*self.ad_interim, *self.by_mailbox]
        widest = sorted(self.reached, key=lambda one: -len(one.countries))
        picks = [*widest[:1], *special[:1], *widest[::-1]]
        return list(dict.fromkeys(picks))[:3]
