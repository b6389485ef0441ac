"""Breaking the glass: whoever comes in as a superuser is written down at every step, and the auditors are told."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import auditors, moments
from core.audit import note

if TYPE_CHECKING:
    from accounts.models import User

WORDS = {
    moments.GLASS_BROKEN: _("A superuser signed in"),
    moments.GLASS_LOOKED: _("The emergency admin is in use"),
    moments.GLASS_CHANGED: _("A form of the emergency admin was sent"),
}


def write_down(user: User, moment: str, *, address: str, page: str = "") -> None:
    """Into the person's history, and by mail to the auditors: at once, but of pages that are only read once an hour."""
    note(user, moment, by=user, address=address, page=page)
    now = timezone.now()
    once = f"{user.pk}:{now:%Y-%m-%d-%H}" if moment == moments.GLASS_LOOKED else str(uuid.uuid4())
    context = {"person": user, "moment": now, "address": address, "page": page, "what": WORDS[moment]}
    auditors.tell(f"{moment}:{once}", WORDS[moment], "emails/glass.txt", **context)
