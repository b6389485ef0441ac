"""What an administrator says about a succession. Whatever cannot be is explained at its field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.changeovers import Case, Plan, plan
from agencies.forms import EXAMPLE, AgencyField
from agencies.models import Agency, AgencyName, FocalPoint, Membership, Succession, SuccessionKind, in_full
from agencies.sources import SourceFields
from core.dates import DAY, long_date, span
from core.forms import DatePartsField

OTHERS = ("other_1", "other_2", "other_3")
PARTS = ("part_1", "part_2", "part_3", "part_4")
CARRY = (("carry", _("Carried over to the successor")), ("end", _("They end")))
GRANT = (("no", _("Not carried over")), ("carry", _("Carried over to the successor")))


class BodyField(AgencyField):
    """A choice among all bodies of the register, also those that have ended."""

    def label_from_instance(self, obj: Any) -> str:
        """Name and acronym, and the end of one that has ended."""
        name = super().label_from_instance(obj)
        return f"{name}, –{obj.last_day.year}" if obj.last_day else name


def body_field(text: Any, **options: Any) -> BodyField:
    """A choice that may be left empty."""
    return BodyField(queryset=Agency.objects.none(), label=text, required=False, **options)


class SuccessionForm(SourceFields):
    """What a merger and a split have in common."""

    day = DatePartsField(label=_("First day of the successor"), help_text=EXAMPLE)
    people = forms.ChoiceField(label=_("The people’s seats"), choices=CARRY, widget=forms.RadioSelect, initial="carry")
    access = forms.ChoiceField(
        label=_("What was opened to the body by name"), choices=GRANT, widget=forms.RadioSelect, initial="no"
    )
    source = forms.CharField(
        label=_("Source"), max_length=300, help_text=_("The decision, as it is cited: A/RES/72/262 C.")
    )
    bodies: tuple[str, ...] = ()

    def __init__(self, *args: Any, agency: Agency, on: dt.date, language: str = "en", **options: Any) -> None:
        super().__init__(*args, **options)
        self.agency = agency
        everybody = Agency.objects.named_on(on, language).select_related("group").order_by("name", "acronym")
        fields: dict[str, Any] = self.fields
        for name in self.bodies:
            fields[name].queryset = everybody.exclude(pk=agency.pk) if name in OTHERS else everybody

    def chosen(self, names: Iterable[str]) -> dict[str, Agency]:
        """The bodies chosen in these fields."""
        answers = self.cleaned_data
        return {name: answers[name] for name in names if answers.get(name)}

    def case(self) -> Case:
        """What was said, once it is valid."""
        raise NotImplementedError

    def plan(self) -> Plan:
        """What recording it will do."""
        return plan(self.case())

    def check_predecessor(self, name: str, body: Agency) -> None:
        """It existed the day before, has not ended, was not followed, and nothing of it begins later."""
        for reason in _why_not_before(body, self.cleaned_data["day"]):
            self.add_error(name, reason)
            return

    def check_successor(self, name: str, body: Agency, predecessors: Iterable[Agency]) -> None:
        """Another body, which exists on the day and did not come before one of the predecessors."""
        day = self.cleaned_data["day"]
        if body in predecessors:
            self.add_error(name, _("A body cannot follow itself. Choose another one."))
        elif not body.holds_on(day):
            words = {"body": in_full(body), "day": long_date(day)}
            self.add_error(name, _("%(body)s does not exist on %(day)s.") % words)
        elif round_again := _descendants(body).intersection(one.pk for one in predecessors):
            old = next(one for one in predecessors if one.pk in round_again)
            words = {"body": in_full(body), "old": in_full(old)}
            self.add_error(name, _("%(old)s itself follows %(body)s: the succession would run in a circle.") % words)

    def check_twice(self, chosen: dict[str, Agency]) -> None:
        """No body is named twice."""
        seen: set[Any] = set()
        for name, body in chosen.items():
            if body.pk in seen:
                self.add_error(name, _("This body is named already."))
            seen.add(body.pk)


def _why_not_before(body: Agency, day: dt.date) -> Iterator[str]:
    """Reasons why a body cannot end the day before."""
    words: dict[str, Any] = {"body": in_full(body)}
    eve = day - DAY
    if body.first_day and body.first_day > eve:
        words["day"] = long_date(body.first_day)
        yield _("%(body)s began on %(day)s: the successor must begin later.") % words
    if body.last_day and body.last_day != eve:
        words["day"] = long_date(body.last_day)
        yield _("%(body)s has ended already, on %(day)s.") % words
    if link := body.successions.select_related("successor").first():
        words["other"] = link.successor.name_on(day).name
        yield _("%(body)s was followed already, by %(other)s.") % words
    later = span(eve, eve)
    for model in (Membership, FocalPoint):
        row = model.objects.filter(agency=body, valid__fully_gt=later).select_related("mechanism").first()
        if row:
            words |= {"mechanism": row.mechanism, "day": long_date(row.first_day)}
            yield _("A seat of %(body)s in the %(mechanism)s begins only on %(day)s. Change it first.") % words
    if name := body.names.filter(valid__fully_gt=later).first():
        words |= {"name": name.name, "day": long_date(name.first_day)}
        yield _("The name “%(name)s” of %(body)s begins only on %(day)s. Change it first.") % words


def _descendants(body: Agency) -> set[Any]:
    """The ids of all that followed a body, at any distance."""
    found: set[Any] = set()
    wave = {body.pk}
    while wave:
        found |= wave
        wave = set(Succession.objects.filter(predecessor__in=wave).values_list("successor", flat=True)) - found
    return found - {body.pk}


class MergeForm(SuccessionForm):
    """One body or several merge into another, which exists or is new."""

    other_1 = body_field(_("Another body that merges"))
    other_2 = body_field(_("A third body that merges"))
    other_3 = body_field(_("A fourth body that merges"))
    successor = body_field(
        _("Merged into"), help_text=_("Leave it empty where a new body is set up, and name it below.")
    )
    new_name = forms.CharField(label=_("Name of the new body"), max_length=200, required=False)
    new_acronym = forms.CharField(label=_("Acronym of the new body"), max_length=40, required=False)

    bodies = (*OTHERS, "successor")
    field_order = ("day", *OTHERS, "successor", "new_name", "new_acronym", "people", "access", "source", "upload")

    def clean(self) -> dict[str, Any]:
        """Bodies that can be followed, and one that can follow them."""
        answers = super().clean() or self.cleaned_data
        if "day" not in answers:
            return answers
        self.check_predecessor("day", self.agency)
        others = self.chosen(OTHERS)
        self.check_twice(others)
        for name, body in others.items():
            self.check_predecessor(name, body)
        if successor := answers.get("successor"):
            self.check_successor("successor", successor, self.predecessors())
        self._one_successor(answers)
        return answers

    def _one_successor(self, answers: dict[str, Any]) -> None:
        given, new = answers.get("successor"), answers.get("new_name")
        if given and (new or answers.get("new_acronym")):
            self.add_error("successor", _("Choose a body or name a new one, not both."))
        elif not given and not new and "successor" not in self.errors:
            self.add_error("successor", _("Choose the body into which it merged, or name a new one below."))

    def predecessors(self) -> list[Agency]:
        """All that merge, the one of the page first."""
        return [self.agency, *self.chosen(OTHERS).values()]

    def case(self) -> Case:
        """The merger."""
        answers = self.cleaned_data
        founded = None if answers.get("successor") else self._founded(answers)
        successor = founded[0] if founded else answers["successor"]
        return Case(
            SuccessionKind.MERGED,
            answers["day"],
            self.predecessors(),
            [successor],
            heirs=[successor],
            people=answers["people"] == "carry",
            access=answers["access"] == "carry",
            founded=founded,
        )

    def _founded(self, answers: dict[str, Any]) -> tuple[Agency, AgencyName]:
        """The new body: of the kind and at the place of the one that merges."""
        old, valid = self.agency, span(answers["day"])
        agency = Agency(kind=old.kind, duty_station=old.duty_station, time_zone=old.time_zone, valid=valid)
        name = AgencyName(agency=agency, name=answers["new_name"], acronym=answers["new_acronym"], valid=valid)
        return agency, name


class SplitForm(SuccessionForm):
    """One body is split into several, which exist already."""

    part_1 = body_field(_("First successor"), help_text=_("A new body is added under “Agencies” first."))
    part_2 = body_field(_("Second successor"))
    part_3 = body_field(_("Third successor"))
    part_4 = body_field(_("Fourth successor"))
    heir = body_field(
        _("Who takes over its seats"), help_text=_("One of the successors. Leave it empty where each of them sits.")
    )

    bodies = (*PARTS, "heir")
    field_order = ("day", *PARTS, "heir", "people", "access", "source", "upload")

    def clean(self) -> dict[str, Any]:
        """At least two successors; people and access go to one of them."""
        answers = super().clean() or self.cleaned_data
        if "day" not in answers:
            return answers
        self.check_predecessor("day", self.agency)
        parts = self.chosen(PARTS)
        self.check_twice(parts)
        for name, body in parts.items():
            self.check_successor(name, body, [self.agency])
        if len(parts) < 2 and not any(name in self.errors for name in PARTS):
            missing = next(name for name in PARTS if name not in parts)
            self.add_error(missing, _("A body is split into at least two."))
        self._one_heir(answers, list(parts.values()))
        return answers

    def _one_heir(self, answers: dict[str, Any], parts: list[Agency]) -> None:
        heir = answers.get("heir")
        if heir and heir not in parts:
            self.add_error("heir", _("Choose one of the successors."))
        elif not heir and "carry" in (answers.get("people"), answers.get("access")):
            self.add_error("heir", _("People and access go to one body: choose who takes over, or let them end."))

    def case(self) -> Case:
        """The split."""
        answers, parts = self.cleaned_data, list(self.chosen(PARTS).values())
        return Case(
            SuccessionKind.SPLIT,
            answers["day"],
            [self.agency],
            parts,
            heirs=[answers["heir"]] if answers.get("heir") else parts,
            people=answers["people"] == "carry",
            access=answers["access"] == "carry",
        )


class CorrectSourceForm(SourceFields):
    """The source of a succession, corrected."""

    source = forms.CharField(label=_("Source"), max_length=300)

    field_order = ("source", "upload")
