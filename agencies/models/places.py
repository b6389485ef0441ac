"""Regions, countries, offices, and who fills the post of Resident Coordinator."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import or_
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.models.rows import OpenQuerySet, Row
from core.audit import audited
from core.dates import Dated, no_overlap

# Those of a region and of its parts, which are at most three levels deeper: World, Africa, Sub-Saharan Africa, Eastern Africa.
WITHIN = ("region", "region__parent", "region__parent__parent", "region__parent__parent__parent")


def _within(region: Region | models.OuterRef) -> Q:
    return reduce(or_, (Q(**{path: region}) for path in WITHIN))


class RegionQuerySet(OpenQuerySet):
    """Regions."""

    def for_list(self, day: dt.date) -> Self:
        """With the number of countries in it and its parts, and of offices open on the day."""
        counted = {"country_count": Country.objects.all(), "office_count": Office.objects.on(day)}
        return self.select_related("parent").annotate(**{name: _in_region(rows) for name, rows in counted.items()})


def _in_region(rows: models.QuerySet[Any]) -> Coalesce:
    """How many of the rows lie in the annotated region or its parts."""
    here = rows.filter(_within(models.OuterRef("pk"))).order_by().annotate(all=models.Value(1)).values("all")
    number = here.annotate(number=models.Count("pk")).values("number")
    return Coalesce(models.Subquery(number, output_field=models.IntegerField()), 0)


@audited()
class Region(Row):
    """A region, by M49 code or as used by a regional assessment."""

    code = models.CharField(_("M49 code"), max_length=10, unique=True)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts")

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of this region."""
        return reverse("agencies:region", args=[self.pk])


class CountryQuerySet(OpenQuerySet):
    """Countries and territories."""

    def within(self, region: Region) -> Self:
        """Those of the region and of its parts."""
        return self.filter(_within(region))

    def served_on(self, day: dt.date) -> Self:
        """With the office that serves each on the day, and that office's coordinator."""
        served = OfficeCountry.objects.on(day).select_related("office")
        holders = ResidentCoordinator.objects.on(day)
        return self.select_related("region").prefetch_related(
            models.Prefetch("coverage", served, to_attr="coverage_then"),
            models.Prefetch("coverage_then__office__coordinators", holders, to_attr="coordinators_then"),
        )


@audited()
class Country(Row):
    """A country or territory, under its UN short name."""

    iso2 = models.CharField("ISO 3166-1 alpha-2", max_length=2, unique=True)
    iso3 = models.CharField("ISO 3166-1 alpha-3", max_length=3, unique=True)
    m49 = models.CharField("M49", max_length=3, unique=True)
    name = models.CharField(_("UN short name"), max_length=120)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="countries")
    source = models.CharField(_("source of the name"), max_length=200, blank=True)

    objects = CountryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "countries"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of this country."""
        return reverse("agencies:country", args=[self.pk])


class OfficeQuerySet(OpenQuerySet):
    """Country-team offices."""

    def within(self, region: Region) -> Self:
        """Those of the region and of its parts."""
        return self.filter(_within(region))

    def open_on(self, day: dt.date) -> Self:
        """Offices that work on the day, with their countries and coordinator of that day prefetched."""
        return (
            self.on(day)
            .select_related("region")
            .prefetch_related(
                models.Prefetch(
                    "coverage", OfficeCountry.objects.on(day).select_related("country"), to_attr="coverage_then"
                ),
                models.Prefetch("coordinators", ResidentCoordinator.objects.on(day), to_attr="coordinators_then"),
            )
        )

    def vacant_on(self, day: dt.date) -> Self:
        """Offices of Resident Coordinators whose post nobody fills on the day."""
        held = ResidentCoordinator.objects.on(day).filter(office=models.OuterRef("pk"))
        return self.filter(~models.Exists(held), kind=OfficeKind.COORDINATOR)

    def found_by(self, text: str, day: dt.date) -> Self:
        """Those with the text in their name, or serving a country on the day that has it."""
        served = OfficeCountry.objects.on(day).filter(office=models.OuterRef("pk"), country__name__icontains=text)
        return self.filter(Q(name__icontains=text) | models.Exists(served))


class OfficeKind(models.TextChoices):
    """What an office is. That it serves several countries is told by its countries."""

    COORDINATOR = "coordinator", _("office of a Resident Coordinator")
    REGIONAL_TEAM = "regional_team", _("regional team")
    MISSION = "mission", _("peacekeeping or political mission")


@audited()
class Office(Row, Dated):
    """The office of a Resident Coordinator, which serves one or several countries; or a regional team, or a mission."""

    kind = models.CharField(_("kind"), max_length=13, choices=OfficeKind.choices, default=OfficeKind.COORDINATOR)
    name = models.CharField(_("name"), max_length=200)
    duty_station = models.CharField(_("duty station"), max_length=100)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="offices")
    email = models.EmailField(_("office mailbox"), blank=True)
    language = models.CharField(_("working language"), max_length=10, choices=settings.LANGUAGES, default="en")
    source = models.CharField(_("source"), max_length=300, blank=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of this office."""
        return reverse("agencies:office", args=[self.pk])


@audited()
class OfficeCountry(Row, Dated):
    """An office serves a country for some time."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="coverage")
    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="coverage")

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ("country__name",)
        constraints = (
            no_overlap("country_served_once", "country", message=_("Another office serves this country in that time.")),
        )

    def __str__(self) -> str:
        return str(self.country)


class PostStatus(models.TextChoices):
    """How the post is filled. A vacancy is the absence of a row."""

    IN_OFFICE = "in_office", _("in office")
    AD_INTERIM = "ad_interim", _("ad interim")


@audited()
class ResidentCoordinator(Row, Dated):
    """The person in the post of Resident Coordinator at an office for some time."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="coordinators")
    name = models.CharField(_("name"), max_length=200)
    title = models.CharField(_("functional title"), max_length=200, default="Resident Coordinator")
    salutation = models.CharField(_("salutation"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address"))
    status = models.CharField(_("how filled"), max_length=12, choices=PostStatus.choices, default=PostStatus.IN_OFFICE)

    objects = OpenQuerySet.as_manager()

    class Meta:
        constraints = (
            no_overlap("coordinator_once", "office", message=_("The post is filled by someone else in that time.")),
        )

    def __str__(self) -> str:
        return self.name
