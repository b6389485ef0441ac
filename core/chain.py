"""The chain of the history: no version of a row can be changed, taken out or slipped in without the verification finding it.

Every event writes a link with the hash of its row, in the transaction that made it. When the transaction commits, its links
are sealed into a block; the hash of a block covers the hash of the block before. Whoever rewrites the past must
rewrite every block after it, and then the head no longer is the one that was written down elsewhere (docs/adr/0050).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

import pghistory.models
from django.apps import apps
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from core.models import Block, Verification

SHOWN = 100  # flaws that are named
AGAIN = "other columns:"  # why a history is sealed anew after an upgrade
ROW_HASH = "encode(sha256(convert_to(to_jsonb(written)::text, 'UTF8')), 'hex')"

COLUMNS = """
    SELECT relname, string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attname)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped
    GROUP BY relname
"""
GUARDS = """
    SELECT relname, obj_description(pg_trigger.oid, 'pg_trigger')
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace AND tgname = %s AND tgenabled IN ('O', 'A')
"""
GUARD = """
    CREATE OR REPLACE TRIGGER history_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION core_refuse();
    CREATE OR REPLACE TRIGGER history_chained AFTER INSERT ON {table}
        FOR EACH ROW EXECUTE FUNCTION core_chain_event();
"""
SEAL_AGAIN = """
    SELECT core_link_event(%s, %s, to_jsonb(written)) FROM (SELECT * FROM {table} ORDER BY pgh_id) written
"""
CHANGED = """
    SELECT link.id, link.event, written.pgh_id IS NULL
    FROM (
        SELECT DISTINCT ON (event) * FROM core_link WHERE history = %s ORDER BY event, id DESC
    ) link
    JOIN core_block block ON block.id = link.block_id AND block.sequence >= %s
    LEFT JOIN {table} written ON written.pgh_id = link.event
    WHERE written.pgh_id IS NULL OR link.row_hash <> {hash} OR link.at <> written.pgh_created_at
        OR link.label <> written.pgh_label OR link.object <> written.pgh_obj_id::text
        OR link.by <> coalesce(written.pgh_context ->> 'user', '')
    ORDER BY link.id
"""
EXTRA = """
    SELECT pgh_id FROM {table} written
    WHERE NOT EXISTS (SELECT FROM core_link WHERE history = %s AND core_link.event = pgh_id) ORDER BY pgh_id
"""
BLOCKS = """
    SELECT sequence, to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), why, hash, count(link.id),
        coalesce(string_agg(history || ' ' || event || ' ' || row_hash || E'\\n', '' ORDER BY link.id), '')
    FROM core_block block LEFT JOIN core_link link ON link.block_id = block.id
    WHERE sequence >= %s GROUP BY block.id ORDER BY sequence
"""
OUTSIDE = """
    SELECT link.id, history, event FROM core_link link LEFT JOIN core_block block ON block.id = link.block_id
    WHERE block.sequence IS NULL ORDER BY link.id
"""
TWICE = """
    SELECT link.id, link.history, link.event FROM core_link link JOIN core_block block ON block.id = link.block_id
    WHERE block.sequence >= %s AND block.why NOT LIKE link.history || ': other columns: %%' AND EXISTS (
        SELECT FROM core_link older
        WHERE older.history = link.history AND older.event = link.event AND older.id < link.id
    ) ORDER BY link.id
