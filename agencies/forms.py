"""What administrators type about the register. A clash with another row is explained at the field, in words."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from agencies.models import (
    Agency,
    AgencyName,
    Capacity,
    Country,
    FocalPoint,
    Mechanism,
    Membership,
    Office,
    OfficeCountry,
    ResidentCoordinator,
    in_full,
)
from agencies.sources import SourceFields
from core.dates import Dated, DatedQuerySet, long_date, span
from core.forms import DatePartsField

if TYPE_CHECKING:
    from django.db.backends.postgresql.psycopg_any import DateRange

EXAMPLE = _("For example 7 9 2011.")
OPEN_END = _("Leave it empty while it still holds.")


class AgencyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among agencies by the names of a day."""

    def label_from_instance(self, obj: Any) -> str:
        """Name and acronym."""
        return in_full(obj)


@cache
def zones() -> set[str]:
    """The time zones of the IANA data base; looking them up walks through hundreds of files."""
    return available_timezones()


def known_zone(value: str) -> None:
    """A time zone must be one of the IANA data base."""
    if value not in zones():
        raise ValidationError(_("There is no such time zone. Write one such as Africa/Nairobi."))


class DatedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row with a first and a last day. Rows it may not overlap with refuse it at the first day."""

    first: forms.Field = DatePartsField(label=_("First day"), help_text=EXAMPLE)
    last: forms.Field = DatePartsField(label=_("Last day"), help_text=OPEN_END, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        row = options.get("instance")
        if row is not None and row.valid:
            options["initial"] = {"first": row.first_day, "last": row.last_day, **(options.get("initial") or {})}
        super().__init__(*args, **options)

    def clean(self) -> dict[str, Any]:
        """The period of the row."""
        cleaned = super().clean() or self.cleaned_data
        if "first" in self.cleaned_data and "last" not in self.errors:
            try:
                self.instance.valid = span(self.cleaned_data["first"], self.cleaned_data.get("last"))
            except ValidationError as error:
                self.add_error("last", error)
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.instance.valid and not self.errors:
            self.refuse_clashes()

    def refuse_clashes(self) -> None:
        """Ask the constraints of the table, with what the form does not show but the row already has."""
        try:
            self.instance.validate_constraints()
        except ValidationError as error:
            self.add_error("first", error.messages)


class TakeOverForm(DatedForm):
    """A row that ends the one before it: who is there on its first day makes room the day before."""

    def rivals(self) -> DatedQuerySet:
        """The rows with which it may not overlap."""
        raise NotImplementedError

    def before(self) -> Dated | None:
        """The row that will end the day before."""
        first = self.cleaned_data.get("first")
        row: Dated | None = self.rivals().started_before(first).first() if first else None
        return row

    def clash(self) -> Dated | None:
        """A row in the period, besides the one that ends."""
        others = self.rivals().filter(valid__overlap=self.instance.valid)
        if before := self.before():
            others = others.exclude(pk=before.pk)
        row: Dated | None = others.first()
        return row

    def refuse_clashes(self) -> None:
        """No other row may lie in the period."""
        if other := self.clash():
            day = long_date(other.first_day) if other.first_day else _("always")
            self.add_error("first", _("%(who)s holds from %(day)s on.") % {"who": other, "day": day})


class EndForm(forms.Form):
    """The last day of a dated fact."""

    last = DatePartsField(label=_("Last day"), help_text=EXAMPLE)

    def __init__(self, *args: Any, row: Dated, **options: Any) -> None:
        self.row = row
        super().__init__(*args, **options)

    def clean_last(self) -> dt.date:
        """Neither before the first day nor after an end that is set already."""
        last: dt.date = self.cleaned_data["last"]
        if self.row.first_day and last < self.row.first_day:
            first = long_date(self.row.first_day)
            raise ValidationError(_("It began on %(first)s: the last day cannot be earlier.") % {"first": first})
        if self.row.last_day and last > self.row.last_day:
            end = long_date(self.row.last_day)
            raise ValidationError(_("It ends on %(end)s already: the last day cannot be later.") % {"end": end})
        return last


# ---------------------------------------------------------------- agencies


class AgencyForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is known of an agency besides its names."""

    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Agency
        fields = ("kind", "duty_station", "time_zone", "website")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["time_zone"].validators.append(known_zone)
        self.fields["time_zone"].help_text = _("For example Europe/Vienna. Deadlines end at midnight there.")


