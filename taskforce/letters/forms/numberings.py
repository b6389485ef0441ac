"""What is typed about reference numbers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taskforce.letters import numbering
from taskforce.letters.models import Numbering


class NumberingForm(forms.ModelForm):  # type: ignore[type-arg]
    """The pattern of a mechanism's reference numbers."""

    class Meta:
        model = Numbering
        fields = ("pattern",)
        labels = {"pattern": gettext_lazy("Pattern")}
        widgets = {"pattern": forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off", "dir": "ltr"})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        said = format_html_join("", "<br><bdi>{}</bdi>: {}", numbering.FIELDS.items())
        self.fields["pattern"].help_text = format_html(
            "{}{}", _("Letters, digits and / . - _ ( ) stand as they are."), said
        )

    def clean_pattern(self) -> str:
        """A pattern of which references can be made."""
        pattern: str = self.cleaned_data["pattern"].strip()
        if wrong := numbering.problems(pattern, self.instance.mechanism):
            raise forms.ValidationError(wrong)
        return pattern