"""


# ---------------------------------------------------------------- guarding


def histories() -> dict[str, type[pghistory.models.Event]]:
    """The table of each history, and its model."""
    models = (model for model in apps.get_models() if issubclass(model, pghistory.models.Event))
    return {model._meta.db_table: model for model in models if model._meta.managed}


def guard(**_signal: Any) -> None:
    """After every migration: each history refuses to be changed and is chained; what has other columns now is sealed again."""
    names = list(histories())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('core_chain_event')")
        if cursor.fetchone() == (None,):
            return
        columns = _pairs(cursor, COLUMNS, names)
        guarded = _pairs(cursor, GUARDS, names, "history_chained")
        for table, now in columns.items():
            before = guarded.get(table)
            if before == now:
                continue
            why = "begun" if before is None else f"{AGAIN} {_difference(before, now)}"
            cursor.execute(GUARD.format(table=connection.ops.quote_name(table)))
            _seal_again(cursor, table, why)
            cursor.execute(f"COMMENT ON TRIGGER history_chained ON {connection.ops.quote_name(table)} IS '{now}'")


def _seal_again(cursor: CursorWrapper, table: str, why: str) -> None:
    """Chain every event of a history as it stands now, in a block that says why."""
    block = Block(why=f"{table}: {why}"[:300])
    cursor.execute(SEAL_AGAIN.format(table=connection.ops.quote_name(table)), [block.pk, table])
    if cursor.rowcount:
        block.save(force_insert=True)


def _pairs(cursor: CursorWrapper, sql: str, *values: Any) -> dict[str, str]:
    cursor.execute(sql, values)
    return dict(cursor.fetchall())


def _difference(before: str, now: str) -> str:
    old, new = set(before.split(", ")), set(now.split(", "))
    return ", ".join([*(f"-{one}" for one in sorted(old - new)), *(f"+{one}" for one in sorted(new - old))])


# ---------------------------------------------------------------- verifying


@dataclass(frozen=True)
class Flaw:
    """Something that is not as it was written. Of a whole block `history` is empty and `event` its sequence."""

    kind: str
    history: str
    event: int

    def __str__(self) -> str:
        words = {
            "changed": _("%(history)s %(event)s was changed"),
            "missing": _("%(history)s %(event)s is missing"),
            "extra": _("%(history)s %(event)s was slipped in"),
            "twice": _("%(history)s %(event)s was sealed a second time, and by no upgrade"),
            "outside": _("%(history)s %(event)s stands in no sealed block"),
            "unguarded": _("%(history)s is not guarded by its triggers"),
            "block": _("block %(event)s is not what was sealed"),
            "gap": _("block %(event)s is missing"),
            "cut": _("the chain was cut off or rewritten: block %(event)s is not the one that was written down"),
        }
        return words[self.kind] % {"history": self.history, "event": self.event}


@dataclass
class Report:
    """What a verification found: blocks and events looked at, the head of the chain, flaws in the order of the chain.

    `again` names the blocks in which a history was sealed anew, by number: each must belong to an upgrade that somebody knows of,
    for what was changed before such a block is no longer found.
    """

    blocks: int = 0
    events: int = 0
    head: str = ""
    flaws: list[Flaw] = field(default_factory=list)
    again: dict[int, str] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """As data."""
        flaws = [asdict(flaw) for flaw in self.flaws[:SHOWN]]
        return {
            "blocks": self.blocks,
            "events": self.events,
            "head": self.head,
            "broken": len(self.flaws),
            "flaws": flaws,
            "again": self.again,
        }

    def keep(self) -> Verification:
        """Write down that the chain was verified."""
        return Verification.objects.create(
            head=self.head,
            blocks=self.blocks,
            events=self.events,
            flaws=len(self.flaws),
            first=str(self.flaws[0])[:300] if self.flaws else "",
        )


def head() -> str:
    """Sequence and hash of the last block, to be kept where nobody who can write to this database can write; or empty."""
    last = Block.objects.exclude(sequence=None).order_by("-sequence").first()
    return str(last) if last else ""


def verify(*, since: int = 1, expected: Iterable[str] = ()) -> Report:
    """Recompute the chain from block `since` on, and compare it with the heads of all verifications before and with `expected`.

    Reads one moment of the database, unless the caller is in a transaction already.
    """
    report = Report()
    with _one_moment() as cursor:
        blocks = list(_blocks(since, report))
        rows = list(chain.from_iterable(_rows(cursor, table, since) for table in histories()))
        cursor.execute(OUTSIDE)
        rows += [(link, Flaw("outside", history, event)) for link, history, event in cursor.fetchall()]
        cursor.execute(TWICE, [since])
        rows += [(link, Flaw("twice", history, event)) for link, history, event in cursor.fetchall()]
        ordered = [flaw for _link, flaw in sorted(rows, key=lambda row: row[0])]
        report.flaws = [*_unguarded(cursor), *ordered, *blocks, *_cuts(expected)]
        report.head = head()
    return report


@contextmanager
def _one_moment() -> Iterator[CursorWrapper]:
    alone = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if alone:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL timezone TO 'UTC'; SET LOCAL datestyle TO 'ISO, YMD'")
        yield cursor


def _blocks(since: int, report: Report) -> Iterator[Flaw]:
    """Blocks whose hash is not that of what they hold, and sequences that are not there."""
    previous = Block.objects.filter(sequence=since - 1).values_list("hash", flat=True).first() or ""
    expected = since
    with connection.chunked_cursor() as cursor:
        cursor.execute(BLOCKS, [since])
        for sequence, sealed_at, why, written, links, lines in cursor:
            report.blocks += 1
            report.events += links
            if AGAIN in why:
                report.again[sequence] = f"{sealed_at[:10]}: {why}"
            if sequence > expected:
                yield Flaw("gap", "", expected)
            content = f"{previous}\n{sequence} {sealed_at} {why}\n{lines}"
            if sequence == expected and hashlib.sha256(content.encode()).hexdigest() != written:
                yield Flaw("block", "", sequence)
            previous, expected = written, sequence + 1


def _rows(cursor: CursorWrapper, table: str, since: int) -> Iterator[tuple[int, Flaw]]:
    """Events that are not what was chained, each with the number of its link; those without a link come last."""
    quoted = connection.ops.quote_name(table)
    cursor.execute(CHANGED.format(table=quoted, hash=ROW_HASH), [table, since])
    for link, event, missing in cursor.fetchall():
        yield link, Flaw("missing" if missing else "changed", table, event)
    cursor.execute(EXTRA.format(table=quoted), [table])
    for (event,) in cursor.fetchall():
        yield 2**63, Flaw("extra", table, event)


def _unguarded(cursor: CursorWrapper) -> Iterator[Flaw]:
    names = list(histories())
    for trigger in ("history_stands", "history_chained"):
        guarded = _pairs(cursor, GUARDS, names, trigger)
        yield from (Flaw("unguarded", table, 0) for table in names if table not in guarded)


def _cuts(expected: Iterable[str]) -> Iterator[Flaw]:
    """Heads that were written down once, here or elsewhere, and are no longer in the chain."""
    heads = {*expected, *Verification.objects.exclude(head="").values_list("head", flat=True)}
    numbers = {head: int(head.partition(":")[0]) for head in heads}
    there = {str(block) for block in Block.objects.filter(sequence__in=numbers.values())}
    yield from (Flaw("cut", "", numbers[head]) for head in sorted(heads - there, key=numbers.__getitem__))
