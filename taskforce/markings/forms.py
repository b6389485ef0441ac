"""What is asked, and what is answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.sensitivity import Sensitivity


class AskForm(forms.Form):
    """A lower marking, and why."""

    to = forms.TypedChoiceField(label=_("To be marked"), coerce=int, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why may it be marked lower?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Whoever decides reads it."),
    )

    def __init__(self, *args: Any, level: int, **options: Any) -> None:
        super().__init__(*args, **options)
        lower: Any = self.fields["to"]
        lower.choices = [(value, word) for value, word in Sensitivity.choices if value < level]


class DecideForm(forms.Form):
    """Lower or decline."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("lower", _("Lower the marking")), ("decline", _("Decline"))],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Answer"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed to decline."),
    )
