"""Forms of signing in and of the profile."""

import zoneinfo
from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User

PASSWORD_HELP = _("At least 15 characters. Four or five unrelated words are easy to keep in mind and hard to guess.")
REGIONS = frozenset({"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"})


class Plain(forms.BaseForm):
    """Words of the portal instead of the library's, and no placeholders: they vanish when one begins to type."""

    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name == "code":
                field.widget.attrs |= {"inputmode": "numeric", "class": "govuk-input--width-10"}
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")


class LoginForm(Plain, account.LoginForm):  # type: ignore[misc]
    """Sign in."""

    labels = {"login": _("E-mail address")}


class ResetPasswordForm(Plain, account.ResetPasswordForm):  # type: ignore[misc]
    """Ask for a link to set a new password. The answer is the same for every address."""

    labels = {"email": _("E-mail address")}
    users: list[User]

    def clean_email(self) -> str:
        """Only who was here before gets a link: whoever is only written down comes in by invitation."""
        email: str = super().clean_email()
        self.users = [user for user in self.users if user.may_sign_in and user.has_usable_password()]
        return email


class ResetPasswordKeyForm(Plain, account.ResetPasswordKeyForm):  # type: ignore[misc]
    """Set a new password with such a link."""

    labels = {"password1": _("New password"), "password2": _("New password, again")}
    hints = {"password1": PASSWORD_HELP}


class ChangePasswordForm(Plain, account.ChangePasswordForm):  # type: ignore[misc]
    """Change the password."""

    labels = {"oldpassword": _("Current password")} | ResetPasswordKeyForm.labels
    hints = {"password1": PASSWORD_HELP}


class ReauthenticateForm(Plain, account.ReauthenticateForm):  # type: ignore[misc]
    """Say again who you are, by password."""


class AuthenticateForm(Plain, mfa.AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""

    labels = {"code": _("Code")}
    hints = {"code": _("Six digits from your authenticator app, or one of your recovery codes.")}


class ReauthenticateFactorForm(Plain, mfa.ReauthenticateForm):  # type: ignore[misc]
    """Say again who you are, by second factor."""

    labels = AuthenticateForm.labels
    hints = AuthenticateForm.hints


class ActivateTOTPForm(Plain, totp.ActivateTOTPForm):  # type: ignore[misc]
    """Set up an authenticator app."""

    labels = {"code": _("Code")}
    hints = {"code": _("The six digits that the app shows now.")}


class AddPasskeyForm(Plain, webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """Add a passkey or a security key."""

    labels = {"name": _("Name of this passkey"), "passwordless": _("Sign in with this passkey alone")}
    hints = {
        "name": _("So that you tell it from others, for example “Work laptop”."),
        "passwordless": _("The device then asks for its PIN, your finger or your face, and no password is needed."),
    }


class EditPasskeyForm(Plain, webauthn.EditWebAuthnForm):  # type: ignore[misc]
    """Rename a passkey."""

    labels = {"name": _("Name of this passkey")}


class SetPasswordForm(Plain, account.SetPasswordForm):  # type: ignore[misc]
    """Set a first password."""

    labels = ResetPasswordKeyForm.labels
    hints = {"password1": PASSWORD_HELP}


def time_zones() -> list[tuple[str, str]]:
    """Time zones named after a city, by region, and UTC."""
    cities = sorted(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in REGIONS)
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in cities)]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person says of themselves."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)

    class Meta:
        model = User
        fields = ("name", "functional_title", "language", "time_zone")
        help_texts = {
            "functional_title": _("As it should stand in letters and lists, for example “Programme Officer”."),
            "language": _("The language of pages and mails. What is not translated yet stays in English."),
        }
