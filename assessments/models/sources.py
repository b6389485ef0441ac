"""Sources, graded by the Admiralty code, and the estimates they give."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models import Row
from assessments.models.flows import Confidence, Flow
from assessments.models.schedule import Assessment, ChildQuerySet
from core.audit import audited


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
