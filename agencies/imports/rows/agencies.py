"""Rows about agencies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from agencies.forms import FoundAgencyForm
from agencies.imports.fields import DayField, WordField
from agencies.imports.register import Terms
from agencies.imports.rows.base import DAY, ID_HELP, Column, Planned, RowForm, Rows, by_id, in_words
from agencies.models import Agency, AgencyKind, AgencyName, ImportKind
from core.dates import span


class AgencyRow(RowForm, FoundAgencyForm):
    """An agency with the name it has today."""

    kind = WordField(AgencyKind.choices)
    first = DayField(required=False)
    last = DayField(required=False)
    name_since = DayField(required=False)


class AgencyRows(Rows):
    """Agencies, each under the name it has today."""

    kind = ImportKind.AGENCIES
    form = AgencyRow
    compared = ("kind", "duty_station", "time_zone", "website")
    columns = (
        Column("id", _("Id"), ID_HELP),
        Column("name", _("Agency"), _("The name in force."), "United Nations Office on Drugs and Crime", needed=True),
        Column("acronym", _("Acronym"), "", "UNODC"),
        Column("kind", _("Kind"), _("One of the kinds of the list of agencies."), "Fund or programme", needed=True),
        Column("duty_station", _("Duty station"), "", "Vienna"),
        Column("time_zone", _("Time zone"), _("Deadlines end at midnight there."), "Europe/Vienna"),
        Column("website", _("Website"), "", "https://www.example.org"),
        Column("first", _("First day"), _("Since when it exists; may be empty. For new rows only."), "2011-09-07"),
        Column("last", _("Last day"), _("For new rows only."), ""),
        Column("name_since", _("Name since"), _("From which day a new name of a known agency holds."), "2019-01-01"),
    )

    def blank(self, values: Mapping[str, Any]) -> Agency:
        """A new body; its group carries its grants."""
        agency = Agency()
        agency.group = Group(name=f"agency {agency.pk}")
        return agency

    def find(self, values: Mapping[str, Any]) -> Agency | None:
        """By id, else by the name of today."""
        if given := str(values.get("id") or ""):
            known: Agency = by_id(self.register.agencies, given)
            return known
        name = str(values.get("name") or "").strip()
        found = self.register.agencies_named.find(name)
        if len(found) > 1:
            raise ValidationError({"name": now("Several agencies have this name. Give the id of the one you mean.")})
        return found[0] if found else None

    def known(self, row: Agency) -> dict[str, Any]:
        """With the English name of the day, if the file has no such column."""
        name = self.name_of(row)
        said = {"name": name.name, "acronym": name.acronym} if name else {}
        return super().known(row) | said

    def name_of(self, row: Agency) -> AgencyName | None:
        """The English name of the day, else the last one known."""
        names = [name for name in self.register.names[row.pk] if name.language == "en"]
        return next((name for name in names if name.holds_on(self.register.on)), names[-1] if names else None)

    def made(self, form: AgencyRow) -> list[models.Model]:
        """The group, the body and its first name."""
        name = form.first_name()
        name.agency = form.instance
        return [form.instance.group, form.instance, name]

    def settle(self, form: AgencyRow, planned: Planned, *, new: bool) -> None:
        """The name of a known body changes from a day on; the days of its existence do not."""
        answers = form.cleaned_data
        planned.name = answers["name"]
        if new:
            planned.changes = [(self.label("acronym"), "", answers["acronym"]), *planned.changes]
            return
        for key in ("first", "last"):
            if any(label == self.label(key) for label, _old, _new in planned.changes):
                self.refuse(
                    planned, key, now("The register has another day. It is changed on the page of the agency only.")
                )
        self._rename(form.instance, answers, planned)

    def _rename(self, agency: Agency, answers: Mapping[str, Any], planned: Planned) -> None:
        names, given = self.register.names[agency.pk], (answers["name"], answers["acronym"])
        if any((name.name, name.acronym) == given for name in names if name.holds_on(self.register.on)):
            return
        if not (since := answers["name_since"]):
            message = now(
                "The register calls it “%(name)s” (%(acronym)s). Say in “%(column)s” from which day it has another name."
            )
            known = self.name_of(agency)
            said = {"name": known.name, "acronym": known.acronym} if known else {"name": "", "acronym": ""}
            self.refuse(planned, "name", message % {**said, "column": self.label("name_since")})
            return
        name = AgencyName(agency=agency, name=given[0], acronym=given[1], valid=span(since))
        self._name_from(agency, name, since, planned)

    def _name_from(self, agency: Agency, name: AgencyName, since: dt.date, planned: Planned) -> None:
        """The new name, and the end of the one before it."""
        names = Terms(other for other in self.register.names[agency.pk] if other.language == name.language)
        if clash := names.clash(name):
            message = now("The name “%(name)s” holds in that time.") % {"name": clash.name}
            self.refuse(planned, "name_since", message)
            return
        if before := names.before(since):
            before.valid = span(before.first_day, since - DAY)
            self.work.change(before, "valid")
        was = before.name if before else ""
        planned.changes.append((self.label("name"), was, f"{name.name} ({in_words(since)})"))
        self.register.names[agency.pk].append(name)
        self.work.new.append(name)

    def current(self) -> Iterator[list[Any]]:
        """Every body that exists today."""
        rows = ((row, self.name_of(row)) for row in self.register.agencies.values() if row.holds_on(self.register.on))
        for row, name in sorted(rows, key=lambda pair: pair[1].name if pair[1] else ""):
            said = (name.name, name.acronym) if name else ("", "")
            yield [str(row.pk), *said, row.get_kind_display(), row.duty_station, row.time_zone, row.website,
                   row.first_day, row.last_day, None]  # fmt: skip
