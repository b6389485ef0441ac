"""Countries, territories and regions, and the offices that serve them."""

from __future__ import annotations

import uuid
from typing import Any

import django_filters
from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from agencies.models import Country, Office, OfficeCountry, Region
from agencies.views.shown import READ, kept, shown_day
from core.access import get_or_404
from core.dates import AsOf, as_of
from core.history import history_of
from core.lists import Column, Empty, list_page

SERVED = [("yes", _("Served by an office")), ("no", _("Served by no office"))]


class CountryFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Name, region with its parts, served or not."""

    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Name contains"))
    region = django_filters.ModelChoiceFilter(
        queryset=Region.objects.all(), to_field_name="code", method="by_region", label=_("Region")
    )
    served = django_filters.ChoiceFilter(choices=SERVED, method="by_service", label=_("Resident Coordinator’s office"))

    class Meta:
        model = Country
        fields: list[str] = []

    def by_region(self, rows: Any, name: str, value: Region) -> Any:
        """Those of the region and its parts."""
        return rows.within(value)

    def by_service(self, rows: Any, name: str, value: str) -> Any:
        """Those that an office serves on the day shown, or the others."""
        served = Exists(OfficeCountry.objects.on(as_of(self.request).day).filter(country=OuterRef("pk")))
        return rows.filter(served if value == "yes" else ~served)


def _office(country: Any) -> Any:
    """The office that serves the country on the day."""
    return country.coverage_then[0].office if country.coverage_then else None


def _coordinator(country: Any) -> str:
    office = _office(country)
    if office is None:
        return ""
    return office.coordinators_then[0].name if office.coordinators_then else str(_("Vacant"))


def columns(moment: AsOf) -> list[Column]:
    """The columns of the list on a day."""
    return [
        Column(
            "name",
            _("Country or territory"),
            "name",
            link=lambda row: kept(row.get_absolute_url(), moment),
            sort="name",
        ),
        Column("iso3", _("ISO code"), "iso3", code=True, sort="iso3"),
        Column("m49", _("M49 code"), "m49", code=True, sort="m49"),
        Column("region", _("Region"), "region.name", sort=("region__name", "name")),
        Column(
            "office",
            _("Served by"),
            _office,
            link=lambda row: kept(_office(row).get_absolute_url(), moment) if _office(row) else "",
        ),
        Column("coordinator", _("Resident Coordinator"), _coordinator),
        Column("source", _("Source of the name"), "source", on_page=False),
    ]


@require_safe
def country_list(request: HttpRequest) -> HttpResponse:
    """Countries and territories, and who serves them on the day."""
    moment = shown_day(request)
    return list_page(
        request,
        title=_("Countries and territories"),
        queryset=Country.objects.visible_to(request.user).served_on(moment.day),
        columns=columns(moment),
        filterset=CountryFilter,
        default_sort="name",
        empty=Empty(_("No countries yet"), _("Whoever runs the portal loads them with “manage.py places”.")),
        template="agencies/country_list.html",
        context={"as_of": moment, "counts": counts(moment)},
    )


def counts(moment: AsOf) -> dict[str, int]:
    """How many countries and territories the register knows, and how many of them an office serves on the day."""
    served = OfficeCountry.objects.on(moment.day).aggregate(served=Count("country", distinct=True))
    return {**served, "countries": Country.objects.count()}


@require_safe
def country_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One country: codes, region, and the offices that served it over time."""
    moment = shown_day(request)
    country = get_or_404(request.user, READ, Country.objects.select_related("region__parent"), pk=pk)
    coverage = country.coverage.select_related("office").order_by("-valid")
    office = Office.objects.open_on(moment.day).filter(coverage__in=coverage.on(moment.day)).first()
    context = {"as_of": moment, "country": country, "coverage": coverage, "office": office}
    context["changes"] = history_of(request, country, coverage) if moment.is_today else []
    return render(request, "agencies/country_detail.html", context)


@require_safe
def region_list(request: HttpRequest) -> HttpResponse:
    """The regions of M49 and what belongs to each."""
    moment = shown_day(request)
    return list_page(
        request,
        title=_("Regions"),
        queryset=Region.objects.visible_to(request.user).for_list(moment.day),
        columns=[
            Column("name", _("Region"), "name", link=lambda row: kept(row.get_absolute_url(), moment), sort="name"),
            Column("code", _("M49 code"), "code", code=True, sort="code"),
            Column("parent", _("Part of"), "parent.name", sort=("parent__name", "name")),
            Column("countries", _("Countries and territories"), "country_count", numeric=True, sort="country_count"),
            Column("offices", _("Offices"), "office_count", numeric=True, sort="office_count"),
        ],
        default_sort="code",
        context={"as_of": moment},
    )


@require_safe
def region_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One region: its parts, its countries, and who serves them on the day."""
    moment = shown_day(request)
    region = get_or_404(request.user, READ, Region.objects.select_related("parent"), pk=pk)
    return list_page(
        request,
        title=region.name,
        queryset=Country.objects.within(region).served_on(moment.day),
        columns=columns(moment),
        default_sort="name",
        template="agencies/region_detail.html",
        context={
            "as_of": moment,
            "region": region,
            "parts": region.parts.all(),
            "changes": history_of(request, region) if moment.is_today else None,
        },
    )
