"""The settings of an identity provider."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from requests import RequestException

from agencies.identity.issuer import Untrue, discover
from agencies.identity.models import IdentityProvider
from agencies.identity.reaching import lies_nearby

MISSING = _("Type the secret that this provider gave the portal.")
DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


class IdentityProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the agency's help desk tells an administrator. The secret goes in and never comes out again."""

    issuer = forms.CharField(
        label=_("Issuer"), help_text=IdentityProvider._meta.get_field("issuer").help_text, max_length=200
    )
    new_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        strip=False,
        max_length=500,
        error_messages={"required": MISSING},
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = IdentityProvider
        fields = ("issuer", "client_id", "domains", "trusts_factor", "is_on")
        widgets = {"domains": forms.Textarea(attrs={"rows": 3})}

    field_order = ("issuer", "client_id", "new_secret", "domains", "trusts_factor", "is_on")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.before = self.instance.issuer
        self.fields["new_secret"].required = not self.instance.secret
        if self.instance.secret:
            self.fields["new_secret"].help_text = _("One is kept; it is not shown. Leave this empty to keep it.")

    def clean_issuer(self) -> str:
        """An address without anything behind it; https, unless the portal itself runs on one's own machine."""
        issuer = str(self.cleaned_data["issuer"]).strip()
        schemes = ("https://",) if settings.SECURE else ("https://", "http://")
        if not issuer.startswith(schemes) or any(mark in issuer for mark in "?#@ "):
            raise ValidationError(_("This is no address of a provider. It begins with https://, as in the example."))
        if lies_nearby(issuer):
            raise ValidationError(
                _("This address lies in a network of the portal’s own house: the portal does not ask there.")
            )
        return issuer

    def clean_domains(self) -> str:
        """One domain a line, in small letters."""
        domains = [line.strip().lower().removeprefix("@") for line in self.cleaned_data["domains"].split()]
        for domain in domains:
            if not DOMAIN.fullmatch(domain):
                raise ValidationError(_("%(domain)s is no domain.") % {"domain": domain})
        return "\n".join(dict.fromkeys(domains))

    def clean(self) -> dict[str, Any]:
        """A secret belongs to its issuer; a provider that is turned on answers."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        issuer = data.get("issuer")
        if issuer and not data.get("new_secret") and self.before not in ("", issuer):
            self.add_error("new_secret", MISSING)
        if issuer and data.get("is_on") and not self.errors:
            self._ask(issuer)
        return data

    def _ask(self, issuer: str) -> None:
        try:
            self.cleaned_data["issuer"] = discover(issuer)["issuer"]
        except Untrue:
            self.add_error("issuer", _("What answers there is no provider with this issuer. Copy it exactly."))
        except RequestException:
            self.add_error("issuer", _("Nothing answers there. Look whether it is right, or save it turned off."))
