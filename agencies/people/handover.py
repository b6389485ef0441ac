"""Handing over a seat in one step: who leaves, who follows, what goes on with the successor, and the invitation to sign in."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.current import person
from accounts.decorators import fresh_sign_in_required
from accounts.models import User
from accounts.roles import SEAT_ROLES
from agencies.forms import HandOverForm
from agencies.models import Agency, FocalPoint, Obligation
from agencies.people import actions
from agencies.people.access import INVITE
from agencies.views.edits import Effects, answered
from agencies.views.seats import FOCAL_POINT, editing
from agencies.views.shown import language
from core.access import can, get_or_404
from core.dates import long_date, today
from core.forms import posted


@editing
@fresh_sign_in_required
def hand_over(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a seat to another person from a day on; an administrator does, or the agency's principal for its own seats."""
    seat: FocalPoint = get_or_404(request.user, FOCAL_POINT, FocalPoint.objects.for_list(), pk=pk)
    agency = Agency.objects.named_on(today(), language()).get(pk=seat.agency_id)
    form = HandOverForm(posted(request), by=request.user, seat=seat)
    return answered(
        request,
        form,
        lambda by: actions.hand_over(seat=seat, by=by, now=timezone.now(), **form.cleaned_data),
        title=_("Hand over the seat of %(person)s") % {"person": seat.person},
        lead=f"{seat.get_capacity_display()}, {agency}, {seat.mechanism}",
        back=seat.mechanism.get_absolute_url(),
        done=_("The seat is handed over."),
        warning=lambda: _("%(person)s loses what this seat allows on that day.") % {"person": seat.person},
        effects=lambda: [
            *_goes_on(request.user, seat, form.cleaned_data["name"]),
            *_is_let_in(person(request), form.cleaned_data),
            *_stays_behind(request.user, seat),
        ],
    )


def _goes_on(user: Any, seat: FocalPoint, successor: str) -> Effects:
    """What the agency owes, as far as the reader may see it: it waits for whoever holds the seat."""
    if seat.capacity not in SEAT_ROLES:
        return []
    here = Q(mechanism=seat.mechanism_id) | Q(mechanism=None)
    owed = Obligation.objects.visible_to(user).open().filter(here, agency=seat.agency_id).for_list()
    lines = [_("%(what)s, due on %(day)s") % {"what": one.what, "day": long_date(one.due_on)} for one in owed]
    rest = (
        _("Whatever else the agency owes here, and its reminders.")
        if lines
        else _("What the agency owes, and its reminders.")
    )
    return [(_("Goes on with %(person)s") % {"person": successor}, [*lines, rest])]


def _is_let_in(by: User, wanted: dict[str, Any]) -> Effects:
    how = actions.letting_in(wanted["email"], wanted=wanted["let_in"], by=by)
    return [(_("How %(person)s comes in") % {"person": wanted["name"]}, [str(how.label)])]


def _stays_behind(user: Any, seat: FocalPoint) -> Effects:
    """Invitations whose links end with the right to invite."""
    if not can(user, INVITE, seat) or not (sent := actions.sent_by(seat)):
        return []
    heading = _("Invitations of %(person)s that stop working: send again those that still hold") % {
        "person": seat.person
    }
    return [(heading, [f"{one.name}, {one.email}" for one in sent])]
