"""The rows of each kind of file: their columns, the form that checks a row, and what the row adds or changes.

The forms are those that administrators type into; here they take cells, and ask the loaded register instead of the database.
"""

from agencies.imports.rows.agencies import AgencyRows
from agencies.imports.rows.base import Column, Planned, Rows, Work
from agencies.imports.rows.coordinators import CoordinatorRows
from agencies.imports.rows.offices import OfficeRows

KINDS: dict[str, type[Rows]] = {rows.kind: rows for rows in (AgencyRows, OfficeRows, CoordinatorRows)}

__all__ = ["KINDS", "Column", "Planned", "Rows", "Work"]
