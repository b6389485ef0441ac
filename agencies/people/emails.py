"""The mail of an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from core import outbox, tokens

if TYPE_CHECKING:
    from agencies.people.models import Invitation

PURPOSE = "invitation"


def link(invitation: Invitation) -> str:
    """The address at which the newest mail of this invitation is answered."""
    token = tokens.seal(PURPOSE, invitation.pk, invitation.version)
    return f"{settings.PORTAL_URL}{reverse('people:join', args=[token])}"


def send_invitation(invitation: Invitation) -> None:
    """Queue the mail, inside the caller's transaction."""
    context = {"invitation": invitation, "link": link(invitation), "portal_name": settings.PORTAL_NAME}
    outbox.enqueue(
        key=f"invitation:{invitation.pk}:{invitation.version}",
        to=invitation.email,
        subject=_("Invitation to the %(portal)s") % {"portal": settings.PORTAL_NAME},
        text=render_to_string("emails/invitation.txt", context),
    )
