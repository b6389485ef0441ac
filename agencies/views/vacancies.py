"""Seats that nobody holds: which agencies of a mechanism lack a principal or a focal point on a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from agencies.documents import SEATS
from agencies.models import Capacity, FocalPoint, Mechanism, MemberRole, Membership
from agencies.views.shown import kept, language, shown_day
from core import tags
from core.dates import AsOf, last_day_column, long_date
from core.lists import Column, Empty, list_page
from core.tags import State

VACANT, HELD = "vacant", "held"
tags.register(
    "seat", {HELD: State(pgettext_lazy("seat", "Held"), "green"), VACANT: State(gettext_lazy("Vacant"), "red")}
)


class VacancyFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Agency, mechanism, role, and which seat is vacant."""

    q = django_filters.CharFilter(method="by_name", label=gettext_lazy("Agency contains"))
    mechanism = django_filters.ModelChoiceFilter(
        queryset=Mechanism.objects.all(), to_field_name="slug", label=gettext_lazy("Mechanism")
    )
    role = django_filters.ChoiceFilter(
        choices=[(role.value, role.label) for role in MemberRole if role != MemberRole.LINKAGE],
        label=gettext_lazy("Role"),
    )
    seat = django_filters.ChoiceFilter(
        choices=[(one.value, one.label) for one in SEATS], method="by_seat", label=gettext_lazy("Vacant seat")
    )

    class Meta:
        model = Membership
        fields: list[str] = []

    def by_name(self, rows: Any, name: str, value: str) -> Any:
        """By name or acronym on the day shown."""
        return rows.filter(Q(name__icontains=value) | Q(acronym__icontains=value))

    def by_seat(self, rows: Any, name: str, value: str) -> Any:
        """Those in which this seat is vacant."""
        return rows.filter(**{f"has_{value}": False})


def vacant(moment: AsOf) -> Any:
    """Memberships of the day in which a principal or a focal point is missing: `has_…`, and until when one was there: `…_until`."""
    rows = (
        Membership.objects.seated()
        .on(moment.day)
        .named_on(moment.day, language())
        .select_related("mechanism", "agency")
    )
    same = FocalPoint.objects.filter(agency=OuterRef("agency"), mechanism=OuterRef("mechanism"))
    for capacity in SEATS:
        held = same.filter(capacity=capacity)
        ends = held.filter(valid__endswith__lte=moment.day).order_by().values("agency")
        rows = rows.annotate(
            **{
                f"has_{capacity}": Exists(held.on(moment.day)),
                f"{capacity}_until": Subquery(ends.annotate(last=Max(last_day_column())).values("last")),
            }
        )
    return rows.filter(Q(has_principal=False) | Q(has_focal_point=False))


def _seat(capacity: Capacity) -> Column:
    def state(row: Any) -> str:
        return HELD if getattr(row, f"has_{capacity}") else VACANT

    def until(row: Any) -> str:
        last = getattr(row, f"{capacity}_until")
        return "" if getattr(row, f"has_{capacity}") or not last else _("held until %(day)s") % {"day": long_date(last)}

    return Column(capacity.value, capacity.label, state, tag="seat", sub=until)


def columns(moment: AsOf) -> list[Column]:
    """The columns of the list on a day."""
    to: Callable[[Any], str] = lambda row: kept(row.agency.get_absolute_url(), moment)  # noqa: E731
    return [
        Column("name", gettext_lazy("Agency"), "name", link=to, sort="name", sub="acronym"),
        Column(
            "mechanism",
            gettext_lazy("Mechanism"),
            "mechanism.name",
            link=lambda row: kept(row.mechanism.get_absolute_url(), moment),
            sort=("mechanism__name", "name"),
        ),
        Column("role", gettext_lazy("Role"), "get_role_display", sort=("rank", "name")),
        *(_seat(capacity) for capacity in SEATS),
    ]


@require_safe
def vacant_list(request: HttpRequest) -> HttpResponse:
    """The members that lack a principal or a focal point on the day."""
    moment = shown_day(request)
    return list_page(
        request,
        title=_("Vacant seats"),
        queryset=vacant(moment).visible_to(request.user),
        columns=columns(moment),
        filterset=VacancyFilter,
        default_sort="name",
        empty=Empty(_("No seat is vacant"), _("Every member has a principal and a focal point on this day.")),
        context={"as_of": moment},
    )
