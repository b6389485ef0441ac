"""The component page: every part of the look with its states, for those who build and review the portal."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from core import tags
from core.access import require
from core.audit import Change
from core.charts import Bar, Cell, Gantt, GanttRow, HeatMap, HeatRow
from core.dates import FuzzyDate, as_of
from core.forms import DatePartsField, form_page, posted
from core.history import History
from core.lists import Column, Empty, list_page
from core.models import Job, JobState
from core.sensitivity import TLP, Sensitivity

COLUMNS = [
    Column("name", _("Right"), "name", sort="name", sub="codename"),
    Column(
        "app", _("Part of the portal"), "content_type.app_label", sort=("content_type__app_label", "name"), code=True
    ),
    Column("state", _("State"), lambda permission: "done" if permission.pk % 3 else "todo", tag="task"),
    Column("number", _("Number"), "pk", sort="pk", numeric=True),
]


class SampleFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of the sample list."""

    name = django_filters.CharFilter(lookup_expr="icontains", label=_("Name contains"))
    app = django_filters.ChoiceFilter(
        field_name="content_type__app_label",
        label=_("Part of the portal"),
        choices=[("core", "core"), ("accounts", "accounts"), ("agencies", "agencies")],
    )

    class Meta:
        model = Permission
        fields: list[str] = []


class SampleForm(forms.Form):
    """Every kind of field."""

    name = forms.CharField(label=_("Name of the body"), help_text=_("As it stands in its founding document."))
    note = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    region = forms.ChoiceField(
        label=_("Region"), choices=[("", _("Choose one")), ("ea", _("Eastern Africa")), ("wa", _("West Africa"))]
    )
    answer = forms.ChoiceField(
        label=_("Answer"), widget=forms.RadioSelect, choices=[("yes", _("Agrees")), ("no", _("Declines"))]
    )
    invitations = forms.MultipleChoiceField(
        label=_("Invitations taken up"),
        widget=forms.CheckboxSelectMultiple,
        choices=[("brief", _("Briefing of the regional team")), ("use", _("Use of the assessments"))],
        help_text=_("Choose all that apply."),
    )
    due = DatePartsField(label=_("Due on"), help_text=_("For example 7 9 2011."))
    day = forms.DateField(label=_("Seen on"), widget=forms.DateInput(attrs={"type": "date"}), required=False)
    paper = forms.FileField(label=_("Document"), required=False, help_text=_("PDF, at most 10 MB."))
    sure = forms.BooleanField(label=_("I have read the letter in all its languages"))

    def clean_name(self) -> str:
        """A name says more than a letter."""
        name: str = self.cleaned_data["name"]
        if len(name) < 3:
            raise ValidationError(_("Write the whole name, at least three letters."))
        return name


def _schedule() -> Gantt:
    """Assessments with plan and forecast, one later than planned, one done."""

    def row(label: Any, planned: int, now: int, kind: Any, note: Any) -> GanttRow:
        plan, current = FuzzyDate.of(2012, planned), FuzzyDate.of(2012 + (now > 12), (now - 1) % 12 + 1)
        return GanttRow(
            label=str(label),
            planned=Bar(plan.day, plan.last_day, "planned"),
            current=Bar(current.day, current.last_day, kind),
            planned_text=str(plan),
            current_text=str(current),
            note=str(note),
        )

    return Gantt(
        caption=str(_("Regional assessments, planned and current")),
        first=dt.date(2012, 5, 1),
        last=dt.date(2013, 4, 30),
        today=dt.date(2012, 8, 20),
        rows=[
            row(_("Eastern Africa"), 7, 7, "done", ""),
            row(
                _("Central America and the Caribbean"),
                8,
                9,
                "late",
                _("One month later: figures of two countries came late"),
            ),
            row(_("West Africa"), 8, 8, "current", ""),
            row(_("East Asia and the Pacific"), 9, 13, "late", _("Four months later: field work")),
            GanttRow(
                label=str(_("Middle East and North Africa")),
                planned=Bar(dt.date(2012, 12, 1), dt.date(2012, 12, 31)),
                planned_text=str(FuzzyDate.of(2012, 12)),
            ),
        ],
    )


