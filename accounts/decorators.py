"""For views that do something grave."""

from collections.abc import Callable
from typing import Any, TypeVar

from allauth.account.decorators import reauthentication_required
from django.http import HttpResponseBase

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def fresh_sign_in_required(view: View) -> View:
    """Ask again who you are, unless you said so in the last fifteen minutes; what was posted is done afterwards."""
    guarded: Any = reauthentication_required(view)
    return guarded  # type: ignore[no-any-return]
