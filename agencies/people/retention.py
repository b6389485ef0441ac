"""What the portal keeps about a person, for what purpose and how long: the one place in which the periods are set."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Since the last seat or role ended; for whoever never had one, since they are known.
AFTER_LAST_SEAT = dt.timedelta(days=365)
# Since an invitation that nobody accepted ran out or was taken back.
AFTER_INVITATION = dt.timedelta(days=90)
# Since somebody answered a letter by e-mail: their name and address, not what they wrote for their office.
AFTER_REPLY = AFTER_LAST_SEAT


@dataclass(frozen=True)
class Kept:
    """One sort of data about a person."""

    what: str | _StrPromise
    purpose: str | _StrPromise
    until: str | _StrPromise


DAYS, INVITATION_DAYS = AFTER_LAST_SEAT.days, AFTER_INVITATION.days
AFTERWARDS = format_lazy(
    _("Until {days} days after your last seat or role ended, unless you have a new one by then."), days=DAYS
)

KEPT = {
    "contact": Kept(
        _("Address and settings"),
        _("To sign you in, to write to you, to show pages in your language and time."),
        AFTERWARDS,
    ),
    "function": Kept(
        _("Name and function"),
        _("To say who speaks and spoke for an agency, and who did what."),
        _("As long as the register: the seats you held name you as its former focal point."),
    ),
    "seats": Kept(
        _("Seats and roles"),
        _("Your rights follow from them; the register shows who spoke for an agency on a day."),
        _("As long as the register."),
    ),
    "absences": Kept(_("Absences"), _("To remind your alternate while you are away, and to say so."), AFTERWARDS),
    "mail": Kept(
        _("Mail that the portal sent you"),
        _("To know what was sent, and not to send it twice."),
        format_lazy(
            _(
                "Its address and text: until {days} days after your last seat or role. That it was sent, and when, stays."
            ),
            days=DAYS,
        ),
    ),
    "invitation": Kept(
        _("Invitations"),
        _("To know by whom you were invited, and as what."),
        format_lazy(
            _("The address as above; an invitation that nobody accepts is deleted {days} days after it ran out."),
            days=INVITATION_DAYS,
        ),
    ),
    "corrections": Kept(_("Requests for correction"), _("To answer them."), AFTERWARDS),
    "factors": Kept(_("Second factors"), _("To be sure that it is you who signs in."), AFTERWARDS),
    "identities": Kept(
        _("Your agency’s own sign-in"), _("To know you again when your agency’s provider says who you are."), AFTERWARDS
    ),
    "sessions": Kept(_("Where you are signed in"), _("So that you see and end it."), _("Until the session ends.")),
    "history": Kept(
        _("What happened to your account"),
        _("Security: sign-ins with their network address, and changes to your account."),
        _("As long as the audit, which nobody can change. It holds no e-mail address."),
    ),
}
