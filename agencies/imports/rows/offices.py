"""Rows about offices and the countries they serve."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from agencies.forms import OfficeForm
from agencies.imports.fields import DayField, LanguageField, ManyField, OneField, joined
from agencies.imports.rows.base import DAY, ID_HELP, Column, Planned, RowForm, Rows, by_id
from agencies.models import Country, ImportKind, Office, OfficeCountry, Region
from core.dates import long_date, span


class OfficeRow(RowForm, OfficeForm):
    """An office and the countries it serves."""

    region = OneField(Region, _("No region of the register is called “%(name)s”."), _("Two regions have this name."))
    language = LanguageField()
    countries = ManyField(Country, _("No country of the register is called “%(name)s”."), required=False)
    first = DayField(required=False)
    last = DayField(required=False)
    serves_since = DayField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        fields["region"].known = self.register.regions
        fields["countries"].known = self.register.countries


class OfficeRows(Rows):
    """Offices of Resident Coordinators and the countries they serve."""

    kind = ImportKind.OFFICES
    form = OfficeRow
    compared = ("name", "duty_station", "region", "language", "time_zone", "email", "source", "valid")
    columns = (
        Column("id", _("Id"), ID_HELP),
        Column("name", _("Office"), "", "Kenya", needed=True),
        Column("duty_station", _("Duty station"), "", "Nairobi", needed=True),
        Column("region", _("Region"), _("Its name or M49 code."), "Eastern Africa", needed=True),
        Column(
            "countries", _("Serves"), _("UN short names or ISO codes, with semicolons between them."), "Kenya; Uganda"
        ),
        Column("language", _("Working language"), "", "English"),
        Column("time_zone", _("Time zone"), _("Deadlines end at midnight there."), "Africa/Nairobi"),
        Column("email", _("Office mailbox"), "", "office.ke@example.org"),
        Column("source", _("Source"), "", ""),
        Column("first", _("First day"), _("Since when the office is open; may be empty."), "2019-01-01"),
        Column("last", _("Last day"), _("Empty while it is open."), ""),
        Column(
            "serves_since",
            _("Serves since"),
            _(
                "From which day it serves the countries of the row, if they change. Another office that served one ends the day before."
            ),
            "2021-10-01",
        ),
    )

    def blank(self, values: Mapping[str, Any]) -> Office:
        """A new office."""
        return Office()

    def find(self, values: Mapping[str, Any]) -> Office | None:
        """By id, else by name."""
        if given := str(values.get("id") or ""):
            found: Office = by_id(self.register.offices, given)
            return found
        named = self.register.offices_named.find(str(values.get("name") or ""))
        if len(named) > 1:
            raise ValidationError({"name": now("Several offices have this name. Give the id of the one you mean.")})
        return named[0] if named else None

    def known(self, row: Office) -> dict[str, Any]:
        """With the countries of the day, if the file has no such column."""
        served = joined(one.country for one in self.register.served(row, self.register.on))
        return super().known(row) | {"countries": served}

    def say(self, row: Office, name: str) -> str:
        """A language by its name in the reader's language."""
        return LanguageField().label_of(row.language) if name == "language" else super().say(row, name)

    def settle(self, form: OfficeRow, planned: Planned, *, new: bool) -> None:
        """The countries of the row are served, from a day on; those that are not in it any more are not."""
        office, answers = form.instance, form.cleaned_data
        planned.name = office.name
        since: dt.date | None = answers["serves_since"] or (office.first_day if new else None)
        served = self.register.served(office, since or self.register.on)
        wanted: list[Country] = answers["countries"]
        added = [country for country in wanted if country.pk not in {row.country_id for row in served}]
        dropped = [row for row in served if row.country_id not in {country.pk for country in wanted}]
        if (added or dropped) and not (new or since):
            message = now(
                "The countries are others than in the register (%(served)s). Say in “%(column)s” from which day on."
            )
            said = {"served": joined(row.country for row in served), "column": self.label("serves_since")}
            self.refuse(planned, "countries", message % said)
            return
        for row in dropped:
            self._end(row, since, planned)
        for country in added:
            self._serve(office, country, since, planned)
        if added or dropped:
            before = joined(row.country for row in served)
            planned.changes.append((self.label("countries"), before, joined(wanted)))

    def _end(self, row: OfficeCountry, since: dt.date | None, planned: Planned) -> None:
        if not since or (row.first_day and row.first_day >= since):
            message = now("The service for %(country)s cannot end before it began.") % {"country": row.country}
            self.refuse(planned, "serves_since", message)
            return
        row.valid = span(row.first_day, since - DAY)
        self.work.change(row, "valid")

    def _serve(self, office: Office, country: Country, since: dt.date | None, planned: Planned) -> None:
        rows = self.register.coverage[country.pk]
        row = OfficeCountry(office=office, country=country, valid=span(since, office.last_day))
        before = rows.before(since)
        if clash := rows.clash(row):
            message = now("The office %(office)s serves %(country)s in that time.")
            self.refuse(planned, "countries", message % {"office": clash.office, "country": country})
            return
        if before and since:
            before.valid = span(before.first_day, since - DAY)
            self.work.change(before, "valid")
            served = now("%(country)s: until %(day)s served by %(office)s")
            said = served % {"country": country, "day": long_date(since - DAY), "office": before.office}
            planned.changes.append((self.label("countries"), "", said))
        rows.append(row)
        self.work.new.append(row)

    def current(self) -> Iterator[list[Any]]:
        """Every office that is open today."""
        for row in sorted(self.register.offices.values(), key=lambda one: one.name):
            if row.holds_on(self.register.on):
                served = joined(one.country for one in self.register.served(row, self.register.on))
                yield [str(row.pk), row.name, row.duty_station, row.region.name, served, self.say(row, "language"),
                       row.time_zone, row.email, row.source, row.first_day, row.last_day, None]  # fmt: skip
