"""A lower marking of a letter, once a second person has decided on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import signed
from core.workflow import IllegalMove
from taskforce.letters.actions import revise
from taskforce.letters.models import Letter
from taskforce.letters.workflow import BEFORE_CLEARANCE

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def lower_marking(letter: Letter, to: int, by: User, note: str) -> Letter:
    """Mark a letter lower. It changes what was to be cleared, so it is a draft again. Raises IllegalMove once it has gone out."""
    with signed(user=str(by.pk), note=note):
        current = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
        if not current.can_change():
            raise IllegalMove(_("This letter can no longer be changed."))
        if current.status not in BEFORE_CLEARANCE:
            current = revise(letter=current, by=by)
        current.sensitivity = to
        current.version += 1
        current.save(update_fields=["sensitivity", "version"])
    return current
