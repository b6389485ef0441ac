"""The cards beside the needs, for those who run the portal: mail, lateness, seats, work under way, the register."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.models import Obligation
from agencies.people.models import Invitation
from core.access import can
from core.dates import long_date
from core.kept import told
from core.models import Job, MessageState, OutgoingMessage, Verification
from core.words import long_moment
from taskforce.home import register
from taskforce.home.documents import Block, Line
from taskforce.reminders import steps

if TYPE_CHECKING:
    from accounts.models import User

FEW = 5
AHEAD = 7  # days
MANY = 1000
LATELY = dt.timedelta(days=30)


def of_house(user: User, now: dt.datetime, language: str) -> list[Block]:
    """The cards of the reader's roles."""
    on = now.date()
    found: list[tuple[tuple[str, ...], Callable[[], Block]]] = [
        (("core.view_mail",), lambda: _mail(now)),
        (("agencies.change_obligation",), lambda: _overdue(on, language)),
        (("agencies.change_obligation",), lambda: _reminders(now)),
        (("agencies.change_obligation",), lambda: _seats(on, language)),
        (("core.view_job",), _work),
        (("core.view_audit",), _history),
        (("agencies.change_office",), lambda: _register(on)),
        (("accounts.change_role",), lambda: _invitations(user, now)),
    ]
    return [block() for needed, block in found if any(can(user, one) for one in needed)]


def _mail(now: dt.datetime) -> Block:
    """What did not leave, or came back, of the last 30 days."""
    ended = [MessageState.REFUSED, MessageState.BOUNCED]
    troubled = [*ended, MessageState.UNCERTAIN, MessageState.HELD]
    counts = dict(
        OutgoingMessage.objects.filter(Q(created_at__gte=now - LATELY) | ~Q(state__in=ended))
        .filter(state__in=troubled)
        .values_list("state")
        .annotate(Count("pk"))
    )
    page = reverse("home:mail")
    lines = tuple(
        Line(str(MessageState(state).label).capitalize(), str(counts[state]), f"{page}?state={state}", bad=True)
        for state in troubled
        if counts.get(state)
    )
    return Block(_("Mail"), _("Everything left the house in the last 30 days."), lines, page, _("All mail"))


def _overdue(on: dt.date, language: str) -> Block:
    """Who owes something whose deadline has passed, the longest first."""
    late = Obligation.objects.open().filter(due_on__lt=on)
    parties = late.values("agency", "office").annotate(n=Count("pk"), since=Min("due_on")).order_by("since")[:FEW]
    rows = list(parties)
    named = Obligation.objects.filter(
        Q(agency__in=[row["agency"] for row in rows]) | Q(office__in=[row["office"] for row in rows])
    )
    names = {
        (owed.agency_id, owed.office_id): owed.party
        for owed in named.named_on(on, language).distinct("agency", "office")
    }
    page = f"{reverse('home:tasks')}?when=overdue"
    lines = tuple(
        Line(
            f"{names[row['agency'], row['office']]} ({row['n']})",
            _("since %(day)s") % {"day": long_date(row["since"])},
            f"{page}&{_owner(row['agency'], row['office'])}",
            bad=True,
        )
        for row in rows
    )
    return Block(_("Overdue"), _("Nobody is late."), lines, page, _("All that is overdue"))


def _owner(agency: uuid.UUID | None, office: uuid.UUID | None) -> str:
    """The party in the address of the list of tasks."""
    return f"office={office}" if agency is None else f"agency={agency}"


def _reminders(now: dt.datetime) -> Block:
    """What goes out by itself in the next days."""
    foreseen = steps.coming(now, days=AHEAD, limit=MANY)
    days: dict[dt.date, int] = {}
    for step in foreseen:
        days[step.occurs_on] = days.get(step.occurs_on, 0) + 1
    page = reverse("reminders:next")
    lines = tuple(Line(long_date(day), str(number), page) for day, number in list(days.items())[:FEW])
    return Block(
        _("Reminders to come"), _("None in the next week."), lines, reverse("reminders:list"), _("All reminders")
    )


def _seats(on: dt.date, language: str) -> Block:
    """Agencies for which nobody speaks."""
    agencies = register.vacant(on).named_on(on, language).order_by("name")[: FEW + 1]
    lines = tuple(Line(agency.name, url=agency.get_absolute_url(), bad=True) for agency in agencies)
    return Block(_("Vacant seats"), _("Somebody speaks for every agency."), lines[:FEW])


def _work() -> Block:
    """Long work that is not over, and what failed lately is one click away."""
    jobs = Job.objects.unfinished().order_by("created_at")[:FEW]
    lines = tuple(Line(told(job.label), f"{job.percent} %", reverse("jobs:detail", args=[job.pk])) for job in jobs)
    return Block(_("Long work"), _("Nothing is running."), lines, reverse("jobs:list"), _("All long work"))


def _history() -> Block:
    """Whether the history is as it was written, by the last verification."""
    page = reverse("home:audit")
    last = Verification.objects.order_by("-at").first()
    if last is None:
        return Block(_("History"), _("The history has not been verified yet."), (), page, _("The audit"))
    state = Line(_("Verified"), long_moment(last.at), page)
    found = Line(last.first, "", page, bad=True) if last.flaws else Line(_("As it was written"), "", page)
    blocks = Line(_("Events in the chain"), str(last.events), page)
    return Block(_("History"), "", (found, state, blocks), page, _("The audit"))


def _register(on: dt.date) -> Block:
    """How complete the register is."""
    found = register.completeness(on)
    return Block(_("Register"), "", tuple(_figures(found)), reverse("agencies:offices"), _("All offices"))


def _figures(found: register.Completeness) -> Iterator[Line]:
    offices, countries = reverse("agencies:offices"), reverse("agencies:countries")
    yield Line(_("Offices without a coordinator"), _of(found.without_coordinator, found.offices), offices)
    yield Line(
        _("Offices that no mail reaches"), _of(found.unreachable, found.offices), offices, bad=found.unreachable > 0
    )
    yield Line(_("Countries that no office serves"), _of(found.uncovered, found.countries), countries)


def _of(part: int, whole: int) -> str:
    return _("%(part)d of %(whole)d") % {"part": part, "whole": whole}


def _invitations(user: User, now: dt.datetime) -> Block:
    """Who was invited and has not answered."""
    open_ones = Invitation.objects.visible_to(user).unanswered().order_by("expires_at")
    lines = tuple(
        Line(
            one.name,
            _("expired") if one.expires_at <= now else _hours(one.expires_at - now),
            reverse("people:invitation", args=[one.pk]),
            bad=one.expires_at <= now,
        )
        for one in open_ones[:FEW]
    )
    empty = _("Everybody who was invited has answered.")
    return Block(_("Invitations"), empty, lines, reverse("people:invitations"), _("All invitations"))


def _hours(left: dt.timedelta) -> str:
    hours = max(1, int(left.total_seconds() // 3600))
    return ngettext("%(n)d hour left", "%(n)d hours left", hours) % {"n": hours}
