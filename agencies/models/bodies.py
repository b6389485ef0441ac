"""Agencies with their dated names, mechanisms, and who sits in them and speaks for them.

Bodies have ids, never acronyms, as keys: names are dated rows, successors are links.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.models.rows import OpenQuerySet, Row, Sourced
from core.audit import audited
from core.dates import DAY, Dated, FuzzyDate, Precision, no_overlap, today


class AgencyKind(models.TextChoices):
    """What sort of body it is."""

    SECRETARIAT = "secretariat", _("Secretariat department or office")
    FUND = "fund", _("Fund or programme")
    SPECIALIZED = "specialized", _("Specialized agency")
    INTER_AGENCY = "inter_agency", _("Inter-agency body")
    REGIONAL_TEAM = "regional_team", _("Regional team")
    PARTNER = "partner", _("External partner")
    EXERCISE = "exercise", _("Exercise partner")


def names_then(day: dt.date, agency: str = "pk", language: str = "en") -> dict[str, models.Subquery]:
    """Annotations `name` and `acronym`: those of the day, else the last ones known; English where a language has none.

    `agency` is the path from the annotated row to its agency's id.
    """
    best = _best_names(day, agency, language)
    return {
        "name": models.Subquery(best.values("name")[:1]),
        "acronym": models.Subquery(best.values("acronym")[:1]),
    }


def short_then(day: dt.date, agency: str = "pk", language: str = "en") -> models.Subquery:
    """The acronym of the day, or the name of a body that has none; see `names_then`."""
    short = Coalesce(NullIf("acronym", models.Value("")), "name")
    return models.Subquery(_best_names(day, agency, language).values(short=short)[:1])


def in_full(agency: Any) -> str:
    """An agency so that it cannot be mistaken for another with the same acronym; it bears `name` and `acronym`."""
    return f"{agency.name} ({agency.acronym})" if agency.acronym else str(agency.name)


def _best_names(day: dt.date, agency: str, language: str) -> models.QuerySet[AgencyName]:
    """The names of the agency, the fittest first."""
    names = AgencyName.objects.filter(agency=models.OuterRef(agency), language__in={language, "en"})
    best: models.QuerySet[AgencyName] = names.annotate(
        then=models.Case(models.When(valid__contains=day, then=0), default=1),
        foreign=models.Case(models.When(language=language, then=0), default=1),
    ).order_by("then", "foreign", "-valid")
    return best


class AgencyQuerySet(OpenQuerySet):
    """Agencies."""

    def named_on(self, day: dt.date, language: str = "en") -> Self:
        """With `name` and `acronym` as they were on the day."""
        return self.annotate(**names_then(day, "pk", language))

    def ever_named(self, text: str) -> Self:
        """Those that had a name or acronym with this text in it, at any time and in any language, and those that followed them."""
        named = AgencyName.objects.filter(Q(name__icontains=text) | Q(acronym__icontains=text)).values("agency")
        older = "origins__predecessor"
        found = Q(pk__in=named) | Q(**{f"{older}__in": named}) | Q(**{f"{older}__{older}__in": named})
        return self.filter(pk__in=Agency.objects.filter(found).values("pk"))

    def seated_in(self, mechanism: Mechanism, day: dt.date) -> Self:
        """Those that sit in the mechanism, or are linked to it, on the day."""
        seats = Membership.objects.on(day).filter(agency=models.OuterRef("pk"), mechanism=mechanism)
        return self.filter(models.Exists(seats))

    def for_list(self, day: dt.date, language: str = "en") -> Self:
        """With names and memberships of the day, and all former names."""
        seats = Membership.objects.on(day).select_related("mechanism").order_by("mechanism__name")
        return self.named_on(day, language).prefetch_related(
            models.Prefetch("memberships", seats, to_attr="memberships_then"),
            "names",
            "origins__predecessor__names",
        )


@audited()
class Agency(Row, Dated):
    """A body of the system or a partner. `valid` is the time of its existence."""

    name: str  # by named_on()
    acronym: str

    kind = models.CharField(_("kind"), max_length=20, choices=AgencyKind.choices)
    website = models.URLField(_("website"), blank=True)
    duty_station = models.CharField(_("duty station"), max_length=100, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="America/New_York")
    group = models.OneToOneField(Group, on_delete=models.PROTECT, editable=False, related_name="agency")

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return getattr(self, "acronym", "") or getattr(self, "name", "") or str(self.pk)

    def get_absolute_url(self) -> str:
        """The page of this detail."""
        return reverse("agencies:detail", args=[self.pk])

    def name_on(self, day: dt.date, language: str = "en") -> AgencyName:
        """The dated name that held on the day, else the last one known."""
        names = self.names.filter(language=language)
        then: AgencyName | None = names.filter(valid__contains=day).first()
        return then or names.latest("valid")

    def party_ids(self) -> set[uuid.UUID]:
        """An agency belongs to itself."""
        return {self.pk}


@audited()
class AgencyName(Row, Dated, Sourced):
    """The name and acronym an agency had in one language for some time."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="names")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    name = models.CharField(_("name"), max_length=200)
    acronym = models.CharField(_("acronym"), max_length=40, blank=True)

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ("valid",)
        constraints = (
            no_overlap(
                "agency_name_once", "agency", "language", message=_("The agency has another name in that time.")
            ),
        )

    def __str__(self) -> str:
        return self.acronym or self.name


