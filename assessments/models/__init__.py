"""What we know: regional assessments and their schedule, flows and six questions, estimates, sources, contributions."""

from assessments.models.contributions import Contribution, ContributionQuerySet
from assessments.models.flows import Cell, CellQuerySet, Commodity, Confidence, Flow, Scope
from assessments.models.schedule import (
    Assessment,
    AssessmentGroupObjectPermission,
    AssessmentQuerySet,
    ChildQuerySet,
    ForecastChange,
    fuzzy,
    months_late,
)
from assessments.models.sources import Credibility, Estimate, PriceLevel, Reliability, Source
from assessments.workflow import CellState

__all__ = [
    "Assessment",
    "AssessmentGroupObjectPermission",
    "AssessmentQuerySet",
    "Cell",
    "CellQuerySet",
    "CellState",
    "ChildQuerySet",
    "Commodity",
    "Confidence",
    "Contribution",
    "ContributionQuerySet",
    "Credibility",
    "Estimate",
    "Flow",
    "ForecastChange",
    "PriceLevel",
    "Reliability",
    "Scope",
    "Source",
    "fuzzy",
    "months_late",
]