class FoundAgencyForm(DatedForm):
    """A new agency with its first name."""

    name = forms.CharField(label=_("Name"), max_length=200)
    acronym = forms.CharField(label=_("Acronym"), max_length=40, required=False)
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Agency
        fields = ("kind", "duty_station", "time_zone", "website")

    field_order = ("name", "acronym", "kind", "duty_station", "time_zone", "website", "first", "last")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["time_zone"].validators.append(known_zone)
        self.fields["first"].required = False
        self.fields["first"].help_text = _("Leave it empty if it is not known.")

    def first_name(self) -> AgencyName:
        """The name, held as long as the agency exists."""
        answers = self.cleaned_data
        return AgencyName(name=answers["name"], acronym=answers["acronym"], valid=self.instance.valid)


class NameForm(SourceFields, TakeOverForm):
    """A name that an agency has from a day on; the one before it in that language ends the day before."""

    class Meta:
        model = AgencyName
        fields = ("name", "acronym", "language", "source")

    field_order = ("name", "acronym", "language", "first", "last", "source", "upload")

    def rivals(self) -> DatedQuerySet:
        """Its other names in the language."""
        names = AgencyName.objects.filter(agency=self.instance.agency_id, language=self.cleaned_data.get("language"))
        return names.exclude(pk=self.instance.pk)


# ---------------------------------------------------------------- seats


def not_there(agency: Agency, mechanism: Mechanism, day: dt.date) -> str:
    """Why an agency cannot sit in a mechanism on a day; empty where both exist."""
    words = {"day": long_date(day)}
    if not mechanism.holds_on(day):
        return _("The mechanism does not exist on %(day)s.") % words
    return "" if agency.holds_on(day) else _("The agency does not exist on %(day)s.") % words


