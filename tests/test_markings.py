"""Every model that carries text has both markings, or reaches them, or is open for a reason that the documentation states."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from core.sensitivity import Classified

OURS = (
    "accounts",
    "agencies",
    "assessments",
    "core",
    "people",
    "identity",
    "letters",
    "briefings",
    "reminders",
    "markings",
    "sight",
    "home",
)
ROWS = re.findall(
    r"^\| `(\w+\.\w+)` \| (own|inherited|open) \|(.*)\|$", Path("docs/access.md").read_text(encoding="utf-8"), re.M
)
WORDS = (models.CharField, models.TextField, models.JSONField)


def carry_text() -> set[str]:
    """Our models with a field of words; their history is as open as they are."""
    found = set()
    for model in apps.get_models():
        words = [field for field in model._meta.concrete_fields if isinstance(field, WORDS) and not field.choices]
        if model._meta.app_label in OURS and words and not hasattr(model, "pgh_tracked_model"):
            found.add(f"{model._meta.app_label}.{model.__name__}")
    return found


def test_every_model_with_text_is_in_the_table() -> None:
    assert sorted(name for name, _, _ in ROWS) == sorted(carry_text())


@pytest.mark.parametrize("name", [name for name, how, _ in ROWS if how == "own"])
def test_what_is_said_to_be_marked_is(name: str) -> None:
    assert issubclass(apps.get_model(name), Classified)


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, how, path in ROWS if how == "inherited"])
def test_what_is_said_to_inherit_leads_to_something_marked(name: str, path: str) -> None:
    model = apps.get_model(name)
    for step in path.strip(" `").split("__"):
        field = model._meta.get_field(step)
        assert not field.null
        model = field.related_model
    assert issubclass(model, Classified)


@pytest.mark.parametrize(("name", "why"), [(name, why) for name, how, why in ROWS if how == "open"])
def test_what_is_open_says_why(name: str, why: str) -> None:
    assert len(why.split()) > 3
