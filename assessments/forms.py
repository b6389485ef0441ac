"""What people type about assessments: shape and validity."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.access import agencies_of
from agencies.models import Agency, Membership
from assessments.models import (
    Assessment,
    CellState,
    Confidence,
    Estimate,
    Flow,
    Source,
)
from core.access import can
from core.dates import FuzzyDate
from core.forms import DayToComeField, FuzzyDateField
from core.markings import MarkingMixin
from core.uploads import UploadField

KNOWN = _("Leave the day, or day and month, empty where they are not known.")


class AgencyChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An agency by the name it has today."""

    def label_from_instance(self, obj: Any) -> str:
        """Acronym and name."""
        return f"{obj.acronym}, {obj.name}" if obj.acronym else str(obj.name)


class AgencyChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Agencies by the names they have today."""

    def label_from_instance(self, obj: Any) -> str:
        """Acronym and name."""
        return f"{obj.acronym}, {obj.name}" if obj.acronym else str(obj.name)


def members(assessment: Assessment, on: dt.date) -> Any:
    """The agencies that sit in the assessment's mechanism on the day, by acronym."""
    seats = Membership.objects.seated().on(on).filter(mechanism=assessment.mechanism_id)
    return Agency.objects.named_on(on).filter(pk__in=seats.values("agency")).order_by("acronym", "pk")


# ---------------------------------------------------------------- the assessment


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new assessment on the schedule."""

    lead = AgencyChoice(Agency.objects.none(), label=_("Lead agency"))
    planned = FuzzyDateField(label=_("Planned for"), help_text=KNOWN)

    class Meta:
        model = Assessment
        fields = (
            "title",
            "area",
            "region",
            "lead",
            "mechanism",
            "previous",
            "planned",
            "sensitivity",
            "tlp",
            "note",
            "source",
        )

    def __init__(self, *args: Any, user: Any, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        choices: dict[str, Any] = self.fields
        choices["lead"].queryset = Agency.objects.on(on).named_on(on).order_by("acronym", "pk")
        choices["previous"].queryset = Assessment.objects.visible_to(user)
        choices["note"].widget.attrs["rows"] = 3

    def _post_clean(self) -> None:
        """Plan and first forecast go into the row before the row checks itself."""
        planned: FuzzyDate | None = self.cleaned_data.get("planned")
        if planned:
            row = self.instance
            row.planned_day = row.forecast_day = planned.day
            row.planned_precision = row.forecast_precision = planned.precision
        super()._post_clean()  # type: ignore[misc]


class ReviseForm(MarkingMixin, forms.ModelForm):  # type: ignore[type-arg]
    """The facts of an assessment that may still change; its sensitivity only to a higher one."""

    class Meta:
        model = Assessment
        fields = ("title", "area", "region", "sensitivity", "tlp", "note", "source")
        help_texts: ClassVar[dict[str, Any]] = {
            "sensitivity": _("It may be raised here. To lower it takes a second person."),
        }

    def __init__(self, *args: Any, reader: Any, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        leads = agencies_of(reader, on).filter(agency=self.instance.lead_id).exists()
        self.mark(self.instance.sensitivity, keeps=lambda right: leads or can(reader, right))
        self.fields["note"].widget.attrs["rows"] = 3


class ForecastForm(forms.Form):
    """A new forecast and its reason."""

    to = FuzzyDateField(label=_("Now expected"), help_text=KNOWN)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when the date moves to later. It stands on the schedule for every reader."),
    )


class MoveForm(forms.Form):
    """Nothing to fill in: the button is the form."""


class PublishForm(forms.Form):
    """When it was published."""

    published = FuzzyDateField(label=_("Date of publication"), help_text=KNOWN)


class FlowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A flow that the assessment covers."""

    class Meta:
        model = Flow
        fields = ("commodity", "name", "scope")
        widgets: ClassVar[dict[str, Any]] = {"commodity": forms.RadioSelect, "scope": forms.RadioSelect}


class CellForm(forms.Form):
    """The answer to one question. `version` is the one that was opened."""

    text = forms.CharField(
        label=_("Answer"),
        error_messages={"required": _("Write the answer, or choose “Unanswered”.")},
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("What is known, in plain words. What is not known is said, too."),
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=CellState.choices,
        widget=forms.RadioSelect,
        help_text=_("“Unanswered” empties the answer and shows it as unanswered."),
    )
    confidence = forms.ChoiceField(
        label=_("Confidence"),
        choices=[("", _("Not given")), *Confidence.choices],
        required=False,
        widget=forms.RadioSelect,
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].required = self.data.get("state") != CellState.BLANK


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A source with its two grades."""

    url = forms.URLField(label=_("Web address"), required=False, assume_scheme="https")

    class Meta:
        model = Source
        fields = ("title", "publisher", "year", "url", "reliability", "credibility")


class EstimateForm(forms.ModelForm):  # type: ignore[type-arg]
    """An estimate; without both ends of the range it says that nothing was estimated."""

    class Meta:
        model = Estimate
        fields = (
            "flow",
            "quantity",
            "low",
            "high",
            "unit",
            "year",
            "price_level",
            "where",
            "method",
            "source",
            "page",
            "confidence",
        )
        help_texts: ClassVar[dict[str, Any]] = {
            "flow": _("Leave empty for the total that a source states for all flows."),
            "low": _("Leave both ends empty where it was not estimated. That is not zero."),
            "unit": _("Such as: US dollars a year, tonnes a year, persons a year."),
            "where": _("The place where the value arises, such as: destination market."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        parts: dict[str, Any] = self.fields
        parts["flow"].queryset = self.instance.assessment.flows.all()
        parts["source"].queryset = self.instance.assessment.sources.all()
        parts["method"].widget.attrs["rows"] = 3


class SightForm(forms.Form):
    """An agency that shall see a classified assessment."""

    agency = AgencyChoice(Agency.objects.none(), label=_("Agency"))

    def __init__(self, *args: Any, assessment: Assessment, user: Any, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        named = assessment.named_agencies().values("pk")
        choices: Any = self.fields["agency"]
        others = members(assessment, on).exclude(pk__in=named)
        choices.queryset = others.exclude(pk__in=agencies_of(user, on))


# ---------------------------------------------------------------- contributions


class AskForm(forms.Form):
    """Which agencies are asked for what, by when."""

    agencies = AgencyChoices(Agency.objects.none(), label=_("Agencies"), widget=forms.CheckboxSelectMultiple)
    what = forms.CharField(
        label=_("What is asked"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One clear request, such as: seizures and prosecutions of the last three years."),
    )
    flows = forms.ModelMultipleChoiceField(
        Flow.objects.none(),
        label=_("Flows"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None means the assessment as a whole."),
    )
    due_on = DayToComeField(label=_("Due on"), help_text=_("The end of this day at the agency's duty station."))

    def __init__(self, *args: Any, assessment: Assessment, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        choices: dict[str, Any] = self.fields
        choices["agencies"].queryset = members(assessment, on)
        choices["flows"].queryset = assessment.flows.all()


class SubmitForm(forms.Form):
    """What an agency hands in."""

    text = forms.CharField(
        label=_("Contribution"),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Name your sources. If a file says it all, say so here."),
    )
    file = UploadField(label=_("File"), required=False)


class AcceptForm(forms.Form):
    """A word with the acceptance."""

    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReturnForm(forms.Form):
    """What is still missing, and by when."""

    comment = forms.CharField(
        label=_("What is still missing"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    due_on = DayToComeField(label=_("Due again on"))
