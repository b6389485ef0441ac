"""Forms of inviting, joining and of roles."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import PASSWORD_HELP, ProfileForm
from accounts.models import User
from accounts.roles import HOUSE_ROLES
from agencies.models import Agency, Capacity, Mechanism, Membership
from agencies.people.access import invitable
from agencies.people.models import Invitation
from core.dates import span
from core.forms import DatePartsField

INVITED = _("This address is invited already. Send that invitation again, or revoke it first.")


class AgencyChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An agency, by acronym and name."""

    def label_from_instance(self, obj: Any) -> str:
        """UNODC – United Nations Office on Drugs and Crime."""
        return f"{obj.acronym} – {obj.name}" if obj.acronym else str(obj.name)


class DaysMixin(forms.Form):
    """First and last day of what is given."""

    first_day = DatePartsField(label=_("First day"))
    last_day = DatePartsField(
        label=_("Last day"), required=False, help_text=_("Included. Leave it empty if no end is set.")
    )

    def clean(self) -> dict[str, Any]:
        """Both days as a range."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            data["valid"] = span(data.get("first_day"), data.get("last_day"))
        except ValidationError as error:
            self.add_error("last_day", error)
        return data


class InvitationForm(DaysMixin, forms.ModelForm):  # type: ignore[type-arg]
    """What every invitation has. The person who invites never invites themselves."""

    class Meta:
        model = Invitation
        fields = ("name", "email")
        help_texts = {"email": _("The invitation is bound to this address; it will be the name to sign in with.")}

    def __init__(self, *args: Any, by: User, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.by, self.on = by, on
        self.fields["first_day"].initial = on

    def clean_email(self) -> str:
        """An address with which nobody signs in and that is not invited already."""
        email = str(self.cleaned_data["email"]).lower()
        if Invitation.objects.unanswered().filter(email__iexact=email).exists():
            raise ValidationError(INVITED)
        if User.objects.filter(email__iexact=email).exclude(pk__in=User.objects.never_here()).exists():
            raise ValidationError(_("A person with this address is here already. Give them the seat or role directly."))
        if User.objects.filter(email__iexact=email, is_active=False).exists():
            raise ValidationError(
                _("The person with this address is deactivated. An administrator reactivates them first.")
            )
        return email

    def clean(self) -> dict[str, Any]:
        """The days belong to the invitation."""
        data = super().clean()
        if "valid" in data:
            self.instance.valid = data["valid"]
        return data


class SeatInvitationForm(InvitationForm):
    """Invite a person to speak for an agency."""

    agency = AgencyChoice(label=_("Agency"), queryset=Agency.objects.none())
    mechanism = forms.ModelChoiceField(label=_("Mechanism"), queryset=Mechanism.objects.none())
    capacity = forms.ChoiceField(label=_("Capacity"), choices=Capacity.choices, widget=forms.RadioSelect)

    class Meta(InvitationForm.Meta):
        fields = ("agency", "mechanism", "capacity", "name", "email")  # type: ignore[assignment]

    field_order = ("agency", "mechanism", "capacity", "name", "email", "first_day", "last_day")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        agencies = invitable(Agency.objects.on(self.on), self.by, "pk")
        self.fields["agency"].queryset = agencies.named_on(self.on).order_by("acronym")  # type: ignore[attr-defined]
        self.fields["mechanism"].queryset = Mechanism.objects.on(self.on)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The agency sits in the mechanism on the first day: without a membership a seat gives no right."""
        data = super().clean()
        agency, mechanism, first = data.get("agency"), data.get("mechanism"), data.get("first_day")
        if agency and mechanism and first:
            seats = Membership.objects.seated().on(first)
            if not seats.filter(agency=agency, mechanism=mechanism).exists():
                self.add_error("mechanism", _("The agency does not sit in this mechanism on the first day."))
        return data


class RoleInvitationForm(InvitationForm):
    """Invite a person for a role of the house."""

    role = forms.ChoiceField(
        label=_("Role"), choices=[(role.key, role.label) for role in HOUSE_ROLES.values()], widget=forms.RadioSelect
    )

    class Meta(InvitationForm.Meta):
        fields = ("role", "name", "email")  # type: ignore[assignment]

    field_order = ("role", "name", "email", "first_day", "last_day")


class JoinForm(ProfileForm):
    """What a person says of themselves when they accept, with the password they choose."""

    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Password, again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        """Both passwords are the same, and good enough for this person."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("This is not the same password."))
        return data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        try:
            validate_password(self.cleaned_data.get("password1", ""), self.instance)
        except ValidationError as error:
            self.add_error("password1", error)


class RoleForm(DaysMixin):
    """Give a role of the house to a person."""

    role = RoleInvitationForm.base_fields["role"]
    field_order = ("role", "first_day", "last_day")


class EndForm(forms.Form):
    """Let something end."""

    last_day = DatePartsField(
        label=_("Last day"),
        help_text=_("Included. With a day before today the right is gone at once, and the person is signed out."),
    )
