"""The marking of something in a form: raised freely, never lowered, and nobody loses sight of a thing unawares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.sensitivity import Sensitivity

READS = {
    Sensitivity.CONFIDENTIAL: "core.view_confidential",
    Sensitivity.STRICTLY_CONFIDENTIAL: "core.view_strictly_confidential",
}


class MarkingMixin(forms.BaseForm):
    """For a form with a field `sensitivity`. Where what is typed hides the thing from them, it asks if they know."""

    def mark(self, level: int, keeps: Callable[[str], bool]) -> None:
        """Offer the markings from `level` on, which the thing has; `keeps` tells whether they read what takes a permission to read."""
        field: Any = self.fields["sensitivity"]
        field.choices = [(value, word) for value, word in Sensitivity.choices if value >= level]
        lost = {str(value) for value, right in READS.items() if value > level and not keeps(right)}
        if self.data.get(self.add_prefix("sensitivity")) in lost:
            self.fields["lose_sight"] = forms.BooleanField(
                label=_("I know that I shall not see it any more"),
                help_text=_("Your role does not read what is so restricted."),
                error_messages={"required": _("Say that you know it, or choose another sensitivity.")},
            )
