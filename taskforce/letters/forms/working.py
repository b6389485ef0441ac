"""What is typed about the work that comes of answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Agency
from core.dates import today
from core.forms import DayToComeField
from taskforce.letters.models import Assignment, Invitation, Letter, Sequel, WorkKind
from taskforce.letters.working import DAYS, usual_agency


def _agencies(letter: Letter) -> Any:
    """The members of the letter's mechanism today, by acronym."""
    members = letter.mechanism.memberships.on(today()).values("agency")
    return Agency.objects.named_on(today()).filter(pk__in=members).order_by("acronym", "pk")


class SequelsForm(forms.Form):
    """For each invitation of a letter: what follows a yes, by whom, within how many days."""

    def __init__(self, *args: Any, letter: Letter, **options: Any) -> None:
        super().__init__(*args, **options)
        self.invitations = list(letter.invitations.select_related("sequel"))
        agencies, usual = _agencies(letter), usual_agency(letter)
        for number, invitation in enumerate(self.invitations, start=1):
            self._ask(number, invitation, agencies, usual)

    def _ask(self, number: int, invitation: Invitation, agencies: Any, usual: Agency | None) -> None:
        sequel: Sequel | None = getattr(invitation, "sequel", None)
        self.fields[f"kind-{invitation.pk}"] = forms.ChoiceField(
            label=f"{number}. {invitation.text}",
            choices=[("", gettext_lazy("Nothing follows")), *WorkKind.choices],
            required=False,
            initial=sequel.kind if sequel else "",
        )
        self.fields[f"agency-{invitation.pk}"] = forms.ModelChoiceField(
            agencies,
            label=_("Responsible for %(number)d") % {"number": number},
            required=False,
            initial=sequel.agency_id if sequel else usual and usual.pk,
        )
        self.fields[f"days-{invitation.pk}"] = forms.IntegerField(
            label=_("Days for %(number)d") % {"number": number},
            min_value=1,
            max_value=366,
            initial=sequel.days if sequel else DAYS,
        )

    def clean(self) -> dict[str, Any]:
        """Something that follows needs an agency."""
        data = super().clean() or {}
        for invitation in self.invitations:
            if data.get(f"kind-{invitation.pk}") and not data.get(f"agency-{invitation.pk}"):
                self.add_error(f"agency-{invitation.pk}", _("Choose who is responsible."))
        return data

    def plans(self) -> list[tuple[Invitation, str, Agency | None, int]]:
        """What was typed, by invitation."""
        data = self.cleaned_data
        return [
            (one, data[f"kind-{one.pk}"], data[f"agency-{one.pk}"], data[f"days-{one.pk}"]) for one in self.invitations
        ]


class ActForm(forms.Form):
    """What the agency says when it takes something up or has done it."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Such as when the meeting is, or who goes."),
    )


class ReassignForm(forms.Form):
    """Another agency, or another day."""

    agency = forms.ModelChoiceField(Agency.objects.none(), label=gettext_lazy("Responsible agency"), empty_label=None)
    due_on = DayToComeField(label=gettext_lazy("Due on"))

    def __init__(self, *args: Any, assignment: Assignment, **options: Any) -> None:
        options["initial"] = {"agency": assignment.agency_id, "due_on": assignment.due_on}
        super().__init__(*args, **options)
        field: Any = self.fields["agency"]
        field.queryset = _agencies(assignment.answer.recipient.dispatch.letter)