class MembershipForm(SourceFields, DatedForm):
    """An agency's role in a mechanism."""

    class Meta:
        model = Membership
        fields = ("agency", "role", "source")
        field_classes = {"agency": AgencyField}

    field_order = ("agency", "role", "first", "last", "source", "upload")

    def __init__(self, *args: Any, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.agency_id is None:
            choice: Any = self.fields["agency"]
            choice.queryset = Agency.objects.on(on).named_on(on).order_by("name")
        else:
            del self.fields["agency"]

    def clean(self) -> dict[str, Any]:
        """Agency and mechanism exist on the first day."""
        answers = super().clean() or self.cleaned_data
        agency, first = answers.get("agency") or getattr(self.instance, "agency", None), answers.get("first")
        if agency and first and (reason := not_there(agency, self.instance.mechanism, first)):
            self.add_error("first", reason)
        return answers


class PersonForm(forms.Form):
    """Somebody, known by their e-mail address; name and title are asked for whoever is new."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("Somebody who is new here is only written down: invite them afterwards, so that they can sign in."),
    )
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("As it shall stand on lists and letters."))
    title = forms.CharField(label=_("Functional title"), max_length=200, required=False)

    def __init__(self, *args: Any, by: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.by = by

    def clean_email(self) -> str:
        """Nobody gives rights to themselves."""
        email: str = self.cleaned_data["email"]
        if email.lower() == self.by.email.lower():
            raise ValidationError(_("Nobody gives a seat to themselves. Ask another administrator."))
        if User.objects.filter(email__iexact=email, is_active=False).exists():
            raise ValidationError(_("Whoever has this address was shut out. An administrator can let them in again."))
        return email

    def refuse_second_seat(self, seat: FocalPoint, valid: DateRange) -> None:
        """Nobody has two seats of the same agency in the same mechanism in that time."""
        held = FocalPoint.objects.filter(agency=seat.agency_id, mechanism=seat.mechanism_id, valid__overlap=valid)
        if held.filter(person__email__iexact=self.cleaned_data["email"]).exists():
            self.add_error("email", _("This person has a seat there already in that time."))


class FocalPointForm(PersonForm):
    """Who speaks for an agency in a mechanism, in what capacity, from when."""

    agency = AgencyField(queryset=Agency.objects.none(), label=_("Agency"))
    capacity = forms.ChoiceField(choices=Capacity.choices, label=_("Capacity"), initial=Capacity.FOCAL_POINT)
    first = DatePartsField(label=_("First day"), help_text=EXAMPLE)
    last = DatePartsField(label=_("Last day"), help_text=OPEN_END, required=False)

    field_order = ("agency", "capacity", "email", "name", "title", "first", "last")

    def __init__(self, *args: Any, mechanism: Mechanism, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.mechanism = mechanism
        choice: Any = self.fields["agency"]
        choice.queryset = Agency.objects.seated_in(mechanism, on).named_on(on).order_by("name")

    def clean(self) -> dict[str, Any]:
        """No second seat of the same person for the same agency in that time."""
        answers = super().clean() or self.cleaned_data
        if self.errors:
            return answers
        try:
            valid = span(answers["first"], answers["last"])
        except ValidationError as error:
            self.add_error("last", error)
            return answers
        self.seat = FocalPoint(
            agency=answers["agency"], mechanism=self.mechanism, capacity=answers["capacity"], valid=valid
        )
        self.refuse_second_seat(self.seat, valid)
        return answers


class HandOverForm(PersonForm):
    """Who takes over a seat, and from when."""

    first = DatePartsField(label=_("First day of the new person"), help_text=EXAMPLE)
    let_in = forms.BooleanField(
        label=_("Invite them by e-mail if they cannot sign in yet"), required=False, initial=True
    )

    def __init__(self, *args: Any, seat: FocalPoint, **options: Any) -> None:
        super().__init__(*args, **options)
        self.seat = seat
        self.fields["email"].help_text = ""

    def clean_first(self) -> dt.date:
        """A day within the seat, so that a day remains for the one who leaves."""
        first: dt.date = self.cleaned_data["first"]
        if (self.seat.first_day and first <= self.seat.first_day) or not self.seat.holds_on(first):
            raise ValidationError(_("The new person must begin while the seat is held, after its first day."))
        return first

    def clean(self) -> dict[str, Any]:
        """To another person, who has no seat there in that time."""
        answers = super().clean() or self.cleaned_data
        if not self.errors:
            self.refuse_second_seat(self.seat, span(answers["first"], self.seat.last_day))
        return answers


# ---------------------------------------------------------------- offices


class OfficeForm(DatedForm):
    """An office of a Resident Coordinator, a regional team or a mission."""

    class Meta:
        model = Office
        fields = ("name", "kind", "duty_station", "time_zone", "region", "language", "email", "source")
        help_texts = {"language": _("Letters come to it in this language where they have a text in it.")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].required = False
        self.fields["time_zone"].validators.append(known_zone)
        self.fields["first"].required = False
        self.fields["first"].help_text = _("Leave it empty if it is not known.")


class CoverageForm(TakeOverForm):
    """A country that an office serves from a day on; the office that served it before ends the day before."""

    class Meta:
        model = OfficeCountry
        fields = ("country",)

    field_order = ("country", "first", "last")

    def rivals(self) -> DatedQuerySet:
        """All offices' coverage of the country."""
        country: Country | None = self.cleaned_data.get("country")
        return OfficeCountry.objects.filter(country=country).select_related("country", "office")


class CoordinatorForm(TakeOverForm):
    """Who fills the post of Resident Coordinator; whoever is there on the first day leaves the day before."""

    class Meta:
        model = ResidentCoordinator
        fields = ("name", "title", "salutation", "email", "status")

    def rivals(self) -> DatedQuerySet:
        """Everybody else in the post."""
        return ResidentCoordinator.objects.filter(office=self.instance.office_id).exclude(pk=self.instance.pk)


class CorrectCoordinatorForm(CoordinatorForm):
    """A correction of what is written about somebody in the post."""

    def before(self) -> None:
        """Nobody is ended by a correction."""
        return
