"""The matrix: what the code asks for exists, and the documentation says the same."""

import ast
import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.roles import HOUSE_ROLES, ROLES
from core.access import can
from core.dates import span, today
from tests.cast import Cast
from tests.factories import RoleAssignmentFactory, UserFactory

KNOWN = frozenset().union(*(role.everywhere | role.own for role in ROLES.values()))
VERBS = {permission.partition(".")[2].partition("_")[0] for permission in KNOWN}
PERMISSION = re.compile(r"(?:core|accounts|agencies|assessments|letters|briefings|reminders)\.([a-z]+)_[a-z_]+")
ASKING = {"can", "require", "has_perm", "get_or_404", "own_or_all", "fetch"}
PACKAGES = ("core", "accounts", "agencies", "assessments", "taskforce")


def test_every_permission_in_the_code_is_in_the_matrix():
    assert {name: where for name, where in _asked().items() if name not in KNOWN} == {}


def test_the_search_finds_permissions_in_calls_and_in_constants():
    """A control: both shapes that the code uses are found."""
    source = ast.parse('VIEW = "letters.view_nothing"\nrequire(user, "letters.frobnicate_letter")')

    assert set(_named(source)) == {"letters.view_nothing", "letters.frobnicate_letter"}


def test_the_documentation_is_current():
    printed = StringIO()
    call_command("permissions", stdout=printed)

    written = (settings.ROOT / "docs" / "permissions.md").read_text()

    assert written == printed.getvalue(), "Run: python manage.py permissions > docs/permissions.md"


@pytest.mark.parametrize("key", HOUSE_ROLES)
def test_a_role_of_the_house_gives_its_rights_on_its_days_only(db, key):
    role = HOUSE_ROLES[key]
    now = UserFactory(name="Now")
    then = UserFactory(name="Then")
    RoleAssignmentFactory(user=now, role=key)
    RoleAssignmentFactory(user=then, role=key, valid=span(None, today().replace(year=2020)))

    assert {permission for permission in KNOWN if can(now, permission)} == role.everywhere
    assert not any(can(then, permission) for permission in KNOWN)


def test_the_auditor_and_the_observer_change_nothing():
    changing = {"change", "clear", "dispatch", "invite", "issue", "make", "release", "record", "grant", "cancel"}
    for key in ("auditor", "observer"):
        assert not {name for name in ROLES[key].everywhere if name.partition(".")[2].partition("_")[0] in changing}


def test_the_administrator_reads_no_confidential_text_and_the_secretariat_gives_no_roles():
    assert not any("confidential" in name for name in ROLES["administrator"].everywhere)
    assert not any(name.startswith("accounts.") for name in ROLES["secretariat_lead"].everywhere)


def test_an_inactive_person_may_do_nothing(cast: Cast):
    cast.ada.is_active = False

    assert not any(can(cast.ada, permission) for permission in KNOWN)


def _asked() -> dict[str, str]:
    """Every permission that the code names, with a file that does."""
    files = [file for package in PACKAGES for file in Path(settings.ROOT, package).rglob("*.py")]
    sources = {file: ast.parse(file.read_text()) for file in files if "migrations" not in file.parts}
    return {name: file.name for file, source in sources.items() for name in _named(source)}


def _named(source: ast.AST) -> list[str]:
    """Texts that are permissions: those with a verb of the matrix, and those handed to a function that asks for one."""
    texts = [node.value for node in ast.walk(source) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    handed = [
        argument.value
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and _called(node) in ASKING
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    found = [text for text in texts if (match := PERMISSION.fullmatch(text)) and match.group(1) in VERBS]
    return found + [text for text in handed if PERMISSION.fullmatch(text)]


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))
