"""What a request left behind: nothing, where it was refused."""

from collections import Counter
from types import TracebackType
from typing import Any

from django.db import connection, transaction

# What any request may write: who is signed in, limits, what was read.
HOUSEKEEPING = {"django_session", "usersessions_usersession"}


class undone(transaction.Atomic):  # noqa: N801 - a context manager that reads like a word
    """A block whose writes are rolled back at its end, whatever happened."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        transaction.set_rollback(True)
        super().__exit__(kind, error, trace)


class State:
    """The contents of all tables at one moment, against which later moments are held."""

    def __init__(self) -> None:
        self._before = written()
        self._prints: dict[str, str] = {table: fingerprint(table) for table in tables()}

    def touch(self) -> None:
        """From here on writes count."""
        self._before = written()

    def touched(self) -> set[str]:
        """The tables written to since `touch`, even where the write was undone; housekeeping left out."""
        return {table for table, count in (written() - self._before).items() if count} - HOUSEKEEPING

    def changed(self, touched: set[str]) -> list[str]:
        """Those of the tables whose contents differ from the first moment's."""
        return sorted(table for table in touched if fingerprint(table) != self._prints.get(table))


def written() -> Counter[str]:
    """Rows written so far in this transaction, for each table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return Counter(dict(cursor.fetchall()))


def tables() -> list[str]:
    """All tables of the portal."""
    return connection.introspection.table_names()


def fingerprint(table: str) -> str:
    """A hash of all rows of a table, in whatever order they lie."""
    name: Any = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t")  # noqa: S608
        return str(cursor.fetchone()[0])
