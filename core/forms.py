"""Forms: one look for all of them, and the one way to answer a form.

`FORM_RENDERER` makes every form of the portal, allauth's included, render as GOV.UK fields through the one partial
`django/forms/field.html`: templates say `{{ form }}` or `{% field form.name %}`, forms set no classes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from core.dates import YEARS, FuzzyDate, today
from core.workflow import IllegalMove

UNPROCESSABLE = 422
CONFLICT = 409

# The first class that fits gives a widget its look.
LOOKS: dict[type[forms.Widget], str] = {
    forms.CheckboxInput: "govuk-checkboxes__input",
    forms.FileInput: "govuk-file-upload",
    forms.Textarea: "govuk-textarea",
    forms.CheckboxSelectMultiple: "govuk-checkboxes__input",  # to Django it is a kind of radio buttons
    forms.RadioSelect: "govuk-radios__input",
    forms.Select: "govuk-select",
    forms.widgets.Input: "govuk-input",
}
SHORT: dict[type[forms.Widget], str] = {
    forms.DateInput: "govuk-input--width-10",
    forms.NumberInput: "govuk-input--width-10",
}

# What is typed in them runs from left to right on every page.
LATIN = (forms.EmailInput, forms.URLInput)

# What a field says where nothing was answered: what to do, not "This field is required."
ASKED: dict[type[forms.Field], Any] = {
    forms.Field: _("Fill this in."),
    forms.ChoiceField: _("Choose one."),
    forms.FileField: _("Choose a file."),
}


def ask_plainly() -> None:
    """Give the fields of every form, Django's and allauth's included, these words. Before any form is defined."""
    for kind, words in ASKED.items():
        kind.default_error_messages = {**kind.default_error_messages, "required": words}


def look(widget: forms.Widget) -> str:
    """The GOV.UK class of a widget, empty for one that has none."""
    return next((name for kind, name in LOOKS.items() if isinstance(widget, kind)), "")


class Field(BoundField):
    """A field that knows how GOV.UK wants it to look."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """The attributes with the class of the widget, marked when there is an error."""
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if isinstance(widget, LATIN):
            attrs["dir"] = "ltr"
        block = look(widget)
        classes = [widget.attrs.get("class", ""), attrs.get("class", ""), block, SHORT.get(type(widget), "")]
        if self.errors and block and not block.endswith("__input"):
            classes.append(f"{block}--error")
        if any(classes):
            attrs["class"] = " ".join(filter(None, classes))
        return attrs

    @property
    def kind(self) -> str:
        """Which shape the field partial gives it: checkbox, group (radios, checkboxes, parts of a date) or plain."""
        if isinstance(self.field.widget, forms.CheckboxInput):
            return "checkbox"
        return "group" if self.field.widget.use_fieldset else "plain"


class Renderer(TemplatesSetting):
    """Renders every form of the portal with the portal's own templates."""

    form_template_name = "django/forms/div.html"
    bound_field_class = Field


