"""Confirming contacts: who was asked and who answered, the page of one agency, and asking anew."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import django_filters
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from accounts.current import person
from accounts.decorators import fresh_sign_in_required
from agencies import confirming
from agencies.contact_forms import ContactsForm, RoundForm
from agencies.documents import vacancies
from agencies.models import Agency, Capacity, Confirmation, Confirmed, FocalPoint, Mechanism
from agencies.models.confirmations import CONFIRM
from agencies.views.edits import answered
from agencies.views.seats import FOCAL_POINT, editing
from agencies.views.shown import READ, language
from core import tags
from core.access import can, get_or_404, require
from core.dates import today
from core.forms import posted
from core.lists import Column, Empty, list_page
from core.tags import State

ASK = "agencies.ask_to_confirm"
STATES = tags.register(
    "confirmation",
    {
        Confirmed.WAITING: State(Confirmed.WAITING.label, "yellow"),
        Confirmed.OVERDUE: State(Confirmed.OVERDUE.label, "red"),
        Confirmed.CONFIRMED: State(Confirmed.CONFIRMED.label, "green"),
        Confirmed.DROPPED: State(Confirmed.DROPPED.label, "grey"),
    },
)
SEATED = [("yes", pgettext_lazy("seat", "Held")), ("no", gettext_lazy("Vacant"))]


class ConfirmationFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Agency, mechanism, how it stands, whether there is a principal; the last round of each mechanism unless all are wanted."""

    q = django_filters.CharFilter(method="by_name", label=gettext_lazy("Agency contains"))
    mechanism = django_filters.ModelChoiceFilter(
        queryset=Mechanism.objects.all(),
        field_name="round__mechanism",
        to_field_name="slug",
        label=gettext_lazy("Mechanism"),
    )
    answer = django_filters.MultipleChoiceFilter(choices=Confirmed.choices, label=gettext_lazy("State"))
    principal = django_filters.ChoiceFilter(choices=SEATED, method="by_principal", label=gettext_lazy("Principal"))
    rounds = django_filters.ChoiceFilter(
        choices=[("all", gettext_lazy("All rounds"))],
        method="by_round",
        label=gettext_lazy("Rounds"),
        empty_label=gettext_lazy("Latest only"),
    )

    class Meta:
        model = Confirmation
        fields: list[str] = []

    def by_name(self, rows: Any, name: str, value: str) -> Any:
        """By any name the agency ever had."""
        return rows.filter(agency__in=Agency.objects.ever_named(value))

    def by_principal(self, rows: Any, name: str, value: str) -> Any:
        """Agencies with, or without, a principal today."""
        return rows.filter(principal__isnull=value == "no")

    def by_round(self, rows: Any, name: str, value: str) -> Any:
        """All rounds: nothing is left out."""
        return rows

    def filter_queryset(self, queryset: Any) -> Any:
        """The last round of each mechanism, unless all are wanted."""
        found: Any = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("rounds") else found.of_last_rounds()


COLUMNS = [
    Column("name", gettext_lazy("Agency"), "name", link=lambda row: row.get_absolute_url(), sort="name", sub="acronym"),
    Column("mechanism", gettext_lazy("Mechanism"), "round.mechanism.name", sort=("round__mechanism__name", "name")),
    Column("answer", gettext_lazy("State"), "answer", tag="confirmation", sort=("answer", "name")),
    Column("due", gettext_lazy("Answers by"), "round.due_on", sort=("round__due_on", "name")),
    Column(
        "principal",
        gettext_lazy("Principal"),
        lambda row: row.principal or _("Vacant"),
        sort=("principal", "name"),
    ),
    Column("by", gettext_lazy("Confirmed by"), "confirmed_by.name", sub=lambda row: _by(row)),
    Column("at", gettext_lazy("Confirmed"), "confirmed_at", sort=("confirmed_at", "name")),
    Column("corrected", gettext_lazy("Seats corrected"), "corrected", numeric=True, on_page=False),
    Column("asked", gettext_lazy("Asked on"), "round.opened_on", on_page=False),
    Column("note", gettext_lazy("Note"), "note", on_page=False),
]


