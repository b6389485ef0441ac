"""What the rows of every kind share: columns, the form that takes cells, and the plan of one row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from agencies.imports.fields import OneField, ident
from agencies.imports.register import Register
from agencies.models import ImportKind
from core.dates import Dated, long_date
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
        return said | {"first": in_words(row.first_day), "last": in_words(row.last_day)}

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


def in_words(day: dt.date | None) -> str:
    return long_date(day) if day else ""


def _twice(number: int) -> str:
    return now("Row %(number)s is about the same one.") % {"number": number}


def by_id(known: Mapping[Any, Any], text: str) -> Any:
    try:
        return known[ident(text)]
    except ValidationError as error:
        raise ValidationError({"id": error.messages}) from None
    except KeyError:
        raise ValidationError({"id": now("The register has no such id. Leave it empty to add a row.")}) from None
