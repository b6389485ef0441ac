"""What is typed when a letter is signed: who is asked, what was signed on paper, what a signatory says."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import FocalPoint
from core.forms import DatePartsField, DayToComeField
from core.uploads import ScanField
from taskforce.letters.models import Signing

PEOPLE = "person-"


def _in_words(seat: FocalPoint) -> str:
    words = {"person": seat.person, "seat": seat.get_capacity_display(), "agency": seat.agency.acronym}
    return _("%(person)s, %(seat)s of %(agency)s") % words


class AskForm(forms.Form):
    """Who of the signatories signs on the portal, in which order, by when."""

    order = forms.ChoiceField(
        label=gettext_lazy("Asked"),
        choices=[
            ("sequence", gettext_lazy("One after the other, in the order of protocol")),
            ("parallel", gettext_lazy("All at once")),
        ],
        widget=forms.RadioSelect,
        initial="sequence",
    )
    due_on = DayToComeField(label=gettext_lazy("Sign by"))

    def __init__(self, *args: Any, rows: Sequence[Signing], seats: Iterable[FocalPoint], **options: Any) -> None:
        super().__init__(*args, **options)
        self.rows = rows
        self.by_id = {str(seat.pk): seat for seat in seats}
        people = [(key, _in_words(seat)) for key, seat in self.by_id.items()]
        for row in rows:
            self.fields[f"{PEOPLE}{row.pk}"] = forms.ChoiceField(
                label=str(row),
                required=False,
                choices=[("", _("Signs on paper; the secretariat records it")), *people],
                initial=next((key for key, seat in self.by_id.items() if seat.person_id == row.person_id), ""),
            )
        self.order_fields([f"{PEOPLE}{row.pk}" for row in rows])

    def clean(self) -> dict[str, Any]:
        """Somebody is asked."""
        data = super().clean() or {}
        if not self.errors and not self.seats():
            raise forms.ValidationError(
                _("Choose at least one person. If all sign on paper, record their signatures instead.")
            )
        return data

    def seats(self) -> dict[uuid.UUID, FocalPoint]:
        """The seats that were chosen, by the ids of the signings."""
        chosen = ((row.pk, self.cleaned_data.get(f"{PEOPLE}{row.pk}")) for row in self.rows)
        return {pk: self.by_id[key] for pk, key in chosen if key}


class RecordForm(forms.Form):
    """Who signed on paper, and when."""

    rows = forms.ModelMultipleChoiceField(
        Signing.objects.none(), label=gettext_lazy("Who signed"), widget=forms.CheckboxSelectMultiple
    )
    signed_on = DatePartsField(label=gettext_lazy("Date of the signatures"))
    scan = ScanField(label=gettext_lazy("Scan of the signed letter"), required=False)

    def __init__(self, *args: Any, rows: Any, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **{"initial": {"rows": list(rows), "signed_on": on}, **options})
        self.on = on
        self.fields["rows"].queryset = rows  # type: ignore[attr-defined]

    def clean_signed_on(self) -> dt.date:
        """Not in the future."""
        day: dt.date = self.cleaned_data["signed_on"]
        if day > self.on:
            raise forms.ValidationError(_("This day is yet to come."))
        return day

    def chosen(self) -> Iterator[uuid.UUID]:
        """The ids of the signings."""
        return (row.pk for row in self.cleaned_data["rows"])


class SignForm(forms.Form):
    """Whether the person signs what was shown."""

    approved = forms.CharField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label=gettext_lazy("Your signature"),
        choices=[("sign", gettext_lazy("Sign the text as it stands")), ("decline", gettext_lazy("Do not sign"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("If you do not sign: say why. The secretariat sees it with the letter."),
    )

    def clean(self) -> dict[str, Any]:
        """Whoever declines says why."""
        data = super().clean() or {}
        if data.get("decision") == "decline" and not data.get("reason"):
            self.add_error("reason", _("Say why you do not sign."))
        return data
