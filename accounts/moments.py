"""What happens around signing in and belongs to a person's history though it changes no field of theirs."""

from django.utils.translation import gettext_lazy as _

SIGNED_IN = "signed_in"
SIGNED_OUT = "signed_out"
SIGN_IN_FAILED = "sign_in_failed"
PASSWORD_CHANGED = "password_changed"  # noqa: S105
FACTOR_ADDED = "factor_added"
FACTOR_REMOVED = "factor_removed"
FACTOR_FAILED = "factor_failed"
CODES_MADE = "codes_made"
SESSIONS_ENDED = "sessions_ended"
CONTACT_EXPIRED = "contact_expired"
IDENTITY_BOUND = "identity_bound"
IDENTITY_UNBOUND = "identity_unbound"
AUDIT_SAVED = "audit_saved"
GLASS_BROKEN = "glass_broken"
GLASS_LOOKED = "glass_looked"
GLASS_CHANGED = "glass_changed"

MOMENTS = {
    SIGNED_IN: _("signed in"),
    SIGNED_OUT: _("signed out"),
    SIGN_IN_FAILED: _("a wrong password was given"),
    PASSWORD_CHANGED: _("password changed"),
    FACTOR_ADDED: _("second factor set up"),
    FACTOR_REMOVED: _("second factor removed"),
    FACTOR_FAILED: _("a wrong second factor was given"),
    CODES_MADE: _("recovery codes made"),
    SESSIONS_ENDED: _("sessions ended"),
    CONTACT_EXPIRED: _("contact data removed by rule"),
    IDENTITY_BOUND: _("account of the agency bound"),
    IDENTITY_UNBOUND: _("account of the agency unbound"),
    AUDIT_SAVED: _("saved a copy of the audit"),
    GLASS_BROKEN: _("signed in as superuser"),
    GLASS_LOOKED: _("opened a page of the emergency admin"),
    GLASS_CHANGED: _("sent a form of the emergency admin"),
}
