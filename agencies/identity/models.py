"""Identity providers of agencies, and which of their accounts is who."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from accounts.entrances import Entrance
from agencies.models import Agency, Row
from core import vault
from core.access import can
from core.audit import audited
from core.dates import today

CHANGE = "agencies.change_identity_provider"
PURPOSE = "identity-provider"
SECRET_CHANGED = "secret_changed"  # noqa: S105
SECRET_MOMENTS = {SECRET_CHANGED: _("client secret changed")}
KIND = "agency"  # our provider's name with allauth
# What a provider says in `amr` (RFC 8176) or `acr` when it asked for a second factor.
FACTOR_METHODS = frozenset({"mfa"})
FACTOR_CLASSES = frozenset(
    {"https://refeds.org/profile/mfa", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"}
)


class IdentityProviderQuerySet(models.QuerySet["IdentityProvider"]):
    """Identity providers."""

    def visible_to(self, user: Any) -> Self:
        """All for whoever keeps them, else none."""
        return self if can(user, CHANGE) else self.none()

    def enabled(self) -> Self:
        """Those by which people may come in today, with the names of their agencies."""
        day = today()
        agencies = models.Prefetch("agency", Agency.objects.named_on(day))
        return self.filter(is_on=True, agency__in=Agency.objects.on(day)).prefetch_related(agencies)


def callback_of(pk: object) -> str:
    """Where the provider with this id sends people back to; never built from the host that a request claims."""
    return f"{settings.PORTAL_URL}{reverse('identity:callback', args=[pk])}"


@audited(exclude=["secret"], moments=SECRET_MOMENTS)
class IdentityProvider(Row):
    """Where the people of an agency sign in. The portal is its client; the secret is kept encrypted and never shown."""

    agency = models.OneToOneField(Agency, on_delete=models.PROTECT, related_name="identity_provider")
    issuer = models.URLField(
        _("issuer"), help_text=_("Its address as the provider itself writes it, for example https://id.example.org.")
    )
    client_id = models.CharField(_("client ID"), max_length=200)
    secret = models.TextField(editable=False)
    domains = models.TextField(
        _("e-mail domains"), help_text=_("For whose addresses it may vouch, one domain a line, without @.")
    )
    trusts_factor = models.BooleanField(
        _("Its second factor is enough"),
        default=False,
        help_text=_("When it says, signed, that it asked for a second factor, the portal does not ask for its own."),
    )
    is_on = models.BooleanField(_("People may sign in with it"), default=False)

    objects = IdentityProviderQuerySet.as_manager()

    def __str__(self) -> str:
        return self.issuer

    @property
    def origin(self) -> str:
        """Scheme and host: all that the portal ever asks of it lies there."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def callback_url(self) -> str:
        """Where the provider sends people back to; it has to know this address."""
        return callback_of(self.pk)

    @property
    def agency_name(self) -> str:
        """As its people call it."""
        return str(getattr(self.agency, "acronym", "") or getattr(self.agency, "name", "") or self.agency)

    def may_vouch_for(self, address: str) -> bool:
        """Whether the address lies in one of its domains."""
        return address.rpartition("@")[2].lower() in self.domains.split()

    def gave_factor(self, claims: Mapping[str, Any]) -> bool:
        """Whether it is trusted for a second factor and says that it asked for one. `claims` are those of the signed token."""
        methods = claims.get("amr")
        given = set(methods) if isinstance(methods, list) else set()
        return self.trusts_factor and (bool(given & FACTOR_METHODS) or claims.get("acr") in FACTOR_CLASSES)

    def as_app(self) -> SocialApp:
        """As allauth wants to know it; never saved."""
        return SocialApp(
            provider=KIND,
            provider_id=str(self.pk),
            name=self.agency_name,
            client_id=self.client_id,
            secret=vault.unlock(PURPOSE, self.secret),
            settings={"server_url": self.issuer},
        )


@audited(exclude=["subject"])
class Identity(Row):
    """An account at a provider is this person: bound by issuer and subject the first time, whatever its address is later."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities")
    issuer = models.URLField(_("issuer"))
    subject = models.CharField(_("subject"), max_length=255)
    bound_at = models.DateTimeField(_("bound"), default=timezone.now)

    class Meta:
        ordering = ("bound_at",)
        constraints = (
            models.UniqueConstraint(fields=("issuer", "subject"), name="identity_is_one_person"),
            models.UniqueConstraint(fields=("issuer", "person"), name="identity_once_for_a_person"),
        )

    def __str__(self) -> str:
        return self.subject


def offered() -> Iterator[Entrance]:
    """The buttons of the sign-in page."""
    for provider in sorted(IdentityProvider.objects.enabled(), key=lambda row: row.agency_name):
        label = now("Sign in with %(agency)s") % {"agency": provider.agency_name}
        yield Entrance(label, reverse("identity:start", args=[provider.pk]), provider.origin)
