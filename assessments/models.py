"""What we know: regional assessments and their schedule, flows and six questions, estimates, sources, contributions."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Mechanism, Region, Row
from assessments import access
from assessments.questions import BY_NUMBER, NUMBERS, Question
from assessments.workflow import ASSESSMENT, CONTRIBUTION, OPEN, OWED, ContributionStatus, Status
from core import tags
from core.access import GroupObjectPermissionBase, can, holders
from core.audit import audited
from core.dates import FuzzyDate, Precision, today
from core.models import StoredFile
from core.sensitivity import Classified, Sensitivity
from core.tags import State

if TYPE_CHECKING:
    from accounts.models import User


def fuzzy(day: dt.date | None, precision: str) -> FuzzyDate | None:
    """The date with its precision; None when it is not known."""
    return FuzzyDate(day, Precision(precision)) if day else None


def months_late(planned: FuzzyDate, now: FuzzyDate) -> int:
    """Months from the last day the plan may mean to the last day `now` may mean; negative when earlier."""
    then, later = planned.last_day, now.last_day
    return (later.year - then.year) * 12 + later.month - then.month


# ---------------------------------------------------------------- assessments and their schedule


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    """Assessments."""

    def visible_to(self, user: Any) -> Self:
        """What a person may see today; see assessments.access.sight."""
        seen = access.sight(user, Assessment, today())
        return self.none() if seen is None else self.filter(seen)

    def for_schedule(self) -> Self:
        """By planned date, with what a schedule shows: lead agency and why the forecast last changed."""
        last = ForecastChange.objects.filter(assessment=models.OuterRef("pk")).order_by("-at", "-pk")
        names = Agency.objects.named_on(today()).filter(pk=models.OuterRef("lead"))
        return self.annotate(
            lead_name=models.Subquery(names.values("acronym")[:1]),
            last_reason=models.Subquery(last.values("reason")[:1]),
        ).order_by("planned_day", "title", "pk")

    def under_way(self) -> Self:
        """Neither published nor cancelled."""
        return self.exclude(status__in=[Status.PUBLISHED, Status.CANCELLED])


@audited(moments={"read": _("read")})
class Assessment(Row, Classified):
    """A regional threat assessment: planned for a date, forecast for another, published on a third."""

    title = models.CharField(_("title"), max_length=250)
    area = models.CharField(_("area covered"), max_length=150, help_text=_("As the assessment names it."))
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assessments",
        verbose_name=_("region of the register"),
    )
    lead = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="led_assessments", verbose_name=_("lead agency")
    )
    mechanism = models.ForeignKey(
        Mechanism, on_delete=models.PROTECT, related_name="assessments", verbose_name=_("mechanism")
    )
    previous = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="next_editions",
        verbose_name=_("previous edition"),
    )
    status = models.CharField(_("status"), max_length=15, choices=Status.choices, default=Status.PLANNED)
    planned_day = models.DateField(_("planned for"))
    planned_precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.MONTH)
    forecast_day = models.DateField(_("now expected"))
    forecast_precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.MONTH)
    published_day = models.DateField(_("published"), null=True, blank=True)
    published_precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    note = models.TextField(_("note"), blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ("planned_day", "title")
        constraints = (
            models.CheckConstraint(
                condition=Q(status=Status.PUBLISHED, published_day__isnull=False)
                | (~Q(status=Status.PUBLISHED) & Q(published_day__isnull=True)),
                name="assessment_published_with_date",
                violation_error_message=_("A published assessment has a date of publication, another has none."),
            ),
        )
        indexes = (models.Index(fields=("planned_day", "title"), name="assessment_by_plan"),)
        triggers = (ASSESSMENT.trigger(),)

    def __str__(self) -> str:
        return self.title

    @property
    def planned(self) -> FuzzyDate:
        """The baseline."""
        return FuzzyDate(self.planned_day, Precision(self.planned_precision))

    @property
    def forecast(self) -> FuzzyDate:
        """When it is expected now."""
        return FuzzyDate(self.forecast_day, Precision(self.forecast_precision))

    @property
    def published(self) -> FuzzyDate | None:
        """When it was published; None while it is not."""
        return fuzzy(self.published_day, self.published_precision)

    @property
    def slip(self) -> int:
        """Months by which the publication, or else its forecast, is later than planned; negative when earlier."""
        return months_late(self.planned, self.published or self.forecast)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.status in {Status.PUBLISHED, Status.CANCELLED}

    def party_ids(self) -> set[uuid.UUID]:
        """An assessment belongs to its lead agency."""
        return {self.lead_id}

    def seen_by(self, user: Any) -> bool:
        """Whether the user is among those of `visible_to`. Asks the database only where the assessment is classified."""
        if self.sensitivity == Sensitivity.UNCLASSIFIED:
            return can(user, access.VIEW)
        return Assessment.objects.visible_to(user).filter(pk=self.pk).exists()

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("assessments:detail", args=[self.pk])

    def count_drafts(self) -> int:
        """How many answers are written but not agreed."""
        return Cell.objects.filter(flow__assessment=self, state=CellState.DRAFT).count()

    def named_agencies(self) -> models.QuerySet[Agency]:
        """The agencies that a grant lets see this assessment, by acronym."""
        return Agency.objects.named_on(today()).filter(group__in=holders(access.VIEW, self)).order_by("acronym", "pk")


@audited()
class AssessmentGroupObjectPermission(GroupObjectPermissionBase):
    """A grant: an agency's group may see one assessment. It ends with the assessment."""

    content_object = models.ForeignKey(Assessment, on_delete=models.CASCADE)


