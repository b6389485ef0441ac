"""Tags of the assessments' pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from assessments import documents
from core.dates import today

register = template.Library()


@register.simple_tag
def schedule(rows: Iterable[Any]) -> documents.Schedule:
    """The schedule of the rows that a list shows."""
    return documents.schedule(rows, today())
