"""Agencies: the list, one agency, its history."""

from __future__ import annotations

import uuid
from typing import Any

import django_filters
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from agencies.documents import formerly, held, vacancies
from agencies.models import Agency, AgencyKind, Mechanism, Obligation, with_absence
from agencies.views.shown import READ, begun, history_page, kept, language, may, not_yet, shown_day, waiting
from core.access import can, get_or_404
from core.dates import AsOf, as_of
from core.lists import Column, Empty, list_page


class AgencyFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Kind, mechanism, and any name a body ever had; looked for by name, bodies that have ended are found as well."""

    q = django_filters.CharFilter(method="by_name", label=_("Any name it ever had"))
    kind = django_filters.ChoiceFilter(choices=AgencyKind.choices, label=_("Kind"))
    mechanism = django_filters.ModelChoiceFilter(
        queryset=Mechanism.objects.all(),
        to_field_name="slug",
        method="by_mechanism",
        label=_("Sits in or is linked to"),
    )

    class Meta:
        model = Agency
        fields: list[str] = []

    def by_name(self, rows: Any, name: str, value: str) -> Any:
        """Found by any name."""
        return rows.ever_named(value)

    def by_mechanism(self, rows: Any, name: str, value: Mechanism) -> Any:
        """Those that sit in it on the day shown."""
        return rows.seated_in(value, as_of(self.request).day)

    def filter_queryset(self, queryset: QuerySet[Any]) -> Any:
        """Without a name to look for, those that exist on the day shown."""
        found: Any = super().filter_queryset(queryset)
        moment = as_of(self.request)
        if not self.form.cleaned_data.get("q"):
            return found.on(moment.day)
        return found if moment.is_today else found.begun_by(moment.day)


def columns(moment: AsOf) -> list[Column]:
    """The columns of the list on a day."""
    return [
        Column(
            "name",
            _("Agency"),
            "name",
            link=lambda row: kept(row.get_absolute_url(), moment),
            sort="name",
            sub=lambda row: formerly(row, moment.day),
        ),
        Column("acronym", _("Acronym"), "acronym", sort="acronym", code=True),
        Column("kind", _("Kind"), "get_kind_display", sort=("kind", "name")),
        Column("sits", _("Sits in"), _sits),
        Column("station", _("Duty station"), "duty_station", sort=("duty_station", "name")),
        Column("held", _("Existed"), held, sort="valid"),
        Column("zone", _("Time zone"), "time_zone", on_page=False),
        Column("website", _("Website"), "website", on_page=False),
        Column("first", _("First day"), "first_day", on_page=False),
        Column("last", _("Last day"), "last_day", on_page=False),
        Column("id", _("Id"), "pk", on_page=False),
    ]


def _sits(agency: Any) -> str:
    """Its roles on the day: “Task Force: Co-chair”."""
    return "; ".join(
        f"{row.mechanism.acronym or row.mechanism.name}: {row.get_role_display()}" for row in agency.memberships_then
    )


@require_safe
def agency_list(request: HttpRequest) -> HttpResponse:
    """The agencies of the day."""
    moment = shown_day(request)
    return list_page(
        request,
        title=_("Agencies"),
        queryset=Agency.objects.visible_to(request.user).for_list(moment.day, language()),
        columns=columns(moment),
        filterset=AgencyFilter,
        default_sort="name",
        empty=Empty(_("No agency existed on this day"), _("Choose another day.")),
        template="agencies/agency_list.html",
        context={"as_of": moment, **may(request, moment, "agencies.change_agency")},
    )


@require_safe
def agency_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One agency: names over time, successions, memberships, who speaks for it, what it owes."""
    moment = shown_day(request)
    agency = get_or_404(request.user, READ, Agency.objects.named_on(moment.day, language()), pk=pk)
    known = {} if moment.is_today else {"day__lte": moment.day}
    context = {
        "as_of": moment,
        "agency": agency,
        "names": begun(agency.names.order_by("language", "valid"), moment),
        "not_yet": not_yet(agency, moment),
        "origins": agency.origins.filter(**known)
        .select_related("predecessor", "changeover")
        .prefetch_related("predecessor__names"),
        "successions": agency.successions.filter(**known)
        .select_related("successor", "changeover")
        .prefetch_related("successor__names"),
        "memberships": begun(
            agency.memberships.select_related("mechanism").order_by("mechanism__name", "valid"), moment
        ),
        "vacancies": vacancies(agency.pk, moment.day),
        "focal_points": with_absence(begun(agency.focal_points.for_list(), moment), moment.day),
        "obligations": Obligation.objects.visible_to(request.user).open_on(moment).filter(agency=agency).for_list(),
        "nominations": waiting(request, moment).filter(agency=agency),
        "may_invite": moment.is_today and can(request.user, "agencies.invite_person", agency),
        "may_change_focal_point": moment.is_today and can(request.user, "agencies.change_focal_point", agency),
        **may(
            request, moment, "agencies.change_agency", "agencies.change_membership", "agencies.change_identity_provider"
        ),
    }
    return render(request, "agencies/agency_detail.html", context)


@require_safe
def agency_history(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What was changed on the agency, its names, memberships and seats, when and by whom."""
    moment = shown_day(request)
    agency = get_or_404(request.user, READ, Agency.objects.named_on(moment.day, language()), pk=pk)
    seats = agency.memberships.annotate(name=F("mechanism__name"))
    also = [agency.names.all(), seats, agency.focal_points.select_related("person")]
    return history_page(request, agency, {"title": agency.name}, also)
