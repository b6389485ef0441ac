"""Assessments, who may see them, and their schedule: planned, expected, published, and every change of the forecast."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Mechanism, Region, Row, short_then
from assessments import access
from assessments.workflow import ASSESSMENT, FIXED, CellState, Status
from core.access import Grant, can, holders
from core.audit import READING, audited
from core.dates import FuzzyDate, Precision, today
from core.sensitivity import Classified, Sensitivity


def fuzzy(day: dt.date | None, precision: str) -> FuzzyDate | None:
    """The date with its precision; None when it is not known."""
    return FuzzyDate(day, Precision(precision)) if day else None


def months_late(planned: FuzzyDate, now: FuzzyDate) -> int:
    """Months from the last day the plan may mean to the last day `now` may mean; negative when earlier."""
    then, later = planned.last_day, now.last_day
    return (later.year - then.year) * 12 + later.month - then.month


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    """Assessments."""

    def visible_to(self, user: Any) -> Self:
        """What a person may see today; see assessments.access.sight."""
        seen = access.sight(user, Assessment, today())
        return self.none() if seen is None else self.filter(seen)

    def for_schedule(self) -> Self:
        """By planned date, with what a schedule shows: lead agency and why the forecast last changed."""
        last = ForecastChange.objects.filter(assessment=models.OuterRef("pk")).order_by("-at", "-pk")
        return self.annotate(
            lead_name=short_then(today(), "lead"),
            last_reason=models.Subquery(last.values("reason")[:1]),
        ).order_by("planned_day", "title", "pk")


@audited(moments=READING)
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

    @property
    def is_fixed(self) -> bool:
        """Whether its flows, answers, sources and estimates stand as they are. A cleared one still has its facts and forecast."""
        return self.status in FIXED

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
        return self.flows.filter(cells__state=CellState.DRAFT).count()

    def named_agencies(self) -> models.QuerySet[Agency]:
        """The agencies that a grant lets see this assessment, by acronym."""
        return Agency.objects.named_on(today()).filter(group__in=holders(access.VIEW, self)).order_by("acronym", "pk")


@audited()
class AssessmentGroupObjectPermission(Grant):
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
