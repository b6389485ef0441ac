"""The matrix of rights as a page of the documentation."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from accounts.roles import HOUSE_ROLES, ROLES, SEAT_ROLES, Role

HEAD = """# Who may do what

Made by `python manage.py permissions > docs/permissions.md` from `accounts/roles.py`; do not edit it by hand.

- **all**: on every object of the portal that the person may see.
- **own**: on the objects of the agency for which the person sits.
- empty: not at all.

What a person may *see* is narrower than this table where a text is restricted; each app's `access.py` says how.
"""


class Command(BaseCommand):
    """Print the matrix of `accounts/roles.py`."""

    help = "Print who may do what, as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        """Always in English: it is documentation."""
        with translation.override("en"):
            self.stdout.write(page(), ending="")


def page() -> str:
    """The whole page."""
    parts = [
        HEAD,
        _described("Roles of the house, given to a person for some time", HOUSE_ROLES),
        _described("Seats of an agency", SEAT_ROLES),
    ]
    return "\n".join([*parts, *_tables()])


def _described(title: str, roles: dict[str, Role]) -> str:
    lines = [f"- **{role.label}**: {role.what}" for role in roles.values()]
    return "\n".join([f"## {title}", "", *lines, ""])


def _tables() -> Iterator[str]:
    """One table for each app."""
    permissions = sorted(set().union(*(role.everywhere | role.own for role in ROLES.values())))
    for app in dict.fromkeys(permission.partition(".")[0] for permission in permissions):
        mine = [permission for permission in permissions if permission.startswith(f"{app}.")]
        yield "\n".join([f"## {app}", "", *_rows(mine), ""])


def _rows(permissions: list[str]) -> Iterator[str]:
    yield _row("may", *(str(role.label) for role in ROLES.values()))
    yield _row(*["---"] * (len(ROLES) + 1))
    for permission in permissions:
        yield _row(f"`{permission}`", *(_reach(role, permission) for role in ROLES.values()))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _reach(role: Role, permission: str) -> str:
    if permission in role.everywhere:
        return "all"
    return "own" if permission in role.own else ""
