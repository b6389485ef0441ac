"""The form of a rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taskforce.reminders.models import Rule


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """When to remind, of what, and whom."""

    class Meta:
        model = Rule
        fields = ("kind", "audience", "days", "every", "times", "active")
        widgets = {"audience": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.topic:
            del self.fields["kind"], self.fields["audience"]
            return
        self.fields["kind"].choices = [("", _("Every kind")), *Rule._meta.get_field("kind").choices]  # type: ignore[attr-defined, misc]
        self.fields["kind"].help_text = ""
