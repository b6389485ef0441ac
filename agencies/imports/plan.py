"""All rows of a file: what they would do, and doing it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from agencies.imports.register import Register
from agencies.imports.rows import KINDS, Column, Planned, Rows, Work
from agencies.models import Agency, AgencyName, Import, Office, OfficeCountry, ResidentCoordinator
from core.audit import signed
from core.dates import today
from core.files import store
from core.tables import Cell, Line, Table, Unreadable, read

if TYPE_CHECKING:
    from accounts.models import User

BATCH = 1000
MADE: tuple[type[models.Model], ...] = (Group, Agency, AgencyName, Office, OfficeCountry, ResidentCoordinator)
OUTCOMES = ("wrong", "added", "changed", "unchanged")


class Changed(Exception):
    """The register is not what it was when the plan was shown; nothing was written, and the import has a new preview."""


@dataclass
class Plan:
    """What a file would do."""

    rows: list[Planned]
    work: Work
    notes: list[str] = field(default_factory=list)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows of each outcome."""
        return {outcome: sum(row.outcome == outcome for row in self.rows) for outcome in OUTCOMES}

    def shown(self) -> dict[str, Any]:
        """The plan as JSON, as it is stored and shown."""
        rows = json.loads(json.dumps([asdict(row) for row in self.rows]))
        return {"rows": rows, "notes": self.notes, "counts": self.counts, "print": fingerprint(rows)}


def fingerprint(rows: Sequence[Mapping[str, Any]]) -> str:
    """By which two plans are told apart."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def make_plan(kind: str, table: Table) -> Plan:
    """Plan all rows against the register as it is now. Raises Unreadable where the headings do not fit."""
    rows = KINDS[kind](Register(on=today()))
    known, unread = headings(rows.columns, table.heads)
    planned = [_planned(rows, line, known, len(table.heads)) for line in table.lines]
    if not planned:
        raise Unreadable(_("The file has headings, but no rows below them."))
    notes = [*table.notes]
    if unread:
        notes.append(_("These columns are not read: %(names)s.") % {"names": ", ".join(unread)})
    return Plan(planned, rows.work, notes)


def _planned(rows: Rows, line: Line, known: Mapping[int, str], width: int) -> Planned:
    if len(line.cells) > width:
        row = Planned(line.number, outcome="wrong")
        row.errors.append(("", _("The row has more cells than there are headings.")))
        return row
    values: dict[str, Cell] = {
        key: line.cells[place] if place < len(line.cells) else "" for place, key in known.items()
    }
    return rows.plan(line, values)


def headings(columns: Sequence[Column], heads: Sequence[str]) -> tuple[dict[int, str], list[str]]:
    """Which place holds which column, and the headings that nothing is read from. Any language of the portal will do."""
    names = _names(columns)
    known = {place: names[head.casefold()] for place, head in enumerate(heads) if head.casefold() in names}
    if twice := {key for key in known.values() if list(known.values()).count(key) > 1}:
        raise Unreadable(_("These columns stand there twice: %(names)s.") % {"names": ", ".join(sorted(twice))})
    given = set(known.values())
    missing = [str(column.label) for column in columns if column.needed and column.key not in given]
    if missing and "id" not in given:
        raise Unreadable(_("These columns are missing: %(names)s.") % {"names": ", ".join(missing)})
    return known, [head for place, head in enumerate(heads) if head and place not in known]


def _names(columns: Iterable[Column]) -> dict[str, str]:
    found = {column.key: column.key for column in columns}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found |= {str(column.label).casefold(): column.key for column in columns}
    return found


def send(*, kind: str, name: str, content_type: str, data: bytes, by: User) -> Import:
    """Keep a file with the preview of what it would do. Raises Unreadable, and then keeps nothing; core.files.StorageFull."""
    plan = make_plan(kind, read(data))
    with transaction.atomic():
        file = store(name=name[-200:], content_type=content_type, data=data, by=by)
        language = translation.get_language() or "en"
        sent = Import(kind=kind, file=file, sent_by=by, language=language)
        return _keep(sent, plan)


def _keep(sent: Import, plan: Plan) -> Import:
    sent.preview, sent.wrong = plan.shown(), plan.counts["wrong"]
    sent.save()
    return sent


def confirm(*, pk: Any, shown: str, by: User) -> Import:
    """Do what the preview with the print `shown` says, all of it.

    Raises Changed where the register has changed since: the new preview is kept, and nothing else was written. An import
    that was done already stays as it is.
    """
    with transaction.atomic():
        sent = Import.objects.select_for_update(of=("self",)).select_related("file").get(pk=pk)
        if sent.done_at:
            return sent
        _nobody_else_writes()
        with translation.override(sent.language):
            plan = make_plan(sent.kind, read(_as_sent(sent)))
        if plan.shown()["print"] == shown and not plan.counts["wrong"]:
            note = _("Imported from “%(name)s” (SHA-256 %(hash)s)") % {"name": sent.file.name, "hash": sent.file.sha256}
            with signed(user=str(by.pk), note=note, imported=str(sent.pk)):
                write(plan.work)
                sent.done_by, sent.done_at = by, timezone.now()
                return _keep(sent, plan)
        _keep(sent, plan)
    raise Changed


def _as_sent(sent: Import) -> bytes:
    """The bytes that the preview was made of, and no others."""
    data = sent.file.read()
    if hashlib.sha256(data).hexdigest() != sent.file.sha256:
        raise Unreadable(_("The stored file is not what was sent. Send it again."))
    return data


def _nobody_else_writes() -> None:
    """Others go on reading; whoever wants to change the register waits for the end of this transaction."""
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in MADE)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")


def write(work: Work) -> None:
    """Write what was planned: first what makes room, then the other changes, then what is new with all it became."""
    made = {row.pk for row in work.new}
    changed: dict[type[models.Model], dict[models.Model, set[str]]] = defaultdict(dict)
    for row, fields in work.changed.items():
        if row.pk not in made:
            changed[type(row)][row] = fields
    for model in MADE:
        _update(model, changed[model])
    for model in MADE:
        new = [row for row in work.new if type(row) is model]
        _link(new)
        model._default_manager.bulk_create(new, batch_size=BATCH)


def _link(rows: Iterable[Any]) -> None:
    """A group has an id only after it was written."""
    for row in rows:
        if isinstance(row, Agency):
            row.group_id = row.group.pk


def _update(model: type[models.Model], rows: Mapping[Any, set[str]]) -> None:
    """Rows that lose days go first, so that others find room."""
    if not rows:
        return
    fields = sorted(set().union(*rows.values()))
    old = dict(model._default_manager.filter(pk__in=[row.pk for row in rows]).values_list("pk", "valid"))
    shrinking = [row for row in rows if _within(row.valid, old[row.pk])]
    growing = [row for row in rows if not _within(row.valid, old[row.pk])]
    for part in (shrinking, growing):
        model._default_manager.bulk_update(part, fields, batch_size=BATCH)


def _within(new: Any, old: Any) -> bool:
    """Whether a range lies in another one."""
    begins = old.lower is None or (new.lower is not None and new.lower >= old.lower)
    ends = old.upper is None or (new.upper is not None and new.upper <= old.upper)
    return begins and ends