def _heat() -> HeatMap:
    """Flows by questions, one of them unanswered."""
    words = [
        _("nothing known"),
        _("one source"),
        _("few sources"),
        _("several sources"),
        _("well founded"),
        _("settled"),
    ]

    def cells(*levels: int | None) -> list[Cell]:
        return [Cell() if level is None else Cell(level, str(level), str(words[level])) for level in levels]

    return HeatMap(
        caption=str(_("How well each question is answered")),
        corner=str(_("Flow")),
        columns=[
            str(head)
            for head in (_("Market"), _("Conduct"), _("Traffickers"), _("Money"), _("Size"), _("Implications"))
        ],
        legend=[f"{level} {word}" for level, word in enumerate(words)],
        rows=[
            HeatRow(str(_("Migrant smuggling")), cells(3, 4, 2, 1, 2, 5), str(_("People"))),
            HeatRow(str(_("Trafficking in persons")), cells(4, 3, 2, None, 1, 4), str(_("People"))),
            HeatRow(str(_("Heroin")), cells(5, 4, 4, 3, 4, 5), str(_("Drugs"))),
            HeatRow(str(_("Timber")), cells(2, None, 1, 0, None, 3), str(_("Environment"))),
        ],
    )


@dataclass(frozen=True)
class Marked:
    """Something restricted."""

    sensitivity: Sensitivity
    tlp: TLP


def _jobs() -> list[Job]:
    """Work in each of its states; none of it stored."""
    running = Job(
        id=uuid.UUID(int=1),
        label=str(_("Briefing pack")),
        state=JobState.RUNNING,
        done=13,
        total=30,
        message=str(_("Drawing the schedule")),
    )
    done = Job(id=uuid.UUID(int=2), label=str(_("Briefing pack")), state=JobState.DONE, result_url="/")
    failed = Job(
        id=uuid.UUID(int=3),
        label=str(_("Briefing pack")),
        state=JobState.FAILED,
        message=str(_("The disk is full. Free some space and ask again.")),
    )
    return [running, done, failed]


def _history() -> History:
    at = dt.datetime(2012, 5, 30, 7, 15, tzinfo=dt.UTC)
    lines = [
        Change(at, str(_("changed")), "Sam, secretariat", {"status": ("draft", "in_review")}),
        Change(at - dt.timedelta(days=2), str(_("created")), str(_("the portal")), {}),
    ]
    return History(lines, older_url="#")


def components(request: HttpRequest) -> HttpResponse:
    """The page; posting its form shows the errors, `?part=list`, `empty`, `check` and `done` show the other pages.

    `?part=nothing` is the shell alone: what every page costs at least.
    """
    require(request.user, "core.view_components")
    part = request.GET.get("part", "")
    if part == "nothing":
        return render(request, "base.html")
    if part in ("list", "empty"):
        return _list(request, part)
    if part in PARTS:
        return render(request, PARTS[part], _context(request) | WORDS[part])
    form = SampleForm(posted(request), request.FILES or None)
    return form_page(request, "home/components.html", form, _context(request))


PARTS = {"check": "check_answers.html", "done": "confirmation.html"}
WORDS = {
    "check": {
        "title": _("Check before you send"),
        "warning": _("A letter that has left cannot be taken back."),
        "submit": _("Send the letter"),
        "back_url": "?part=list",
        "form": forms.Form(),
    },
    "done": {
        "title": _("The letter is on its way"),
        "reference": "TF/2011/7",
        "next_steps": [_("Each office gets its own mail."), _("You see here who has answered.")],
        "back_url": "?part=list",
        "back_label": _("See the offices"),
    },
}


def _list(request: HttpRequest, part: str) -> HttpResponse:
    rows = Permission.objects.select_related("content_type")
    return list_page(
        request,
        title=_("Rights") if part == "list" else _("Empty list"),
        queryset=rows if part == "list" else rows.none(),
        columns=COLUMNS,
        filterset=SampleFilter,
        empty=Empty(
            _("No letters yet"), _("A letter begins as a draft that both co-chairs clear."), "/", _("New letter")
        ),
        context={"as_of": as_of(request)},
    )


def _context(request: HttpRequest) -> dict[str, Any]:
    day = dt.date(2012, 5, 30)
    return {
        "kinds": tags.kinds(),
        "gantt": _schedule(),
        "heat": _heat(),
        "jobs": _jobs(),
        "changes": _history(),
        "as_of": as_of(request),
        "restricted": Marked(Sensitivity.CONFIDENTIAL, TLP.AMBER),
        "markings": TLP.values,
        "day": day,
        "fuzzy": FuzzyDate.of(2012, 6),
        "at": dt.datetime(2012, 6, 8, 17, 0, tzinfo=dt.UTC),
        "late": day - dt.timedelta(days=3),
        "answers": [(_("Addressees"), "132 offices", "#"), (_("Sent on"), "7 September 2011", "")],
    }