class DateParts(forms.MultiWidget):
    """A date as three short boxes: day, month, year."""

    template_name = "django/forms/widgets/date_parts.html"
    use_fieldset = True
    parts = ("day", "month", "year")
    labels = (_("Day"), _("Month"), _("Year"))

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            part: forms.TextInput(
                attrs={"inputmode": "numeric", "autocomplete": "off", "size": 4 if part == "year" else 2}
            )
            for part in self.parts
        }
        super().__init__(boxes, attrs)

    def decompress(self, value: dt.date | str | None) -> list[str | None]:
        """Day, month and year of a date, or of the text 2011-09-07."""
        if isinstance(value, str) and value.count("-") == 2:
            return list(reversed(value.split("-")))
        if isinstance(value, dt.date):
            return [str(value.day), str(value.month), str(value.year)]
        return [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Each box with its label and width."""
        context = super().get_context(name, value, attrs)
        for box, label, part in zip(context["widget"]["subwidgets"], self.labels, self.parts, strict=True):
            box["label"] = label
            box["attrs"]["class"] = (
                f"{box['attrs'].get('class', '')} govuk-input govuk-date-input__input govuk-input--width-"
                + ("4" if part == "year" else "2")
            )
        return context

    def id_for_label(self, id_: str) -> str:
        """The first box: links of the error summary lead there."""
        return f"{id_}_0" if id_ else id_


class DatePartsField(forms.MultiValueField):
    """A date typed in three boxes. Says which part is missing or wrong, and keeps what was typed."""

    widget = DateParts

    def __init__(self, **options: Any) -> None:
        incomplete = _("Fill in day, month and year.")
        whole = {"required": incomplete, "incomplete": incomplete, "invalid": _("There is no such date.")}
        messages = whole | options.pop("error_messages", {})
        boxes = [forms.CharField(max_length=4, required=False) for _part in DateParts.parts]
        super().__init__(boxes, require_all_fields=False, error_messages=messages, **options)

    def compress(self, data_list: list[str]) -> Any:
        """The date that the three boxes name; None when all are empty."""
        if not any(data_list):
            return None
        if not all(data_list):
            raise forms.ValidationError(self.error_messages["incomplete"], code="incomplete")
        try:
            day, month, year = (int(part) for part in data_list)
            typed = dt.date(year, month, day)
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return self._reckonable(typed, typed.year)

    def _reckonable(self, typed: Any, year: int) -> Any:
        if year not in YEARS:
            raise forms.ValidationError(_("Check the year."), code="year")
        return typed


class DayToComeField(DatePartsField):
    """A day from today on."""

    def validate(self, value: dt.date | None) -> None:
        """Not in the past."""
        super().validate(value)
        if value and value < today():
            raise forms.ValidationError(_("This day has passed. Choose today or a later day."), code="past")


class FuzzyParts(DateParts):
    """A date in three boxes of which day and month may stay empty."""

    def decompress(self, value: Any) -> list[str | None]:
        """As much of day, month and year as is known."""
        if not isinstance(value, FuzzyDate):
            return super().decompress(value)
        unknown = {"day": 0, "month": 1, "year": 2}[value.precision]
        parts = (value.day.day, value.day.month, value.day.year)
        return [None] * unknown + [str(part) for part in parts[unknown:]]


class FuzzyDateField(DatePartsField):
    """A date known to the day, the month or the year."""

    widget = FuzzyParts

    def compress(self, data_list: list[str]) -> Any:
        """The date with the precision of what was typed; None when nothing was."""
        day, month, year = [*data_list, "", "", ""][:3]
        if not any(data_list):
            return None
        if not year or (day and not month):
            raise forms.ValidationError(_("Fill in the year; a day needs its month."), code="incomplete")
        try:
            typed = FuzzyDate.of(int(year), int(month) if month else None, int(day) if day else None)
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return self._reckonable(typed, typed.day.year)


def posted(request: HttpRequest) -> QueryDict | None:
    """What was posted, also when it is nothing; None for a mere look at the form."""
    return request.POST if request.method == "POST" else None


def attempt(form: forms.BaseForm, action: Callable[[], Any]) -> Any:
    """The action's result, or None with its refusal in the form."""
    try:
        return action()
    except ValidationError as refusal:
        errors = refusal.error_dict if hasattr(refusal, "error_dict") else {NON_FIELD_ERRORS: refusal.error_list}
        for name, problems in errors.items():
            form.add_error(name if name in form.fields else None, problems)
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
    return None


def form_page(
    request: HttpRequest,
    template: str,
    form: forms.BaseForm,
    context: Mapping[str, Any] | None = None,
    *,
    refused: int = UNPROCESSABLE,
) -> HttpResponse:
    """The page of a form. With errors the status is 422 or `refused`, the title begins with “Error:” and what was typed stays."""
    status = refused if form.is_bound and form.errors else 200
    return render(request, template, {**(context or {}), "form": form}, status=status)
