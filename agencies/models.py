"""The register: agencies, mechanisms, who sits where and when, countries, offices, Resident Coordinators, obligations.

Bodies have ids, never acronyms, as keys: names are dated rows, successors are links.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import IsNull
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from agencies import access
from core.audit import audited
from core.dates import Dated, DatedQuerySet, FuzzyDate, Precision, no_overlap, today
from core.tokens import seal
from core.words import zone_name


class Row(models.Model):
    """A row with a random id that may stand in a URL."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class OpenQuerySet(DatedQuerySet):
    """Facts of the register, open to everyone who may read it."""

    def visible_to(self, user: Any) -> Self:
        """Everything for whoever may read the register, else nothing."""
        return self if access.reads_register(user) else self.none()


# ---------------------------------------------------------------- agencies


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
    names = AgencyName.objects.filter(agency=models.OuterRef(agency), language__in={language, "en"})
    best = names.annotate(
        then=models.Case(models.When(valid__contains=day, then=0), default=1),
        foreign=models.Case(models.When(language=language, then=0), default=1),
    ).order_by("then", "foreign", "-valid")
    return {
        "name": models.Subquery(best.values("name")[:1]),
        "acronym": models.Subquery(best.values("acronym")[:1]),
    }


class AgencyQuerySet(OpenQuerySet):
    """Agencies."""

    def named_on(self, day: dt.date, language: str = "en") -> Self:
        """With `name` and `acronym` as they were on the day."""
        return self.annotate(**names_then(day, "pk", language))

    def ever_named(self, text: str) -> Self:
        """Those that had a name or acronym with this text in it, at any time and in any language."""
        names = AgencyName.objects.filter(agency=models.OuterRef("pk"))
        return self.filter(models.Exists(names.filter(Q(name__icontains=text) | Q(acronym__icontains=text))))

    def seated_in(self, mechanism: Mechanism, day: dt.date) -> Self:
        """Those that sit in the mechanism, or are linked to it, on the day."""
        seats = Membership.objects.on(day).filter(agency=models.OuterRef("pk"), mechanism=mechanism)
        return self.filter(models.Exists(seats))

    def for_list(self, day: dt.date, language: str = "en") -> Self:
        """With names and memberships of the day."""
        seats = Membership.objects.on(day).select_related("mechanism").order_by("mechanism__name")
        return self.named_on(day, language).prefetch_related(
            models.Prefetch("memberships", seats, to_attr="memberships_then")
        )


@audited()
class Agency(Row, Dated):
    """A body of the system or a partner. `valid` is the time of its existence."""

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
class AgencyName(Row, Dated):
    """The name and acronym an agency had in one language for some time."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="names")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    name = models.CharField(_("name"), max_length=200)
    acronym = models.CharField(_("acronym"), max_length=40, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)

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


class SuccessionKind(models.TextChoices):
    """How one body followed another."""

    RENAMED = "renamed", _("was renamed")
    MERGED = "merged", _("merged into")
    SPLIT = "split", _("split into")


@audited()
class Succession(Row):
    """One body followed another on a day."""

    predecessor = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="origins")
    kind = models.CharField(_("kind"), max_length=10, choices=SuccessionKind.choices)
    day = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("predecessor", "successor"), name="succession_once"),
            models.CheckConstraint(
                condition=~Q(predecessor=models.F("successor")),
                name="succession_of_another",
                violation_error_message=_("A body cannot follow itself."),
            ),
        )


# ---------------------------------------------------------------- mechanisms and seats


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
    mandate = models.TextField(_("mandate"), blank=True)
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

    @property
    def set_up(self) -> FuzzyDate | None:
        """When it was set up, as precisely as is known."""
        return FuzzyDate(self.since, Precision(self.since_precision)) if self.since else None


@audited()
class Milestone(Row):
    """A step in the recognition or life of a mechanism, dated as precisely as its source."""

    mechanism = models.ForeignKey(Mechanism, on_delete=models.CASCADE, related_name="milestones")
    day = models.DateField(_("date"), null=True, blank=True)
    precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    what = models.CharField(_("what happened"), max_length=400)
    note = models.TextField(_("note"), blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ("day",)

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

    def chairs(self) -> Self:
        """Chairs and co-chairs."""
        return self.filter(role__in=[MemberRole.CHAIR, MemberRole.CO_CHAIR])

    def named_on(self, day: dt.date, language: str = "en") -> Self:
        """With `name` and `acronym` of the agency as they were on the day, in the order of roles and names."""
        rank = models.Case(*[models.When(role=role, then=place) for place, role in enumerate(MemberRole.values)])
        return self.annotate(**names_then(day, "agency", language), rank=rank).order_by("rank", "name", "valid")

    def with_agency(self) -> Self:
        """With the agency, all its names and its successors."""
        return self.select_related("agency").prefetch_related("agency__names", "agency__successions__successor__names")


@audited()
class Membership(Row, Dated):
    """An agency sits in a mechanism, in a role, for some time."""

    name: str  # by named_on()
    acronym: str

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="memberships")
    mechanism = models.ForeignKey(Mechanism, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=MemberRole.choices)
    source = models.CharField(_("source"), max_length=300, blank=True)

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

    def seats_beyond(self, day: dt.date) -> FocalPointQuerySet:
        """The seats of the agency's people in the mechanism that hold on the day and go on after it."""
        seats = FocalPoint.objects.filter(agency=self.agency_id, mechanism=self.mechanism_id)
        return seats.on(day).filter(valid__contains=day + dt.timedelta(days=1))

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
        return f"{self.get_capacity_display()}, {self.person}"

    def party_ids(self) -> set[uuid.UUID]:
        """A seat belongs to its agency."""
        return {self.agency_id}


# ---------------------------------------------------------------- places


