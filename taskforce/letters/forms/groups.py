"""The form that says whom a letter goes to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Office, Region
from taskforce.letters.groups import EVERYBODY, Group, GroupKind

KINDS = (GroupKind.COORDINATORS, GroupKind.REGIONAL_TEAMS, GroupKind.MISSIONS)


def _several(label: Any, **options: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple, **options)


class GroupsForm(forms.Form):
    """Groups that get the letter, and what is left out of them."""

    kinds = _several(
        gettext_lazy("Groups"),
        choices=[(kind.value, kind.label) for kind in KINDS],
        help_text=gettext_lazy("Choose here, or regions or single offices below."),
    )
    regions = _several(gettext_lazy("Regions"), help_text=gettext_lazy("The offices of Resident Coordinators there."))
    offices = _several(gettext_lazy("Single offices"))
    but_regions = _several(gettext_lazy("Leave out whatever works in these regions"))
    but_offices = _several(gettext_lazy("Leave out these offices"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, groups: tuple[Group, ...], on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        named_now = Q(pk__in=[group.subject for group in groups if group.subject])  # on offer though it closed since
        there = Region.objects.for_list(on).filter(named_now | Q(office_count__gt=0)).order_by("name")
        regions = [(str(region.pk), region.name) for region in there]
        offered = Office.objects.filter(named_now | Q(valid__contains=on)).order_by("name")
        offices = [(str(pk), name) for pk, name in offered.values_list("pk", "name")]
        for field, (choices, kind, excludes) in {
            "regions": (regions, GroupKind.REGION, False),
            "offices": (offices, GroupKind.OFFICE, False),
            "but_regions": (regions, GroupKind.REGION, True),
            "but_offices": (offices, GroupKind.OFFICE, True),
        }.items():
            self.fields[field].choices = choices  # type: ignore[attr-defined]
            self.initial[field] = [one.subject for one in groups if (one.kind, one.excludes) == (kind, excludes)]
        named = any(not group.excludes for group in groups)
        self.initial["kinds"] = [group.kind for group in groups if group.kind in KINDS] if named else [KINDS[0].value]

    def clean(self) -> dict[str, Any]:
        """Somebody gets it."""
        data = super().clean() or {}
        if not self.errors and not any(data[name] for name in ("kinds", "regions", "offices")):
            self.add_error("kinds", _("Choose at least one group, region or office."))
        return data

    def groups(self) -> tuple[Group, ...]:
        """The rules as chosen; none where the letter goes to all offices of Resident Coordinators and nothing is left out."""
        rules = tuple(self._rules())
        return () if rules == (EVERYBODY,) else rules

    def _rules(self) -> Iterator[Group]:
        data = self.cleaned_data
        yield from (Group(kind) for kind in data["kinds"])
        yield from (Group(GroupKind.REGION, pk) for pk in data["regions"])
        yield from (Group(GroupKind.OFFICE, pk) for pk in data["offices"])
        yield from (Group(GroupKind.REGION, pk, excludes=True) for pk in data["but_regions"])
        yield from (Group(GroupKind.OFFICE, pk, excludes=True) for pk in data["but_offices"])
