"""All that is owed, as a list with filters and export: one's own agency's, or everybody's for the secretariat."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from agencies.models import Agency, Obligation, ObligationKind, ObligationQuerySet, Office
from core.dates import today
from core.lists import Column, Empty, list_page
from taskforce.home.documents import SOON, deadline_state

WHEN = [
    ("open", _("Open")),
    ("overdue", _("Overdue")),
    ("soon", _("Due within two weeks")),
    ("closed", _("Done or dropped")),
]


class TaskFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of the tasks. A day counts from midnight in Greenwich here; each row says how late it is at its place."""

    when = django_filters.ChoiceFilter(choices=WHEN, method="by_time", label=_("When"))
    kind = django_filters.ChoiceFilter(choices=ObligationKind.choices, label=_("Kind"))
    what = django_filters.CharFilter(lookup_expr="icontains", label=_("What contains"))
    agency = django_filters.ModelChoiceFilter(queryset=Agency.objects.none(), label=_("Agency"))
    office = django_filters.ModelChoiceFilter(queryset=Office.objects.none(), label=_("Office"))

    class Meta:
        model = Obligation
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owing = self.queryset.order_by()
        agencies = Agency.objects.filter(pk__in=owing.values("agency")).named_on(today(), get_language() or "en")
        self.filters["agency"].queryset = agencies.order_by("acronym", "name")
        self.filters["office"].queryset = Office.objects.filter(pk__in=owing.values("office"))

    def by_time(self, rows: QuerySet[Obligation], _name: str, value: str) -> QuerySet[Obligation]:
        """Open, overdue, due soon, or closed."""
        if value == "closed":
            return rows.filter(closed_at__isnull=False)
        rows = rows.filter(closed_at=None)
        if value == "overdue":
            return rows.filter(due_on__lt=today())
        return rows.filter(due_on__range=(today(), today() + dt.timedelta(days=SOON))) if value == "soon" else rows


def state(owed: Obligation) -> str:
    """The tag of an obligation: how its deadline stands at its place."""
    return "closed" if owed.closed_at else deadline_state(owed.days_left(timezone.now()))


COLUMNS = [
    Column("what", _("What"), "said", link=lambda owed: reverse("reminders:of", args=[owed.pk]), sort="what"),
    Column("kind", _("Kind"), "get_kind_display", sort="kind"),
    Column("party", _("Owed by"), "party", sort="party"),
    Column("due", _("Due on"), "due_on", sort="due_on", sub="place"),
    Column("zone", _("Time zone"), "place", on_page=False),
    Column("outcome", _("Outcome"), "ended", on_page=False),
    Column("state", _("State"), state, tag="deadline"),
]


@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """What is owed, open or not, by deadline."""
    rows: ObligationQuerySet = Obligation.objects.visible_to(request.user)
    return list_page(
        request,
        title=_("Tasks"),
        queryset=rows.named_on(today(), get_language() or "en").for_list(),
        columns=COLUMNS,
        filterset=TaskFilter,
        default_sort="due",
        export_name="tasks",
        empty=Empty(
            _("Nothing is owed"),
            _(
                "When your agency is asked for a contribution, a clearance or an action, it stands here with its deadline."
            ),
        ),
    )
