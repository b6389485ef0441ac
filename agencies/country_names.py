"""What countries are called in the six languages: the names of the M49 standard, United Nations Statistics Division.

They were collected from the data set country-codes of datahub.io (public domain). The register has them in English; a name that
somebody changed there, and one that is not in the standard, stands as it is.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache

from agencies.places import DATA


def country_in(name: str, language: str) -> str:
    """A country's UN short name in a language of the portal, for the English one."""
    return _names(language).get(name, name)


@cache
def _names(language: str) -> Mapping[str, str]:
    with (DATA / "country_names.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["en"]: row[language] for row in rows} if language in (rows.fieldnames or ()) else {}
