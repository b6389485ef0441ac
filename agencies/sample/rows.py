"""How sample rows are written."""

from collections.abc import Iterable
from typing import TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


def put(rows: Iterable[M]) -> None:
    """Insert the rows that are not there yet; what a person has changed since stays as it is."""
    new = list(rows)
    if new:
        type(new[0])._default_manager.bulk_create(new, ignore_conflicts=True, batch_size=2000)
