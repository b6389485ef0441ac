"""One's own absences, and for whom one stands in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import person as person_of
from accounts.models import User
from agencies import actions
from agencies.access import seats_of
from agencies.forms import EXAMPLE, DatedForm
from agencies.models import Absence, sitting_beside
from agencies.views.edits import answered
from core.dates import DAY, span, today
from core.forms import DatePartsField, DayToComeField, posted


class AbsenceForm(DatedForm):
    """From when to when somebody is absent, and who of those who sit beside them stands in."""

    first = DatePartsField(label=gettext_lazy("First day of your absence"), help_text=EXAMPLE)
    last = DayToComeField(
        label=gettext_lazy("Last day of your absence"), help_text=gettext_lazy("Included: you are back the day after.")
    )

    class Meta:
        model = Absence
        fields = ("alternate",)
        help_texts = {
            "alternate": gettext_lazy("Somebody with a seat of your agency in the same mechanism."),
        }

    field_order = ("first", "last", "alternate")

    def __init__(self, *args: Any, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        choice: Any = self.fields["alternate"]
        choice.queryset = sitting_beside(self.instance.person, span(on, on))

    def refuse_clashes(self) -> None:
        """Nor may the alternate leave the seat, or be absent, in that time."""
        super().refuse_clashes()
        valid, alternate = self.instance.valid, self.cleaned_data["alternate"]
        if not sitting_beside(self.instance.person, valid).filter(pk=alternate.pk).exists():
            self.add_error(
                "alternate", _("%(name)s does not sit beside you in all of that time.") % {"name": alternate}
            )
        if Absence.objects.filter(person=alternate, valid__overlap=valid).exists():
            self.add_error("alternate", _("%(name)s is absent in that time as well.") % {"name": alternate})


@require_safe
def absences(request: HttpRequest) -> HttpResponse:
    """One's own absences, now and to come, and for whom one stands in."""
    me, day = person_of(request), today()
    coming = Absence.objects.ahead(day).for_list()
    context = {
        "mine": coming.filter(person=me),
        "others": coming.filter(alternate=me),
        "has_seat": seats_of(me, day).exists(),
        "has_alternates": sitting_beside(me, span(day, day)).exists(),
        "today": day,
    }
    return render(request, "people/own/absences.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_absence(request: HttpRequest) -> HttpResponse:
    """Tell of an absence."""
    form = AbsenceForm(posted(request), instance=Absence(person=person_of(request)), on=today())
    return answered(
        request,
        form,
        lambda by: actions.keep(row=form.instance, by=by),
        title=_("Tell of an absence"),
        lead=_("Your alternate gets no rights from this: they act through their own seat."),
        back=reverse("people:absences"),
        done=_("Your absence is noted."),
        warning=lambda: _("Reminders go to %(name)s in these days.") % {"name": form.cleaned_data["alternate"]},
    )


@require_POST
def end_absence(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Be back from today on, or not go at all."""
    if not end(person_of(request), pk, today()):
        raise Http404
    messages.success(request, _("You are here; reminders reach you again."))
    return redirect("people:absences")


@transaction.atomic
def end(person: User, pk: uuid.UUID, on: dt.date) -> bool:
    """End a person's own absence the day before `on`; one that has not begun never was. False where there is none."""
    absence = Absence.objects.select_for_update().ahead(on).filter(person=person, pk=pk).first()
    if absence is None:
        return False
    if absence.first_day and absence.first_day < on:
        absence.valid = span(absence.first_day, on - DAY)
        absence.save(update_fields=["valid"])
    else:
        absence.delete()
    return True
