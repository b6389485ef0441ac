"""The pages of the reminders: what went to whom and why, what comes next, the rules, and one obligation."""

from __future__ import annotations

import uuid

import django_filters
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import person
from agencies.models import Obligation, ObligationKind
from core import tags
from core.access import can, get_or_404, require
from core.dates import today
from core.forms import form_page, posted
from core.history import history_of
from core.lists import Column, Empty, list_page
from taskforce.reminders import actions, steps
from taskforce.reminders.documents import foresee
from taskforce.reminders.forms import RuleForm
from taskforce.reminders.models import Audience, Outcome, Reminder, ReminderQuerySet, Rule

AHEAD = 14  # days that the preview looks ahead
SHOWN = 50

OUTCOMES = tags.register(
    "reminder",
    {
        Outcome.NOBODY: tags.State(Outcome.NOBODY.label, "red"),
        Outcome.WAITING: tags.State(Outcome.WAITING.label, "grey"),
        Outcome.WEEKLY: tags.State(Outcome.WEEKLY.label, "blue"),
        Outcome.MAILED: tags.State(Outcome.MAILED.label, "green"),
        Outcome.NOT_NEEDED: tags.State(Outcome.NOT_NEEDED.label, "purple"),
    },
)


class ReminderFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of the reminders."""

    what = django_filters.CharFilter(
        field_name="obligation__what", lookup_expr="icontains", label=_("What is owed contains")
    )
    to = django_filters.CharFilter(method="by_recipient", label=_("Recipient or address contains"))
    kind = django_filters.ChoiceFilter(field_name="obligation__kind", choices=ObligationKind.choices, label=_("Kind"))
    outcome = django_filters.ChoiceFilter(choices=Outcome.choices, label=_("Outcome"))

    class Meta:
        model = Reminder
        fields: list[str] = []

    def by_recipient(self, rows: ReminderQuerySet, _name: str, value: str) -> ReminderQuerySet:
        """Those of which a message went to somebody with this in their name or address."""
        return rows.to_somebody(value)


def _recipients(reminder: Reminder) -> str:
    return "; ".join(
        f"{notice.name} <{notice.message.to}>" if notice.message else notice.name for notice in reminder.notices.all()
    )


def _why(reminder: Reminder) -> str:
    return "; ".join(dict.fromkeys(notice.why for notice in reminder.notices.all()))


COLUMNS = [
    Column(
        "what",
        _("What is owed"),
        "obligation.said",
        link=lambda reminder: reverse("reminders:of", args=[reminder.obligation_id]),
        sort="obligation__what",
        sub="party",
    ),
    Column("due", _("Deadline then"), "due_on", sort="due_on"),
    Column("day", _("Day of the reminder"), "occurs_on", sort="occurs_on", sub="rule"),
    Column("to", _("To whom"), _recipients, sub=_why),
    Column("why", _("Why to them"), _why, on_page=False),
    Column("outcome", _("Outcome"), "outcome", tag="reminder", sort="outcome"),
]


@require_safe
def reminder_list(request: HttpRequest) -> HttpResponse:
    """What was sent to whom and why, the newest first."""
    require(request.user, "reminders.view_reminder")
    reminders = Reminder.objects.visible_to(request.user).named_on(today(), get_language() or "en").for_list()
    return list_page(
        request,
        title=_("Reminders"),
        queryset=reminders,
        columns=COLUMNS,
        filterset=ReminderFilter,
        default_sort="-day",
        template="reminders/reminder_list.html",
        empty=Empty(
            _("No reminder yet"),
            _("The portal reminds by itself on the days that the rules say, from seven in the morning at the place."),
        ),
    )


@require_safe
def coming(request: HttpRequest) -> HttpResponse:
    """What will go out in the next two weeks, if nothing changes."""
    require(request.user, "reminders.view_reminder")
    found = steps.coming(timezone.now(), days=AHEAD, limit=SHOWN + 1)
    context = {"foreseen": foresee(found[:SHOWN], today()), "more": len(found) > SHOWN, "days": AHEAD, "shown": SHOWN}
    return render(request, "reminders/coming.html", context)


@require_safe
def of_obligation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One obligation: by when, what reminded of it, what will, and its history."""
    obligations = Obligation.objects.named_on(today(), get_language() or "en").for_list()
    owed = get_or_404(request.user, "", obligations, pk=pk)
    found = [] if owed.closed_at else steps.coming(timezone.now(), days=366, limit=SHOWN, only=owed.pk)
    context = {
        "owed": owed,
        "own_page": not owed.sealed and not owed.closed_at and owed.get_absolute_url(),
        "reminders": owed.reminders.for_list(),
        "foreseen": foresee(found, today()),
        "changes": history_of(request, owed),
        "may_see_all": can(request.user, "reminders.view_reminder"),
    }
    return render(request, "reminders/obligation_detail.html", context)