class ChildQuerySet(models.QuerySet[Any]):
    """Parts of assessments: seen by whoever sees the whole."""

    def visible_to(self, user: Any) -> Self:
        """The parts of visible assessments."""
        return self.filter(assessment__in=Assessment.objects.visible_to(user))


@audited()
class ForecastChange(Row):
    """The forecast moved: from, to, why, by whom, when. A move to later needs its reason."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="forecast_changes")
    from_day = models.DateField(_("from"))
    from_precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.MONTH)
    to_day = models.DateField(_("to"))
    to_precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.MONTH)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("changed at"), default=timezone.now)

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(to_day__lte=F("from_day")) | ~Q(reason=""),
                name="forecast_slip_has_reason",
                violation_error_message=_("Say why the date moves to later."),
            ),
        )

    @property
    def before(self) -> FuzzyDate:
        """The forecast that held until then."""
        return FuzzyDate(self.from_day, Precision(self.from_precision))

    @property
    def after(self) -> FuzzyDate:
        """The forecast that held from then on."""
        return FuzzyDate(self.to_day, Precision(self.to_precision))

    @property
    def months(self) -> int:
        """By how many months it moved; negative when to earlier."""
        return months_late(self.before, self.after)


# ---------------------------------------------------------------- flows and answers


class Commodity(models.TextChoices):
    """What moves in a flow."""

    PEOPLE = "people", _("People")
    DRUGS = "drugs", _("Drugs")
    ENVIRONMENT = "environment", _("Environmental crimes")
    GOODS = "goods", _("Goods")
    ARMS = "arms", _("Arms")
    MONEY = "money", _("Money")
    RESOURCES = "resources", _("Natural resources")
    CORRUPTION = "corruption", _("Corrupt practices")


class Scope(models.TextChoices):
    """Whether a flow stays in the region or crosses its border."""

    INTRA = "intra", _("intra-regional")
    TRANS = "trans", _("trans-regional")
    BOTH = "both", _("not divided")


@audited()
class Flow(Row):
    """A flow that an assessment covers; `place` is its rank on the page."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="flows")
    commodity = models.CharField(_("group"), max_length=12, choices=Commodity.choices)
    name = models.CharField(_("flow"), max_length=150)
    scope = models.CharField(_("scope"), max_length=5, choices=Scope.choices, default=Scope.BOTH)
    place = models.PositiveSmallIntegerField(_("rank on the page"), default=0)

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ("place", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "commodity", "name", "scope"),
                name="flow_once",
                violation_error_message=_("The assessment has this flow already."),
            ),
        )

    def __str__(self) -> str:
        return self.name if self.scope == Scope.BOTH else f"{self.name}, {Scope(self.scope).label}"


