"""The filter of the schedule."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment
from assessments.workflow import Status
from core.sensitivity import Sensitivity


class AssessmentFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By words of the title or area, year of the plan, status, sensitivity."""

    q = django_filters.CharFilter(label=_("Title or area"), method="by_words")
    year = django_filters.NumberFilter(
        label=_("Planned for the year"), method="by_year", min_value=1900, max_value=2999
    )
    status = django_filters.MultipleChoiceFilter(label=_("Status"), choices=Status.choices)
    sensitivity = django_filters.ChoiceFilter(label=_("Sensitivity"), choices=Sensitivity.choices)

    class Meta:
        model = Assessment
        fields = ()

    def by_words(self, rows: QuerySet[Assessment], name: str, value: str) -> QuerySet[Assessment]:
        """Rows whose title or area has these words."""
        return rows.filter(Q(title__icontains=value) | Q(area__icontains=value))

    def by_year(self, rows: QuerySet[Assessment], name: str, value: Any) -> QuerySet[Assessment]:
        """Rows planned for the year."""
        return rows.filter(planned_day__year=int(value))