RULE_COLUMNS = [
    Column(
        "when",
        _("When"),
        str,
        link=lambda rule: reverse("reminders:rule", args=[rule.pk]),
        sort=("days", "every"),
    ),
    Column("kind", _("Of what"), lambda rule: rule.get_kind_display() or now("Every kind"), sort="kind"),
    Column("audience", _("Whom"), "get_audience_display", sort="audience"),
    Column("since", _("In force since"), "since", sort="since"),
    Column("active", _("In force"), "active", sort="active"),
]


@require_safe
def rule_list(request: HttpRequest) -> HttpResponse:
    """The rules."""
    require(request.user, "reminders.view_reminder")
    return list_page(
        request,
        title=_("Rules of reminding"),
        queryset=Rule.objects.visible_to(request.user).of(None),
        columns=RULE_COLUMNS,
        default_sort="when",
        template="reminders/rule_list.html",
        context={"may_change": can(request.user, "reminders.change_rule")},
        empty=Empty(_("No rules"), _("Without rules the portal reminds of nothing. Add the first one.")),
    )


@require_safe
def own_rules(request: HttpRequest, topic: uuid.UUID) -> HttpResponse:
    """The rules that hold for one topic, such as a letter: its own, or those of the house."""
    require(request.user, "reminders.view_reminder")
    owed = _first_of(request, topic)
    own = Rule.objects.visible_to(request.user).of(topic)
    house = Rule.objects.visible_to(request.user).of(None).filter(active=True, kind__in=("", owed.kind))
    has_own = own.exists()
    return list_page(
        request,
        title=owed.said,
        queryset=own if has_own else house.filter(audience=Audience.RESPONSIBLE),
        columns=[column for column in RULE_COLUMNS if column.key not in {"kind", "audience"}],
        default_sort="when",
        template="reminders/own_rules.html",
        context={
            "topic": topic,
            "has_own": has_own,
            "may_change": can(request.user, "reminders.change_rule"),
        },
        empty=Empty(_("No rules"), _("Nobody is reminded of this.")),
    )


@require_POST
def part_rules(request: HttpRequest, topic: uuid.UUID) -> HttpResponse:
    """Give a topic rules of its own, beginning with those of the house."""
    actions.part_rules(topic=topic, kind=_first_of(request, topic).kind, by=person(request))
    messages.success(request, now("These rules hold for this alone from today on. Change them one by one."))
    return redirect("reminders:own_rules", topic=topic)


@require_POST
def join_rules(request: HttpRequest, topic: uuid.UUID) -> HttpResponse:
    """Let a topic go back to the rules of the house."""
    _first_of(request, topic)
    actions.join_rules(topic=topic, by=person(request))
    messages.success(
        request, now("The rules of the house hold again from today on. What they said before is not made up for.")
    )
    return redirect("reminders:own_rules", topic=topic)


def _first_of(request: HttpRequest, topic: uuid.UUID) -> Obligation:
    """One of the obligations of a topic; 404 where the person sees none."""
    owed = Obligation.objects.visible_to(request.user).filter(topic=topic).first()
    if owed is None:
        raise Http404
    return owed


@require_http_methods(["GET", "HEAD", "POST"])
def rule_new(request: HttpRequest) -> HttpResponse:
    """A new rule."""
    require(request.user, "reminders.change_rule")
    return _rule_form(request, Rule(), now("New rule"), new=True)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a rule, or take it out of force."""
    rule = get_or_404(request.user, "reminders.change_rule", Rule.objects.standing(), pk=pk)
    return _rule_form(request, rule, str(rule))


def _rule_form(request: HttpRequest, rule: Rule, title: str, *, new: bool = False) -> HttpResponse:
    form = RuleForm(posted(request), instance=rule)
    if form.is_valid():
        saved = actions.save_rule(rule=form.save(commit=False), by=person(request))
        messages.success(request, now("The rule is kept. It holds from today on: %(rule)s.") % {"rule": saved})
        return redirect("reminders:own_rules", topic=saved.topic) if saved.topic else redirect("reminders:rules")
    changes = None if new else history_of(request, rule)
    return form_page(request, "reminders/rule_form.html", form, {"title": title, "changes": changes})
