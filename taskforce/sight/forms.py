"""What is asked, and what is answered."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.access import agencies_of
from agencies.models import Agency
from core.forms import DayToComeField


class AgencyChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An agency by the name it has today."""

    def label_from_instance(self, obj: Any) -> str:
        """Acronym and name."""
        return f"{obj.acronym}, {obj.name}" if obj.acronym else str(obj.name)


class AskForm(forms.Form):
    """Ask for sight for an agency of one's own."""

    reference = forms.CharField(
        label=_("What do you ask to see?"),
        max_length=300,
        help_text=_("Its reference number, its title, or its address in the portal."),
    )
    reason = forms.CharField(
        label=_("Why does your agency need it?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    agency = AgencyChoice(Agency.objects.none(), label=_("For which agency"))

    def __init__(self, *args: Any, user: Any, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        own: Any = self.fields["agency"]
        own.queryset = Agency.objects.named_on(on).filter(pk__in=agencies_of(user, on)).order_by("acronym", "pk")
        if len(own.queryset) == 1:
            own.initial = own.queryset[0].pk


class DecideForm(forms.Form):
    """Grant or decline."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("grant", _("Give the agency sight")), ("decline", _("Decline"))],
        widget=forms.RadioSelect,
    )
    until = DayToComeField(
        label=_("Until"), required=False, help_text=_("The last day of sight. Leave it empty to give it for good.")
    )
    answer = forms.CharField(
        label=_("Answer"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed to decline. The asker reads it: name nothing that they may not see."),
    )
