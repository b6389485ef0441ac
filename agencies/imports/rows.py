"""The rows of each kind of file: their columns, the form that checks a row, and what the row adds or changes.

The forms are those that administrators type into; here they take cells, and ask the loaded register instead of the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from agencies.forms import CoordinatorForm, FoundAgencyForm, OfficeForm
from agencies.imports.fields import DayField, LanguageField, ManyField, OneField, WordField, ident, joined, only
from agencies.imports.register import Register, Terms
from agencies.models import (
    Agency,
    AgencyKind,
    AgencyName,
    Country,
    ImportKind,
    Office,
    OfficeCountry,
    PostStatus,
    Region,
    ResidentCoordinator,
)
from core.dates import Dated, long_date, span
from core.tables import Cell, Formula, Line

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

DAY = dt.timedelta(days=1)
ID_HELP = _("As the register wrote it. Leave it empty to add a row.")
DAY_HELP = _("2011-09-07 or a date cell.")


@dataclass(frozen=True)
class Column:
    """One column of a file: its heading, what belongs in it, an example, and whether it must be there."""

    key: str
    label: str | _StrPromise
    help: str | _StrPromise = ""
    example: str = ""
    needed: bool = False


@dataclass
class Planned:
    """What a row would do. `changes` are label, before, after; `errors` are label of the column and message."""

    number: int
    name: str = ""
    outcome: str = "unchanged"
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Work:
    """The objects that a plan would write: new ones in the order of their making, and changed ones."""

    new: list[models.Model] = field(default_factory=list)
    changed: dict[models.Model, set[str]] = field(default_factory=dict)

    def change(self, row: models.Model, *fields: str) -> None:
        """An object has new values in these fields."""
        self.changed.setdefault(row, set()).update(fields)


class RowForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the forms of rows share: days in one cell, and a register in memory."""

    def __init__(self, *args: Any, register: Register, by_file: Mapping[Dated, int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.register, self.by_file = register, by_file
        if self.instance.valid and self.instance.first_day is None:
            self.fields["first"].required = False

    def _get_validation_exclusions(self) -> set[str]:
        """What a field took from the loaded register need not be looked for in the database, row by row."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {name for name, field in self.fields.items() if isinstance(field, OneField)}


class AgencyRow(RowForm, FoundAgencyForm):
    """An agency with the name it has today."""

    kind = WordField(AgencyKind.choices)
    first = DayField(required=False)
    last = DayField(required=False)
    name_since = DayField(required=False)


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


class CoordinatorRow(RowForm, CoordinatorForm):
    """Somebody in the post at an office. Who is there on the first day leaves the day before, unless the file speaks of them as well."""

    status = WordField(PostStatus.choices)
    first = DayField()
    last = DayField(required=False)

    def others(self) -> Terms[ResidentCoordinator]:
        """The other terms at the office."""
        return Terms(row for row in self.register.terms[self.instance.office_id] if row is not self.instance)

    def before(self) -> Dated | None:
        """The one who leaves."""
        row = self.others().before(self.cleaned_data.get("first"))
        return row if row not in self.by_file else None

    def clash(self) -> Dated | None:
        """Somebody else in that time."""
        ends = self.before()
        return next((row for row in self.others() if row is not ends and row.meets(self.instance)), None)


class Rows:
    """The rows of one kind of file."""

    kind: ClassVar[ImportKind]
    columns: ClassVar[tuple[Column, ...]]
    compared: ClassVar[tuple[str, ...]]  # fields of the model that a row may change
    form: ClassVar[type[RowForm]]
    names_are_keys: ClassVar[bool] = True
    days: ClassVar[frozenset[str]] = frozenset({"first", "last"})

    def __init__(self, register: Register) -> None:
        self.register, self.work = register, Work()
        self.by_file: dict[Any, int] = {}  # number of the row that is about it
        self.new_names: dict[str, int] = {}

    def blank(self, values: Mapping[str, Any]) -> Any:
        """A new object, with what is settled before the form asks."""
        raise NotImplementedError

    def find(self, values: Mapping[str, Any]) -> Any:
        """The object of the register that the row is about, or None; a ValidationError by column if that is unclear."""
        raise NotImplementedError

    def settle(self, form: Any, planned: Planned, *, new: bool) -> None:
        """What else a valid row brings about."""
        raise NotImplementedError

    def current(self) -> Iterator[list[Any]]:
        """What the register holds, as a file that would change nothing."""
        raise NotImplementedError

    def plan(self, line: Line, values: dict[str, Cell]) -> Planned:
        """What one row would do, or what is wrong with it."""
        planned = Planned(line.number, name=str(values.get("name", "")))
        for key in [key for key, value in values.items() if isinstance(value, Formula)]:
            self.refuse(planned, key, now("This cell holds a formula. Put its value in its place."))
            del values[key]
        try:
            found = self.find(values)
            self._claim(found, values, line.number)
            row = found or self.blank(values)
        except ValidationError as error:
            self._refuse_all(planned, error.message_dict)
            return planned
        self._fill(row, values, planned, new=found is None)
        return planned

    def _fill(self, row: Any, values: Mapping[str, Cell], planned: Planned, *, new: bool) -> None:
        """Check the row by its form and note every difference."""
        before = {} if new else self._said(row)
        form = self.form({**self.known(row), **values}, instance=row, register=self.register, by_file=self.by_file)
        self.by_file[row] = planned.number
        if not form.is_valid():
            self._refuse_all(planned, form.errors)
            return
        planned.outcome = "added" if new else "unchanged"
        if new:
            self.work.new.extend(self.made(form))
        self._compare(before, row, planned)
        self.settle(form, planned, new=new)
        if planned.errors:
            planned.outcome = "wrong"
        elif planned.changes and not new:
            planned.outcome = "changed"

    def made(self, form: Any) -> list[models.Model]:
        """The objects that a new row makes."""
        return [form.instance]

    def known(self, row: Any) -> dict[str, Any]:
        """What the register says already, for columns that the file leaves out."""
        days = {"first": row.first_day, "last": row.last_day} if row.valid else {}
        return {name: getattr(row, name, None) for name in self.compared if name != "valid"} | days

    def _said(self, row: Any) -> dict[str, str]:
        """The compared fields in words."""
        said = {name: self.say(row, name) for name in self.compared if name != "valid"}
        return said | {"first": _day(row.first_day), "last": _day(row.last_day)}

    def say(self, row: Any, name: str) -> str:
        """A value in words."""
        shown = getattr(row, f"get_{name}_display", None)
        return str(shown() if shown else getattr(row, name) or "")

    def _compare(self, before: Mapping[str, str], row: Any, planned: Planned) -> None:
        for name, after in self._said(row).items():
            if before.get(name, "") != after:
                planned.changes.append((self.label(name), before.get(name, ""), after))
                self.work.change(row, "valid" if name in self.days else name)

    def _claim(self, found: Any, values: Mapping[str, Any], number: int) -> None:
        """One row for each object; of what is new, for each name where names are keys."""
        name = str(values.get("name") or "").strip().casefold()
        before = self.by_file.get(found) if found is not None else self.new_names.get(name)
        if before:
            raise ValidationError({"name": _twice(before)})
        if found is None and self.names_are_keys and name:
            self.new_names[name] = number

    def label(self, key: str) -> str:
        """The heading of a column."""
        return next((str(column.label) for column in self.columns if column.key == key), key)

    def refuse(self, planned: Planned, key: str, message: Any) -> None:
        """A row with an error."""
        planned.outcome = "wrong"
        planned.errors.append((self.label(key) if key != NON_FIELD_ERRORS else "", str(message)))

    def _refuse_all(self, planned: Planned, errors: Mapping[str, Iterable[Any]]) -> None:
        for key, messages in errors.items():
            for message in messages:
                self.refuse(planned, key, message)


def _day(day: dt.date | None) -> str:
    return long_date(day) if day else ""


def _twice(number: int) -> str:
    return now("Row %(number)s is about the same one.") % {"number": number}


# ---------------------------------------------------------------- agencies


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
            known: Agency = _by_id(self.register.agencies, given)
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
        planned.changes.append((self.label("name"), was, f"{name.name} ({_day(since)})"))
        self.register.names[agency.pk].append(name)
        self.work.new.append(name)

    def current(self) -> Iterator[list[Any]]:
        """Every body that exists today."""
        rows = ((row, self.name_of(row)) for row in self.register.agencies.values() if row.holds_on(self.register.on))
        for row, name in sorted(rows, key=lambda pair: pair[1].name if pair[1] else ""):
            said = (name.name, name.acronym) if name else ("", "")
            yield [str(row.pk), *said, row.get_kind_display(), row.duty_station, row.time_zone, row.website,
                   row.first_day, row.last_day, None]  # fmt: skip


def _by_id(known: Mapping[Any, Any], text: str) -> Any:
    try:
        return known[ident(text)]
    except ValidationError as error:
        raise ValidationError({"id": error.messages}) from None
    except KeyError:
        raise ValidationError({"id": now("The register has no such id. Leave it empty to add a row.")}) from None


# ---------------------------------------------------------------- offices


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
            found: Office = _by_id(self.register.offices, given)
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


# ---------------------------------------------------------------- Resident Coordinators


class CoordinatorRows(Rows):
    """Who fills the posts, over the years."""

    kind = ImportKind.COORDINATORS
    names_are_keys = False
    form = CoordinatorRow
    compared = ("name", "title", "salutation", "email", "status", "valid")
    columns = (
        Column("id", _("Id"), ID_HELP),
        Column("office", _("Office"), _("Its name or id."), "Kenya", needed=True),
        Column("name", _("Resident Coordinator"), "", "Resident Coordinator, Kenya", needed=True),
        Column("title", _("Functional title"), "", "Resident Coordinator"),
        Column("salutation", _("Salutation"), "", "Dear Resident Coordinator"),
        Column("email", _("E-mail address"), "", "rc.ke@example.org", needed=True),
        Column("status", _("How filled"), _("In office or ad interim."), "in office"),
        Column("first", _("First day"), DAY_HELP, "2024-02-01", needed=True),
        Column("last", _("Last day"), _("Empty while the term lasts."), ""),
    )

    def blank(self, values: Mapping[str, Any]) -> ResidentCoordinator:
        """A new term at an office."""
        return ResidentCoordinator(office=self._office(str(values.get("office") or "")))

    def _office(self, text: str) -> Office:
        if not text:
            raise ValidationError({"office": now("Say which office it is.")})
        try:
            by_id: Office | None = self.register.offices.get(ident(text))
        except ValidationError:
            by_id = None
        if by_id:
            return by_id
        none = now("No office of the register is called “%(name)s”.")
        try:
            return only(self.register.offices_named, text, none, now("Several offices have this name. Give its id."))
        except ValidationError as error:
            raise ValidationError({"office": error.messages}) from None

    def find(self, values: Mapping[str, Any]) -> ResidentCoordinator | None:
        """By id, else the term at the office that begins on the first day."""
        if given := str(values.get("id") or ""):
            return self._at(_by_id(self.register.coordinators, given), values)
        office = self._office(str(values.get("office") or ""))
        try:
            first = DayField().to_python(values.get("first"))
        except ValidationError:
            return None  # the form tells it
        return next((row for row in self.register.terms[office.pk] if row.first_day == first), None)

    def _at(self, row: ResidentCoordinator, values: Mapping[str, Any]) -> ResidentCoordinator:
        if (text := str(values.get("office") or "")) and self._office(text).pk != row.office_id:
            raise ValidationError({"office": now("This term is at another office. Add a row for the new one.")})
        return row

    def settle(self, form: CoordinatorRow, planned: Planned, *, new: bool) -> None:
        """Whoever is there on the first day leaves the day before."""
        planned.name = form.instance.name
        office = self.register.offices[form.instance.office_id]
        if new:
            planned.changes = [(self.label("office"), "", office.name), *planned.changes]
            self.register.terms[office.pk].append(form.instance)
        if (before := form.before()) and (first := form.instance.first_day):
            before.valid = span(before.first_day, first - DAY)
            self.work.change(before, "valid")
            said = now("%(name)s, until %(day)s") % {"name": before, "day": long_date(first - DAY)}
            planned.changes.append((now("Leaves the post"), "", said))

    def current(self) -> Iterator[list[Any]]:
        """Every term, past ones as well."""
        for office in sorted(self.register.offices.values(), key=lambda one: one.name):
            unique = len(self.register.offices_named.find(office.name)) == 1
            for row in self.register.terms[office.pk]:
                yield [str(row.pk), office.name if unique else str(office.pk), row.name, row.title, row.salutation,
                       row.email, row.get_status_display(), row.first_day, row.last_day]  # fmt: skip


KINDS: dict[str, type[Rows]] = {rows.kind: rows for rows in (AgencyRows, OfficeRows, CoordinatorRows)}