class RegionQuerySet(OpenQuerySet):
    """Regions."""

    def for_list(self, day: dt.date) -> Self:
        """With the number of its own countries, and of offices open on the day."""
        open_offices = models.Count("offices", filter=Q(offices__valid__contains=day), distinct=True)
        return self.select_related("parent").annotate(
            country_count=models.Count("countries", distinct=True), office_count=open_offices
        )


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
        """Those of the region and of its parts, which are at most two levels deeper."""
        return self.filter(Q(region=region) | Q(region__parent=region) | Q(region__parent__parent=region))

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

    def found_by(self, text: str, day: dt.date) -> Self:
        """Those with the text in their name, or serving a country on the day that has it."""
        served = OfficeCountry.objects.on(day).filter(office=models.OuterRef("pk"), country__name__icontains=text)
        return self.filter(Q(name__icontains=text) | models.Exists(served))


@audited()
class Office(Row, Dated):
    """The office of a Resident Coordinator; it serves one or several countries."""

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


# ---------------------------------------------------------------- obligations


class ObligationKind(models.TextChoices):
    """What sort of thing is owed."""

    CONTRIBUTION = "contribution", _("Contribution")
    CLEARANCE = "clearance", _("Clearance")
    ANSWER = "answer", _("Answer to a letter")
    ACTION = "action", _("Action")


class ObligationQuerySet(models.QuerySet["Obligation"]):
    """What is owed."""

    def open(self) -> Self:
        """Not done and not waived."""
        return self.filter(closed_at=None)

    def visible_to(self, user: Any) -> Self:
        """Everything for the secretariat; one's own agencies' for a seat."""
        return access.own_or_all(self, user, "agencies.change_obligation")

    def of_agencies(self, user: Any, on: dt.date) -> Self:
        """What the agencies of this person's seats owe."""
        return self.filter(agency__in=access.agencies_of(user, on))

    def named_on(self, day: dt.date, language: str = "en") -> Self:
        """With `party`, the name of whoever owes it, as it was on the day."""
        agency = Agency.objects.named_on(day, language).filter(pk=models.OuterRef("agency"))
        short = models.Subquery(agency.values(short=Coalesce(NullIf("acronym", models.Value("")), "name"))[:1])
        return self.annotate(party=Coalesce("office__name", short))

    def for_list(self) -> Self:
        """With what a list shows, by deadline."""
        return self.select_related("agency", "office", "mechanism").order_by("due_on", "pk")


def _known_zone() -> IsNull:
    """PostgreSQL refuses a time zone that it does not know: one such row would stop every query that asks it for local days."""
    local = models.Func(
        models.F("time_zone"),
        template="timezone(%(expressions)s, TIMESTAMP '2000-01-01')",
        output_field=models.DateTimeField(),
    )
    return IsNull(local, False)


@audited()
class Obligation(Row):
    """What a party owes, by when: an agency its contribution or clearance, an office its answer.

    The subject lives in another app, which creates and closes the obligation: `page` is the name of the URL at which the
    party does it, `subject_id` its argument. Where `sealed` is true the page needs no account and takes a token in place of
    the id: `subject_id` sealed for the purpose `page` in the version `seal_version` (see core.tokens).
    `mechanism` is the one for which it is owed, where that is known; `noted_on` the day on which this deadline was set.
    """

    kind = models.CharField(_("kind"), max_length=15, choices=ObligationKind.choices)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="obligations")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, blank=True, related_name="obligations")
    what = models.CharField(_("what is owed"), max_length=300)
    page = models.CharField(max_length=100)
    subject_id = models.UUIDField()
    sealed = models.BooleanField(default=False)
    seal_version = models.PositiveSmallIntegerField(default=1)
    mechanism = models.ForeignKey(
        Mechanism, on_delete=models.PROTECT, null=True, blank=True, related_name="obligations"
    )
    noted_on = models.DateField(_("noted on"), default=today)
    due_on = models.DateField(_("due on"))
    time_zone = models.CharField(_("time zone of the deadline"), max_length=64, default="UTC")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)
    party: str  # by named_on()

    objects = ObligationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(agency__isnull=False, office__isnull=True) | Q(agency__isnull=True, office__isnull=False),
                name="obligation_one_party",
            ),
            models.CheckConstraint(condition=_known_zone(), name="obligation_zone_is_known"),
            models.UniqueConstraint(
                fields=("kind", "subject_id", "agency", "office"), nulls_distinct=False, name="obligation_once"
            ),
        )
        indexes = (models.Index(fields=("due_on",), condition=Q(closed_at=None), name="obligation_open_by_due"),)

    def __str__(self) -> str:
        return self.what

    def get_absolute_url(self) -> str:
        """Where the party does what it owes; the dashboard while the portal has no such page."""
        argument = seal(self.page, self.subject_id, self.seal_version) if self.sealed else self.subject_id
        try:
            return reverse(self.page, args=[argument])
        except NoReverseMatch:
            return "/"

    @property
    def ends_at(self) -> dt.datetime:
        """The last minute of the day of the deadline, at its place."""
        return dt.datetime.combine(self.due_on, dt.time(23, 59), ZoneInfo(self.time_zone))

    @property
    def place(self) -> str:
        """The time zone of the deadline in words: UTC+07:00, Bangkok."""
        return zone_name(self.ends_at)

    def day_there(self, now: dt.datetime) -> dt.date:
        """The day at the place of the deadline."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def days_left(self, now: dt.datetime) -> int:
        """Days until the deadline at its place; negative when it has passed."""
        return (self.due_on - self.day_there(now)).days

    def party_ids(self) -> set[uuid.UUID]:
        """An obligation belongs to the agency that owes it."""
        return {self.agency_id} if self.agency_id else set()
