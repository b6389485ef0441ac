"""All that the portal keeps about one person, sorted as in `retention.py`: for the page, and to take along."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accounts.models import User
from agencies.models import Absence, Agency, FocalPoint
from agencies.people.models import Invitation, MailChoice
from agencies.people.retention import KEPT, Kept
from core.audit import WORDS
from core.dates import long_date, today
from core.models import OutgoingMessage
from core.words import long_moment, period

Row = dict[str, str]


@dataclass(frozen=True)
class Section:
    """One sort of data with its entries: each a few names with values in words."""

    key: str
    kept: Kept
    rows: list[Row]


def record_of(person: User) -> list[Section]:
    """Everything, in the order of `KEPT`."""
    return [Section(key, kept, [_plain(row) for row in ROWS[key](person)]) for key, kept in KEPT.items()]


def as_json(sections: Iterable[Section]) -> str:
    """For machines."""
    told = [
        {
            "what": str(one.kept.what),
            "purpose": str(one.kept.purpose),
            "kept": str(one.kept.until),
            "entries": one.rows,
        }
        for one in sections
    ]
    return json.dumps(told, ensure_ascii=False, indent=2)


def as_text(sections: Iterable[Section]) -> str:
    """For people."""
    return "\n".join(line for one in sections for line in _lines(one))


def _lines(one: Section) -> Iterable[str]:
    yield from (f"# {one.kept.what}", f"{one.kept.purpose}", f"{one.kept.until}", "")
    for row in one.rows:
        yield "; ".join(f"{name}: {value}" for name, value in row.items())
    yield ""


def _plain(row: dict[str, Any]) -> Row:
    return {str(name): str(value) for name, value in row.items() if value not in (None, "")}


def _contact(person: User) -> Iterable[dict[str, Any]]:
    yield {
        _("E-mail address"): person.email,
        _("Language"): person.get_language_display(),
        _("Time zone"): person.time_zone,
        _("Here since"): long_date(person.date_joined.date()),
        _("Last sign-in"): long_moment(person.last_login) if person.last_login else "",
    }
    for choice in MailChoice.objects.filter(person=person):
        yield {_("Reminders of what is due later"): choice.get_rhythm_display()}


def _function(person: User) -> Iterable[dict[str, Any]]:
    yield {_("Name"): person.name, _("Functional title"): person.functional_title}


def _seats(person: User) -> Iterable[dict[str, Any]]:
    agencies = Prefetch("agency", Agency.objects.named_on(today()))
    for seat in FocalPoint.objects.filter(person=person).for_list().prefetch_related(agencies):
        said = {"seat": seat.get_capacity_display(), "agency": seat.agency}
        yield {
            _("Seat"): _("%(seat)s of %(agency)s") % said,
            _("Mechanism"): seat.mechanism,
            _("Holds"): period(seat.first_day, seat.last_day),
        }
    for role in person.role_assignments.select_related("given_by").order_by("valid"):
        days = period(role.first_day, role.last_day)
        yield {_("Role"): role.get_role_display(), _("Holds"): days, _("Given by"): role.given_by}


def _absences(person: User) -> Iterable[dict[str, Any]]:
    for absence in Absence.objects.filter(person=person).for_list():
        yield {_("Absent"): period(absence.first_day, absence.last_day), _("Alternate"): absence.alternate}


def _mail(person: User) -> Iterable[dict[str, Any]]:
    for message in OutgoingMessage.objects.filter(to__iexact=person.email).order_by("-created_at"):
        yield {
            _("Queued"): long_moment(message.created_at),
            _("Subject"): message.subject,
            _("State"): message.get_state_display(),
        }


def _invitation(person: User) -> Iterable[dict[str, Any]]:
    agencies = Prefetch("agency", Agency.objects.named_on(today()))
    for one in Invitation.objects.filter(accepted_by=person).select_related("invited_by").prefetch_related(agencies):
        yield {_("As"): one.offer, _("Invited by"): one.invited_by, _("Sent"): long_moment(one.sent_at)}


def _corrections(person: User) -> Iterable[dict[str, Any]]:
    for one in person.corrections.order_by("-asked_at"):
        yield {_("Asked"): long_moment(one.asked_at), _("Request"): one.text, _("Answer"): one.answer}


def _factors(person: User) -> Iterable[dict[str, Any]]:
    for one in Authenticator.objects.filter(user_id=person.pk).order_by("created_at"):
        used = long_moment(one.last_used_at) if one.last_used_at else ""
        yield {_("Kind"): one.get_type_display(), _("Set up"): long_moment(one.created_at), _("Last used"): used}


def _identities(person: User) -> Iterable[dict[str, Any]]:
    for one in person.identities.all():
        yield {_("Provider"): one.issuer, _("Known there as"): one.subject, _("Since"): long_moment(one.bound_at)}


def _sessions(person: User) -> Iterable[dict[str, Any]]:
    for one in UserSession.objects.filter(user=person).order_by("-last_seen_at"):
        yield {_("Since"): long_moment(one.created_at), _("Network address"): one.ip, _("Browser"): one.user_agent}


def _history(person: User) -> Iterable[dict[str, Any]]:
    events: Any = person.events  # type: ignore[attr-defined]
    for event in events.order_by("-pgh_created_at", "-pgh_id"):
        yield {
            _("When"): long_moment(event.pgh_created_at),
            _("What"): WORDS.get(event.pgh_label, event.pgh_label),
            _("Network address"): (event.pgh_context or {}).get("address"),
        }


ROWS: dict[str, Callable[[User], Iterable[dict[str, Any]]]] = {
    "contact": _contact,
    "function": _function,
    "seats": _seats,
    "absences": _absences,
    "mail": _mail,
    "invitation": _invitation,
    "corrections": _corrections,
    "factors": _factors,
    "identities": _identities,
    "sessions": _sessions,
    "history": _history,
}
