"""What is typed when a letter is to be cleared: how and by when, and each decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import DayToComeField


class SubmitForm(forms.Form):
    """How the text is cleared, and by when."""

    way = forms.ChoiceField(
        label=gettext_lazy("Clearance"),
        choices=[
            ("clearance", gettext_lazy("Every co-chair clears it")),
            ("silence", gettext_lazy("Silence procedure: it is adopted unless a co-chair objects")),
            ("silence_all", gettext_lazy("Silence procedure: it is adopted unless a co-chair or a member objects")),
        ],
        widget=forms.RadioSelect,
        initial="clearance",
        help_text=gettext_lazy("A silence ends with its last day, New York time."),
    )
    clear_by = DayToComeField(label=gettext_lazy("Clear by, or last day of the silence"))


class DecisionForm(forms.Form):
    """What a co-chair says to a text."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Your agency's decision"),
        choices=[
            ("clear", gettext_lazy("Clear the text as it stands")),
            ("reserve", gettext_lazy("Clear it with a reservation, which is recorded and stops nothing")),
            ("object", gettext_lazy("Object")),
        ],
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("An objection needs one: say what would have to change. So does a reservation."),
    )

    def clean(self) -> dict[str, Any]:
        """An objection says why, a reservation says what."""
        data = super().clean() or {}
        if data.get("decision") == "object" and not data.get("comment"):
            self.add_error("comment", _("Say what you object to."))
        if data.get("decision") == "reserve" and not data.get("comment"):
            self.add_error("comment", _("Say what your reservation is."))
        return data