def _by(row: Confirmation) -> str:
    return _("on behalf of the agency") if row.on_behalf else ""


@require_safe
def confirmation_list(request: HttpRequest) -> HttpResponse:
    """Who was asked to confirm their contacts, who did and who did not: all, or one's own agencies."""
    require(request.user, READ)
    return list_page(
        request,
        title=_("Confirmation of contacts"),
        queryset=Confirmation.objects.visible_to(request.user).for_list(today(), language()),
        columns=COLUMNS,
        filterset=ConfirmationFilter,
        default_sort="name",
        empty=Empty(
            _("Nobody was asked"), _("The portal asks every agency from time to time whether its contacts are right.")
        ),
        template="agencies/confirmation_list.html",
        context={"may_ask": can(request.user, ASK)},
    )


@editing
@fresh_sign_in_required
def confirm(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The seats of an agency on one page, each to be confirmed or corrected; on behalf of an agency with a note."""
    rows = Confirmation.objects.for_list(today(), language())
    confirmation: Confirmation = get_or_404(request.user, CONFIRM, rows, pk=pk)
    if request.method == "POST" and not confirmation.is_waiting:
        messages.error(request, _("This has been answered, or is asked no longer."))
        return redirect(confirmation)
    by, mechanism = person(request), confirmation.round.mechanism
    seats = FocalPoint.objects.on(today()).filter(agency=confirmation.agency_id, mechanism=mechanism).for_list()
    on_behalf = not confirming.speaks_for(by, confirmation)
    ends_seats = can(request.user, FOCAL_POINT, confirmation)
    form = ContactsForm(posted(request), seats=list(seats), on_behalf=on_behalf, ends_seats=ends_seats)
    context = {
        "confirmation": confirmation,
        "vacancies": vacancies(confirmation.agency_id, today(), mechanism),
        "on_behalf": on_behalf,
        "may_hand_over": ends_seats,
        "may_invite": can(request.user, "agencies.invite_person", confirmation),
    }
    return answered(
        request,
        form,
        lambda by: confirming.confirm(
            confirmation=confirmation,
            corrections=form.corrections,
            note=form.cleaned_data["note"],
            by=by,
            at=timezone.now(),
        ),
        title=_("Confirm the contacts of %(agency)s") % {"agency": confirmation.acronym or confirmation.name},
        lead=mechanism.name,
        back=reverse("agencies:confirmations"),
        done=_("The contacts are confirmed."),
        warning=lambda: _misdirected(form),
        edit="agencies/confirm.html",
        said=lambda _form: form.said(),
        more=context,
    )


def _misdirected(form: ContactsForm) -> str:
    """What becomes of an invitation to an address that is corrected."""
    if not any(one.moves for one in form.corrections):
        return ""
    return _(
        "An invitation of this agency that waits at a corrected address is revoked. Its page offers to send it anew to the right one."
    )


@editing
def ask(request: HttpRequest) -> HttpResponse:
    """Begin a new round: ask every agency that sits in a mechanism."""
    require(request.user, ASK)
    initial = {
        "due_on": today() + confirming.ANSWER_TIME,
        "mechanism": Mechanism.objects.filter(slug="task-force").first(),
    }
    form = RoundForm(posted(request), on=today(), initial=initial)
    return answered(
        request,
        form,
        lambda by: confirming.open_round(on=today(), by=by, **form.cleaned_data),
        title=_("Ask the agencies to confirm their contacts"),
        back=reverse("agencies:confirmations"),
        done=_("The agencies are asked. The portal reminds them."),
        warning=lambda: _whom(form.cleaned_data["mechanism"], today()),
    )


def _whom(mechanism: Mechanism, on: dt.date) -> str:
    """How many are asked, how many of them have nobody to answer, and what is asked no longer."""
    asked = confirming.seated_agencies(mechanism, on)
    led = {
        seat.agency_id for seat in FocalPoint.objects.on(on).filter(mechanism=mechanism, capacity=Capacity.PRINCIPAL)
    }
    return _(
        "%(asked)s agencies are asked; %(without)s of them have no principal. Earlier questions are asked no longer."
    ) % {
        "asked": len(asked),
        "without": sum(agency.pk not in led for agency in asked),
    }
