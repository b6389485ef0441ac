"""The same world for one person, and another one behind it: what they may not see reads otherwise, or was never there.

Both are made in the database of the walk, inside a block that is undone, with triggers and foreign keys off: only a throw-away
database and its owner allow that.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models

from taskforce.home.matrix.world import MARK

METHODS = ("get", "post")
Row = tuple[type[models.Model], Any]


def rewrite(hidden: Iterable[str]) -> None:
    """Every text that holds one of the marks says something else, of another length and place in the alphabet."""
    pattern = _pattern(hidden)
    with _no_triggers(), connection.cursor() as cursor:
        for model in _models():
            for column, kind in _texts(model):
                table, name = _quoted(model, column)
                cursor.execute(
                    f"UPDATE {table} SET {name} = regexp_replace({name}::text, %s, 'another-\\1-text', 'g')::{kind}"  # noqa: S608
                    f" WHERE {name}::text ~ %s",
                    [pattern, pattern],
                )


def remove(hidden: Iterable[str]) -> None:
    """Every row that holds one of the marks is gone, with all that hangs on it."""
    pattern, gone = _pattern(hidden), set[Row]()
    for model in _models():
        if texts := list(_texts(model)):
            where = " OR ".join(f"{_quoted(model, column)[1]}::text ~ %s" for column, _ in texts)
            gone |= {(model, pk) for pk in _ids(model, where, [pattern] * len(texts))}
    _with_dependents(gone)
    with _no_triggers(), connection.cursor() as cursor:
        for model, pk in gone:
            table, name = _quoted(model, _pk(model))
            cursor.execute(f"DELETE FROM {table} WHERE {name} = %s", [pk])  # noqa: S608
        for model, pk in gone:
            for child, column, null in _children(model):
                if null:
                    table, name = _quoted(child, column)
                    cursor.execute(f"UPDATE {table} SET {name} = NULL WHERE {name} = %s", [pk])  # noqa: S608


CHANGES: dict[str, Callable[[Iterable[str]], None]] = {"other content": rewrite, "nothing there": remove}


def difference(before: str, after: str) -> str:
    """The first lines that differ, short."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return " ".join(line.strip()[:160] for line in list(lines)[2:8])


def _with_dependents(gone: set[Row]) -> None:
    """Add all rows that cannot be without the others."""
    fresh = set(gone)
    while fresh:
        found: set[Row] = set()
        for model, pk in fresh:
            for child, column, null in _children(model):
                if not null:
                    found |= {(child, key) for key in _ids(child, f"{_quoted(child, column)[1]} = %s", [pk])}
        fresh = found - gone
        gone |= fresh


@cache
def _children(model: type[models.Model]) -> list[tuple[type[models.Model], str, bool]]:
    """Every column that points to rows of the model, and whether it may point nowhere: none of which a check says when it must not."""
    return [
        (other, str(field.column), field.null and field.name not in _checked(other))
        for other in _models()
        for field in other._meta.concrete_fields
        if field.is_relation and field.related_model is model
    ]


def _checked(model: type[models.Model]) -> set[str]:
    """The fields of which the model's check constraints speak."""
    checks = [one.condition for one in model._meta.constraints if isinstance(one, models.CheckConstraint)]
    return {name for check in checks if isinstance(check, models.Q) for name in check.referenced_base_fields}


def _models() -> list[type[models.Model]]:
    return [
        model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]


def _texts(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """The columns of a model that hold words, with their types."""
    for field in model._meta.concrete_fields:
        kind = field.db_type(connection) or ""
        if kind.startswith(("varchar", "text", "jsonb")):
            yield str(field.column), re.sub(r"\(\d+\)", "", kind)


def _ids(model: type[models.Model], where: str, values: list[Any]) -> list[Any]:
    table, name = _quoted(model, _pk(model))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {table} WHERE {where}", values)  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def _pk(model: type[models.Model]) -> str:
    return str(model._meta.pk.column)


def _quoted(model: type[models.Model], column: str) -> tuple[str, str]:
    return connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(column)


def _pattern(hidden: Iterable[str]) -> str:
    """A regular expression of all marks; its group is what follows their common beginning."""
    return f"{MARK}({'|'.join(re.escape(mark.removeprefix(MARK)) for mark in hidden)})"


@contextmanager
def _no_triggers() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")
