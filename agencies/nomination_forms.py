"""What is typed about a nomination."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.forms import EXAMPLE, AgencyField, not_there
from agencies.models import Agency, Membership, Nomination
from agencies.sources import SourceFields
from core.dates import long_date, span
from core.forms import DatePartsField, DayToComeField

ANSWERS = (("accept", _("Accept")), ("decline", _("Decline")))


class NominateForm(SourceFields, forms.ModelForm):  # type: ignore[type-arg]
    """Which agency shall sit in the mechanism, in what role, from when, and by when it is asked to answer."""

    first = DatePartsField(label=_("First day of the membership"), help_text=EXAMPLE)
    answer_by = DayToComeField(label=_("Answer by"), help_text=_("The agency’s principal finds it among their tasks."))

    class Meta:
        model = Nomination
        fields = ("agency", "role", "first", "answer_by", "source")
        field_classes = {"agency": AgencyField, "first": DatePartsField, "answer_by": DayToComeField}

    field_order = ("agency", "role", "first", "answer_by", "source", "upload")

    def __init__(self, *args: Any, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.on = on
        choice: Any = self.fields["agency"]
        choice.queryset = Agency.objects.on(on).named_on(on).order_by("name")

    def clean(self) -> dict[str, Any]:
        """Both exist on the first day, and the agency neither sits there nor is nominated already."""
        answers = super().clean() or self.cleaned_data
        agency, first, mechanism = answers.get("agency"), answers.get("first"), self.instance.mechanism
        if agency is None or first is None:
            return answers
        if reason := not_there(agency, mechanism, first):
            self.add_error("first", reason)
        rows = Membership.objects.filter(agency=agency, mechanism=mechanism, valid__overlap=span(first))
        if row := rows.order_by("valid").first():
            since = long_date(max(row.first_day or first, first))
            self.add_error("agency", _("This agency sits in this mechanism on %(day)s already.") % {"day": since})
        elif Nomination.objects.open().filter(agency=agency, mechanism=mechanism).exists():
            self.add_error("agency", _("This agency is nominated already."))
        return answers


class AnswerForm(forms.Form):
    """The nominated agency's answer."""

    answer = forms.ChoiceField(label=_("Answer"), choices=ANSWERS, widget=forms.RadioSelect)
    remark = forms.CharField(
        label=_("Remark"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("If you decline, say why. If you record an answer that came by letter, cite the letter."),
    )

    def clean(self) -> dict[str, Any]:
        """A no has a reason."""
        answers = super().clean() or self.cleaned_data
        if answers.get("answer") == "decline" and not answers.get("remark"):
            self.add_error("remark", _("Say why the agency declines."))
        return answers


class WithdrawForm(forms.Form):
    """Why a nomination is taken back."""

    remark = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
