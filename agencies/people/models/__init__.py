"""What is known of people besides their seats and roles: invitations, the mail they want."""

from agencies.people.models.corrections import Correction, CorrectionQuerySet
from agencies.people.models.invitations import OPEN_FOR, Invitation, InvitationQuerySet, Standing
from agencies.people.models.mail import MailChoice, Rhythm

__all__ = [
    "OPEN_FOR",
    "Correction",
    "CorrectionQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "MailChoice",
    "Rhythm",
    "Standing",
]