class MechanismQuerySet(OpenQuerySet):
    """Mechanisms."""

    def for_list(self, day: dt.date, language: str = "en") -> Self:
        """With chairs and the number of bodies that sit in each on the day."""
        chairs = Membership.objects.chairs().on(day).named_on(day, language)
        seated = ~Q(memberships__role=MemberRole.LINKAGE) & Q(memberships__valid__contains=day)
        return self.annotate(bodies=models.Count("memberships", filter=seated)).prefetch_related(
            models.Prefetch("memberships", chairs, to_attr="chairs_then")
        )


@audited()
class Mechanism(Row, Dated):
    """A body that has chairs and members: the Task Force is one of several."""

    slug = models.SlugField(_("address"), unique=True)
    name = models.CharField(_("name"), max_length=250)
    acronym = models.CharField(_("acronym"), max_length=40, blank=True)
    authority = models.CharField(_("set up by"), max_length=300, blank=True)
    since = models.DateField(_("set up on"), null=True, blank=True)
    since_precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    source = models.CharField(_("source"), max_length=300, blank=True)

    objects = MechanismQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of this mechanism."""
        return reverse("agencies:mechanism", args=[self.slug])

    def mandate_on(self, day: dt.date, language: str = "en") -> Any:
        """The text of the mandate that held on the day, in English where the language has none; None where nobody wrote it."""
        return (
            self.mandates.on(day).filter(language=language).first()
            or self.mandates.on(day).filter(language="en").first()
        )

    @property
    def set_up(self) -> FuzzyDate | None:
        """When it was set up, as precisely as is known."""
        return FuzzyDate(self.since, Precision(self.since_precision)) if self.since else None


@dataclass(frozen=True)
class Chairs:
    """Those who chair a mechanism today, as the party of what only they may do in it: a mechanism itself belongs to nobody."""

    mechanism: Mechanism

    def party_ids(self) -> set[uuid.UUID]:
        """The agencies."""
        return set(self.mechanism.memberships.chairs().on(today()).values_list("agency", flat=True))


class MilestoneQuerySet(OpenQuerySet):
    """Milestones."""

    def by(self, day: dt.date) -> Self:
        """Those of the day and before, and the undated ones."""
        return self.filter(Q(day=None) | Q(day__lte=day))


@audited()
class Milestone(Row):
    """A step in the recognition or life of a mechanism, dated as precisely as its source."""

    mechanism = models.ForeignKey(Mechanism, on_delete=models.CASCADE, related_name="milestones")
    day = models.DateField(_("date"), null=True, blank=True)
    precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    what = models.CharField(_("what happened"), max_length=400)
    note = models.TextField(_("note"), blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        ordering = ("day",)

    def __str__(self) -> str:
        return self.what

    @property
    def date(self) -> FuzzyDate | None:
        """The date as precisely as is known; None when undated."""
        return FuzzyDate(self.day, Precision(self.precision)) if self.day else None


class MemberRole(models.TextChoices):
    """In what role an agency sits in a mechanism. A linkage is not a membership."""

    CHAIR = "chair", _("Chair")
    CO_CHAIR = "co_chair", _("Co-chair")
    MEMBER = "member", _("Member")
    OBSERVER = "observer", _("Observer")
    LINKAGE = "linkage", _("Linkage")


class MembershipQuerySet(OpenQuerySet):
    """Memberships."""

    def seated(self) -> Self:
        """Without linkages."""
        return self.exclude(role=MemberRole.LINKAGE)

    def linkages(self) -> Self:
        """Only linkages."""
        return self.filter(role=MemberRole.LINKAGE)

    def chairs(self) -> Self:
        """Chairs and co-chairs."""
        return self.filter(role__in=[MemberRole.CHAIR, MemberRole.CO_CHAIR])

    def named_on(self, day: dt.date, language: str = "en") -> Self:
        """With `name` and `acronym` of the agency as they were on the day, in the order of roles and names."""
        rank = models.Case(*[models.When(role=role, then=place) for place, role in enumerate(MemberRole.values)])
        return self.annotate(**names_then(day, "agency", language), rank=rank).order_by("rank", "name", "valid", "pk")

    def with_agency(self) -> Self:
        """With the agency, all its names, whom it followed and who followed it."""
        return self.select_related("agency").prefetch_related(
            "agency__names", "agency__origins__predecessor__names", "agency__successions__successor__names"
        )


@audited()
class Membership(Row, Dated, Sourced):
    """An agency sits in a mechanism, in a role, for some time."""

    name: str  # by named_on()
    acronym: str

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="memberships")
    mechanism = models.ForeignKey(Mechanism, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=MemberRole.choices)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = (
            no_overlap(
                "membership_once",
                "agency",
                "mechanism",
                message=_("This agency sits in this mechanism already in that time."),
            ),
        )

    def __str__(self) -> str:
        name, role = getattr(self, "name", ""), str(self.get_role_display())
        return f"{name}, {role}" if name else role

    def get_absolute_url(self) -> str:
        """The page of this membership."""
        return reverse("agencies:membership", args=[self.pk])

    def seats_beyond(self, day: dt.date) -> FocalPointQuerySet:
        """The seats of the agency's people in the mechanism that hold on the day and go on after it."""
        seats = FocalPoint.objects.filter(agency=self.agency_id, mechanism=self.mechanism_id)
        return seats.on(day).filter(valid__contains=day + DAY)

    def party_ids(self) -> set[uuid.UUID]:
        """A membership belongs to its agency."""
        return {self.agency_id}


