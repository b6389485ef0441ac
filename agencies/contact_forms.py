"""What an agency types about its contacts: each seat is right, or is corrected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from agencies.confirming import Correction, with_open_address
from agencies.forms import EndForm
from agencies.models import FocalPoint, Mechanism, Membership, Round
from core.dates import long_date
from core.forms import DatePartsField, DayToComeField

RIGHT, CORRECT = "right", "correct"
ANSWERS = [(RIGHT, gettext_lazy("Right as it stands")), (CORRECT, gettext_lazy("To be corrected"))]


@dataclass(frozen=True)
class Block:
    """A seat with its fields."""

    seat: FocalPoint
    answer: forms.BoundField
    corrections: Sequence[forms.BoundField]
    fixed_address: bool

    @property
    def is_open(self) -> bool:
        """Whether the corrections are to be seen at once: something is to be corrected, or is wrong."""
        return self.answer.value() == CORRECT or any(bound.errors for bound in self.corrections)


class ContactsForm(forms.Form):
    """One answer for each seat of an agency in a mechanism; whoever answers on its behalf says how they know.

    An end of term is a loss of rights: it is asked of those only who may end the agency's seats.
    """

    note = forms.CharField(label=gettext_lazy("Note"), max_length=400, required=False)

    def __init__(
        self, *args: Any, seats: Sequence[FocalPoint], on_behalf: bool, ends_seats: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.seats, self.ends_seats = seats, ends_seats
        self.open_addresses = with_open_address(seats)
        for seat in seats:
            self.fields |= self._fields(seat)
        if on_behalf:
            self.fields["note"].required = True
            self.fields["note"].label = _("How you know")
            self.fields["note"].help_text = _(
                "You confirm on behalf of the agency. For example: by telephone, with whom."
            )
        self.order_fields([name for name in self.fields if name != "note"])

    def _fields(self, seat: FocalPoint) -> dict[str, forms.Field]:
        who = str(seat)
        fields: dict[str, forms.Field] = {
            f"answer-{seat.pk}": forms.ChoiceField(
                label=_("Is this right?"),
                choices=ANSWERS,
                widget=forms.RadioSelect,
                error_messages={"required": _("%(who)s: say whether this is right.") % {"who": who}},
            ),
            f"title-{seat.pk}": forms.CharField(
                label=_("Functional title"), max_length=200, required=False, initial=seat.person.functional_title
            ),
        }
        if seat.pk in self.open_addresses:
            fields[f"email-{seat.pk}"] = forms.EmailField(
                label=_("E-mail address"), max_length=254, initial=seat.person.email
            )
        if self.ends_seats:
            fields[f"last-{seat.pk}"] = DatePartsField(
                label=_("Last day of the term"),
                required=False,
                initial=seat.last_day,
                help_text=_("Leave it empty while no end is known."),
            )
        return fields

    def blocks(self) -> Iterator[Block]:
        """The seats with their fields, for the page."""
        for seat in self.seats:
            names = [name for name in self.fields if name.endswith(str(seat.pk))]
            answer, *corrections = (self[name] for name in names)
            yield Block(seat, answer, corrections, seat.pk not in self.open_addresses)

    def clean(self) -> dict[str, Any]:
        """A correction changes something, and what is right changes nothing."""
        data = super().clean() or self.cleaned_data
        self.corrections = [one for seat in self.seats if (one := self._correction(seat))]
        return data

    def _correction(self, seat: FocalPoint) -> Correction | None:
        answer = self.cleaned_data.get(f"answer-{seat.pk}")
        wanted = self._wanted(seat)
        if answer is None or wanted is None:
            return None
        changed = wanted != Correction(seat, seat.person.functional_title, seat.person.email, seat.last_day)
        if answer == RIGHT and changed:
            self.add_error(f"answer-{seat.pk}", _("You changed something here: choose “To be corrected”."))
        elif answer == CORRECT and not changed:
            self.add_error(f"title-{seat.pk}", _("Say what is to be corrected."))
        return wanted if answer == CORRECT else None

    def _wanted(self, seat: FocalPoint) -> Correction | None:
        """What was typed about a seat; None where some of it makes no sense."""
        names = (f"title-{seat.pk}", f"email-{seat.pk}", f"last-{seat.pk}")
        if any(name in self.errors for name in names):
            return None
        title, email, last = (self.cleaned_data.get(name) for name in names)
        last = last if self.ends_seats else seat.last_day
        wanted = Correction(seat, title or "", (email or seat.person.email).lower(), last)
        return wanted if self._possible(wanted) else None

    def _possible(self, wanted: Correction) -> bool:
        """No end before the beginning, later than is set, or taken back; no address of somebody else."""
        seat = wanted.seat
        try:
            _check_last(seat, wanted.last)
        except ValidationError as error:
            self.add_error(f"last-{seat.pk}", error)
            return False
        if User.objects.filter(email__iexact=wanted.email).exclude(pk=seat.person_id).exists():
            self.add_error(f"email-{seat.pk}", _("Somebody else has this address: hand the seat over to them instead."))
            return False
        return True

    def said(self) -> Iterator[tuple[str, str, str]]:
        """Each seat with what was answered, in words, for the check page."""
        corrected = {one.seat.pk: one for one in self.corrections}
        for seat in self.seats:
            one = corrected.get(seat.pk)
            yield str(seat), _in_words(one) if one else _("Right as it stands"), ""
        if self.cleaned_data["note"]:
            yield str(self.fields["note"].label), self.cleaned_data["note"], ""


def _check_last(seat: FocalPoint, last: dt.date | None) -> None:
    """As when a seat is ended by itself; an end that is set is not taken back."""
    if last is None:
        if seat.last_day:
            raise ValidationError(_("It ends on %(end)s already.") % {"end": long_date(seat.last_day)})
        return
    form = EndForm(row=seat)
    form.cleaned_data = {"last": last}
    form.clean_last()


def _in_words(one: Correction) -> str:
    last = long_date(one.last) if one.last else _("no end")
    return "\n".join([one.title or "–", one.email, _("Last day of the term: %(last)s") % {"last": last}])


class RoundForm(forms.Form):
    """Whom to ask, and by when they are to answer."""

    mechanism = forms.ModelChoiceField(Mechanism.objects.none(), label=gettext_lazy("Mechanism"))
    due_on = DayToComeField(label=gettext_lazy("Answers by"))

    def __init__(self, *args: Any, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.on = on
        seated = Membership.objects.seated().on(on).values("mechanism")
        choice: Any = self.fields["mechanism"]
        choice.queryset = Mechanism.objects.on(on).filter(pk__in=seated)

    def clean_mechanism(self) -> Mechanism:
        """Asked once a day at most."""
        mechanism: Mechanism = self.cleaned_data["mechanism"]
        if Round.objects.filter(mechanism=mechanism, opened_on=self.on).exists():
            raise ValidationError(_("The agencies of this mechanism were asked today already."))
        return mechanism
