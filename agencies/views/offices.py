"""Offices of Resident Coordinators: the list, one office, its history."""

from __future__ import annotations

import uuid
from typing import Any

import django_filters
from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from agencies.models import Obligation, Office, OfficeCountry, OfficeKind, PostStatus, Region, ResidentCoordinator
from agencies.views.shown import READ, history_page, kept, may, shown_day
from core import tags
from core.access import get_or_404
from core.dates import AsOf, as_of
from core.lists import Column, Empty, list_page
from core.tags import State

VACANT = "vacant"
POST = tags.register(
    "post",
    {
        PostStatus.IN_OFFICE: State(_("In office"), "green"),
        PostStatus.AD_INTERIM: State(_("Ad interim"), "yellow"),
        VACANT: State(_("Vacant"), "red"),
    },
)


class OfficeFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Name, region with its parts, working language, how the post is filled on the day."""

    q = django_filters.CharFilter(method="by_place", label=_("Office or country"))
    region = django_filters.ModelChoiceFilter(
        queryset=Region.objects.all(), to_field_name="code", method="by_region", label=_("Region")
    )
    kind = django_filters.ChoiceFilter(choices=OfficeKind.choices, label=_("Kind"))
    language = django_filters.ChoiceFilter(choices=settings.LANGUAGES, label=_("Working language"))
    post = django_filters.ChoiceFilter(
        choices=[(key, state.word) for key, state in POST.items()], method="by_post", label=_("Post")
    )

    serves = django_filters.ChoiceFilter(
        choices=[("several", _("Several countries")), ("none", _("No country"))], method="by_service", label=_("Serves")
    )

    class Meta:
        model = Office
        fields: list[str] = []

    def by_place(self, rows: Any, name: str, value: str) -> Any:
        """By the office's name or that of a country it serves on the day shown."""
        return rows.found_by(value, as_of(self.request).day)

    def by_region(self, rows: Any, name: str, value: Region) -> Any:
        """Those of the region and its parts."""
        return rows.within(value)

    def by_service(self, rows: Any, name: str, value: str) -> Any:
        """Those that serve several countries on the day shown, or none."""
        served = OfficeCountry.objects.on(as_of(self.request).day).filter(office=OuterRef("pk"))
        if value == "none":
            return rows.filter(~Exists(served))
        several = served.order_by().values("office").annotate(number=Count("pk")).filter(number__gt=1)
        return rows.filter(Exists(several))

    def by_post(self, rows: Any, name: str, value: str) -> Any:
        """By how the post is filled on the day shown."""
        day = as_of(self.request).day
        held = ResidentCoordinator.objects.on(day).filter(office=OuterRef("pk"), status=value)
        return rows.vacant_on(day) if value == VACANT else rows.filter(Exists(held))


def _post(office: Any) -> str:
    if office.coordinators_then:
        return str(office.coordinators_then[0].status)
    return VACANT if office.kind == OfficeKind.COORDINATOR else ""


def _holder(office: Any) -> str:
    return office.coordinators_then[0].name if office.coordinators_then else ""


def _countries(office: Any) -> str:
    return "; ".join(row.country.name for row in office.coverage_then)


def _language(office: Any) -> str:
    return str(get_language_info(office.language)["name_translated"])


def columns(moment: AsOf) -> list[Column]:
    """The columns of the list on a day."""
    return [
        Column("name", _("Office"), "name", link=lambda row: kept(row.get_absolute_url(), moment), sort="name"),
        Column("kind", _("Kind"), lambda row: row.get_kind_display(), on_page=False),
        Column("station", _("Duty station"), "duty_station", sort=("duty_station", "name")),
        Column("region", _("Region"), "region.name", sort=("region__name", "name")),
        Column("countries", _("Serves"), _countries),
        Column("holder", _("Resident Coordinator"), _holder),
        Column("post", _("Post"), _post, tag="post"),
        Column("language", _("Working language"), _language, sort=("language", "name")),
        Column("zone", _("Time zone"), "time_zone", on_page=False),
        Column("email", _("Office mailbox"), "email", on_page=False),
        Column("source", _("Source"), "source", on_page=False),
        Column("first", _("First day"), "first_day", on_page=False),
        Column("last", _("Last day"), "last_day", on_page=False),
        Column("id", _("Id"), "pk", on_page=False),
    ]


@require_safe
def office_list(request: HttpRequest) -> HttpResponse:
    """The offices of the day, with the countries they serve and who is in the post."""
    moment = shown_day(request)
    return list_page(
        request,
        title=_("Resident Coordinators’ offices"),
        queryset=Office.objects.visible_to(request.user).open_on(moment.day),
        columns=columns(moment),
        filterset=OfficeFilter,
        default_sort="name",
        empty=Empty(_("No office existed on this day"), _("Choose another day.")),
        template="agencies/office_list.html",
        context={"as_of": moment, "counts": counts(moment), **may(request, moment, "agencies.change_office")},
    )


def counts(moment: AsOf) -> dict[str, int]:
    """How many offices, countries served, posts filled (ad interim) and vacant the register knows on the day."""
    served = OfficeCountry.objects.on(moment.day).aggregate(countries=Count("country", distinct=True))
    interim = Count("pk", filter=Q(status=PostStatus.AD_INTERIM))
    posts = ResidentCoordinator.objects.on(moment.day).aggregate(filled=Count("pk"), interim=interim)
    offices = Office.objects.on(moment.day)
    return {**served, **posts, "offices": offices.count(), "vacant": offices.vacant_on(moment.day).count()}


@require_safe
def office_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One office: where it is, whom it serves, who is and was in the post, what it owes."""
    moment = shown_day(request)
    office = get_or_404(request.user, READ, Office.objects.select_related("region"), pk=pk)
    context = {
        "as_of": moment,
        "office": office,
        "coverage": office.coverage.select_related("country").order_by("country__name", "valid"),
        "coordinators": office.coordinators.order_by("-valid"),
        "holder": office.coordinators.on(moment.day).first(),
        "obligations": Obligation.objects.visible_to(request.user).open().filter(office=office).for_list(),
        **may(request, moment, "agencies.change_office"),
    }
    return render(request, "agencies/office_detail.html", context)


@require_safe
def office_history(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What was changed on the office, its coverage and its post, when and by whom."""
    shown_day(request)
    office = get_or_404(request.user, READ, Office.objects, pk=pk)
    also = [office.coordinators.all(), office.coverage.select_related("country")]
    return history_page(request, office, {"title": office.name}, also)