class Capacity(models.TextChoices):
    """In what capacity a person speaks for an agency."""

    PRINCIPAL = "principal", _("Principal")
    FOCAL_POINT = "focal_point", _("Focal point")
    ALTERNATE = "alternate", _("Alternate")
    HEADQUARTERS_CONTACT = "hq_contact", _("Headquarters contact")
    FIELD_CONTACT = "field_contact", _("Field contact")


class FocalPointQuerySet(OpenQuerySet):
    """Seats of persons."""

    def seats_of(self, user: Any, on: dt.date) -> Self:
        """The seats from which this person has rights on the day: their agency must sit in the mechanism as well."""
        return self.seated(on).filter(person=user.pk)

    def seated(self, on: dt.date) -> Self:
        """The seats that hold on the day: their agency sits in the mechanism as well."""
        sits = (
            Membership.objects.seated()
            .on(on)
            .filter(agency=models.OuterRef("agency"), mechanism=models.OuterRef("mechanism"))
        )
        return self.on(on).filter(models.Exists(sits))

    def for_list(self) -> Self:
        """With the person and the mechanism, in the order of capacities and terms."""
        rank = models.Case(*[models.When(capacity=one, then=place) for place, one in enumerate(Capacity.values)])
        return self.select_related("person", "mechanism").order_by(rank, "valid")


@audited()
class FocalPoint(Row, Dated):
    """A person speaks for an agency in a mechanism for some time."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="focal_points")
    mechanism = models.ForeignKey(Mechanism, on_delete=models.PROTECT, related_name="focal_points")
    capacity = models.CharField(_("capacity"), max_length=15, choices=Capacity.choices)

    objects = FocalPointQuerySet.as_manager()

    class Meta:
        constraints = (
            no_overlap(
                "focal_point_once",
                "person",
                "agency",
                "mechanism",
                message=_("This person has a seat there already in that time."),
            ),
        )

    def __str__(self) -> str:
        return f"{Capacity(self.capacity).label}, {self.person}"

    def party_ids(self) -> set[uuid.UUID]:
        """A seat belongs to its agency."""
        return {self.agency_id}