class CellState(models.TextChoices):
    """How far an answer is. Blank is shown as unanswered, never hidden."""

    BLANK = "blank", _("Unanswered")
    DRAFT = "draft", _("Draft")
    AGREED = "agreed", _("Agreed")


tags.register(
    "cell",
    {
        CellState.BLANK: State(CellState.BLANK.label, "grey"),
        CellState.DRAFT: State(CellState.DRAFT.label, "yellow"),
        CellState.AGREED: State(CellState.AGREED.label, "green"),
    },
)


class Confidence(models.TextChoices):
    """How sure the writers are; a separate thing from likelihood and from the grading of sources."""

    LOW = "low", _("Low")
    MODERATE = "moderate", _("Moderate")
    HIGH = "high", _("High")


class CellQuerySet(models.QuerySet["Cell"]):
    """Answers."""

    def visible_to(self, user: Any) -> Self:
        """The answers of visible assessments."""
        return self.filter(flow__assessment__in=Assessment.objects.visible_to(user))


@audited()
class Cell(Row):
    """The answer to one of the six questions for one flow. A flow without this row is just as unanswered."""

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="cells")
    question = models.PositiveSmallIntegerField(_("question"))
    text = models.TextField(_("answer"), blank=True)
    state = models.CharField(_("state"), max_length=6, choices=CellState.choices, default=CellState.BLANK)
    confidence = models.CharField(_("confidence"), max_length=8, choices=Confidence.choices, blank=True)
    version = models.PositiveIntegerField(default=0)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    objects = CellQuerySet.as_manager()

    class Meta:
        ordering = ("flow__place", "question")
        constraints = (
            models.UniqueConstraint(fields=("flow", "question"), name="cell_once"),
            models.CheckConstraint(condition=Q(question__in=NUMBERS), name="cell_of_six_questions"),
            models.CheckConstraint(
                condition=Q(state=CellState.BLANK, text="") | (~Q(state=CellState.BLANK) & ~Q(text="")),
                name="cell_blank_without_text",
                violation_error_message=_("An unanswered question has no text, and an answer has one."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.flow}: {self.asked.short}"

    @property
    def asked(self) -> Question:
        """The question itself."""
        return BY_NUMBER[self.question]

    def party_ids(self) -> set[uuid.UUID]:
        """An answer belongs to the lead agency."""
        return self.flow.assessment.party_ids()

    def seen_by(self, user: Any) -> bool:
        """Whoever sees the assessment sees its answers."""
        return self.flow.assessment.seen_by(user)


# ---------------------------------------------------------------- sources and estimates


class Reliability(models.TextChoices):
    """Reliability of a source, first letter of the Admiralty code."""

    A = "A", _("A: completely reliable")
    B = "B", _("B: usually reliable")
    C = "C", _("C: fairly reliable")
    D = "D", _("D: not usually reliable")
    E = "E", _("E: unreliable")
    F = "F", _("F: reliability cannot be judged")


class Credibility(models.TextChoices):
    """Credibility of the information, second figure of the Admiralty code."""

    ONE = "1", _("1: confirmed by other sources")
    TWO = "2", _("2: probably true")
    THREE = "3", _("3: possibly true")
    FOUR = "4", _("4: doubtful")
    FIVE = "5", _("5: improbable")
    SIX = "6", _("6: truth cannot be judged")


@audited()
class Source(Row):
    """Where knowledge comes from, graded in two fields that never become one score."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="sources")
    title = models.CharField(_("title"), max_length=300)
    publisher = models.CharField(_("author or publisher"), max_length=200, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    url = models.URLField(_("web address"), blank=True)
    reliability = models.CharField(
        _("reliability of the source"), max_length=1, choices=Reliability.choices, default=Reliability.F
    )
    credibility = models.CharField(
        _("credibility of the information"), max_length=1, choices=Credibility.choices, default=Credibility.SIX
    )

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ("title", "pk")

    def __str__(self) -> str:
        return ", ".join(str(part) for part in (self.publisher, self.title, self.year) if part)


class PriceLevel(models.TextChoices):
    """At which step of the chain a value is taken."""

    FARM = "farm", _("farm gate")
    WHOLESALE = "wholesale", _("wholesale")
    RETAIL = "retail", _("retail")
    FEE = "fee", _("fee paid to the trafficker")
    NONE = "", _("not a price")


@audited()
class Estimate(Row):
    """A range with all it takes to read it. Without `low` and `high` it is not estimated, which is not zero.

    Without a flow it is the headline total that a source states, which is not the sum of the parts.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="estimates")
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, null=True, blank=True, related_name="estimates")
    quantity = models.CharField(_("what is estimated"), max_length=150)
    low = models.DecimalField(_("from"), max_digits=20, decimal_places=2, null=True, blank=True)
    high = models.DecimalField(_("to"), max_digits=20, decimal_places=2, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=60)
    year = models.PositiveSmallIntegerField(_("reference year"), null=True, blank=True)
    price_level = models.CharField(
        _("price level"), max_length=10, choices=PriceLevel.choices, blank=True, default=PriceLevel.NONE
    )
    where = models.CharField(_("where the value arises"), max_length=150, blank=True)
    method = models.TextField(_("method, or why it is not estimated"))
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, blank=True, related_name="estimates")
    page = models.CharField(_("page"), max_length=30, blank=True)
    confidence = models.CharField(_("confidence"), max_length=8, choices=Confidence.choices, blank=True)

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ("flow__place", "quantity", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(low__isnull=True, high__isnull=True)
                | Q(low__isnull=False, high__isnull=False, low__gte=0, high__gte=F("low")),
                name="estimate_range",
                violation_error_message=_("Give both ends of the range, the smaller first; or neither."),
            ),
        )

    def __str__(self) -> str:
        return self.quantity

    @property
    def is_estimated(self) -> bool:
        """Whether there is a figure at all."""
        return self.low is not None

    @property
    def scale(self) -> tuple[str, int | None, str, str]:
        """What must be equal before two estimates may be compared."""
        return (self.unit, self.year, self.price_level, self.where)


