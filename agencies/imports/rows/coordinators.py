"""Rows about who fills the posts of Resident Coordinators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from agencies.forms import CoordinatorForm
from agencies.imports.fields import DayField, WordField, ident, only
from agencies.imports.register import Terms
from agencies.imports.rows.base import DAY, DAY_HELP, ID_HELP, Column, Planned, RowForm, Rows, by_id
from agencies.models import ImportKind, Office, PostStatus, ResidentCoordinator
from core.dates import Dated, long_date, span


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
            known: Office | None = self.register.offices.get(ident(text))
        except ValidationError:
            known = None
        if known:
            return known
        none = now("No office of the register is called “%(name)s”.")
        try:
            return only(self.register.offices_named, text, none, now("Several offices have this name. Give its id."))
        except ValidationError as error:
            raise ValidationError({"office": error.messages}) from None

    def find(self, values: Mapping[str, Any]) -> ResidentCoordinator | None:
        """By id, else the term at the office that begins on the first day."""
        if given := str(values.get("id") or ""):
            return self._at(by_id(self.register.coordinators, given), values)
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
