"""Migrations of an empty database in a third of the time, for the local run and the tests.

While it migrates, Django keeps classes of all models as they were at that point, and makes the classes of everything
related anew at each step. Here nearly everything is related to the user, and most steps add a table, a trigger or a
constraint, which changes no class that exists. So for these three the classes are left as they are. Production
migrates the plain way; a test compares the two databases.

`python -m taskforce.local.quick_migrations` is `manage.py prepare` with this.
"""

import os
from typing import Any

import django
from django.core.management import call_command
from django.db.migrations.state import ModelState, ProjectState
from pgtrigger.migrations import AddTrigger


def apply() -> None:
    """From now on migrations of this process are quick."""
    ProjectState.add_model = add_model  # type: ignore[method-assign, assignment]
    ProjectState._append_option = append_option  # type: ignore[attr-defined]  # noqa: SLF001
    AddTrigger.state_forwards = add_trigger  # type: ignore[method-assign, assignment]


def add_model(state: Any, model_state: ModelState) -> None:
    """A new table: make its class, and no other anew."""
    key = model_state.app_label, model_state.name_lower
    state.models[key] = model_state
    if state._relations is not None:  # noqa: SLF001
        state.resolve_model_relations(key)
    if is_rendered(state):
        state.apps.render_multiple([model_state])


def append_option(state: Any, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
    """A new index or constraint: note it in the class that there is."""
    options = state.models[app_label, model_name].options
    options[option_name] = [*options.get(option_name, []), obj]
    note(state, app_label, model_name, option_name)


def add_trigger(operation: Any, app_label: str, state: Any) -> None:
    """A new trigger: note it in the class that there is."""
    append_option(state, app_label, operation.model_name.lower(), "triggers", operation.trigger)


def note(state: Any, app_label: str, model_name: str, option_name: str) -> None:
    """Let the class of a model, if there is one, say what its state says."""
    if is_rendered(state):
        options = state.models[app_label, model_name].options
        setattr(state.apps.get_model(app_label, model_name)._meta, option_name, options[option_name])


def is_rendered(state: Any) -> bool:
    """Whether classes were made from this state; asking for them would make them."""
    return "apps" in state.__dict__


def main() -> None:
    """Prepare the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskforce.settings")
    django.setup()
    apply()
    call_command("prepare", verbosity=0)


if __name__ == "__main__":
    main()