# ---------------------------------------------------------------- contributions


class ContributionQuerySet(models.QuerySet["Contribution"]):
    """Contributions."""

    def visible_to(self, user: Any) -> Self:
        """On visible assessments: one's own agencies', and all for the lead agency and the secretariat."""
        seen = Assessment.objects.visible_to(user)
        return self.filter(access.own_contributions(user, today()), assessment__in=seen)

    def for_list(self) -> Self:
        """With the agency's name of today, by deadline."""
        names = Agency.objects.named_on(today()).filter(pk=models.OuterRef("agency"))
        return self.annotate(agency_name=models.Subquery(names.values("acronym")[:1])).order_by("due_on", "pk")


@audited()
class Contribution(Row):
    """An agency was asked for its contribution to an assessment by a day."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="contributions")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="contributions")
    flows = models.ManyToManyField(Flow, blank=True, related_name="contributions", verbose_name=_("flows"))
    what = models.CharField(_("what is asked"), max_length=500)
    due_on = models.DateField(_("due on"))
    status = models.CharField(
        _("status"), max_length=10, choices=ContributionStatus.choices, default=ContributionStatus.ASKED
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    text = models.TextField(_("contribution"), blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    agency_name: str  # by for_list()
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ContributionQuerySet.as_manager()

    class Meta:
        ordering = ("due_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "agency"), condition=Q(status__in=OPEN), name="contribution_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[ContributionStatus.RECEIVED, ContributionStatus.ACCEPTED])
                | Q(submitted_at__isnull=False),
                name="contribution_received_with_time",
            ),
        )
        triggers = (CONTRIBUTION.trigger(),)

    def __str__(self) -> str:
        return self.what

    @property
    def is_owed(self) -> bool:
        """Whether the agency has the next step."""
        return self.status in OWED

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("assessments:contribution", args=[self.pk])

    def is_overdue(self, on: dt.date) -> bool:
        """Whether it is owed and its day has passed."""
        return self.is_owed and self.due_on < on

    def party_ids(self) -> set[uuid.UUID]:
        """A contribution belongs to the agency that owes it."""
        return {self.agency_id}

    def seen_by(self, user: User) -> bool:
        """Whoever sees the assessment; see `visible_to` for the text of others."""
        return self.assessment.seen_by(user)
