"""Signing in by an agency's identity provider, and the page on which an administrator sets one up."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from accounts.current import person
from accounts.decorators import fresh_sign_in_required
from agencies.identity import actions
from agencies.identity.adapter import away, find, refusal
from agencies.identity.forms import IdentityProviderForm
from agencies.identity.models import CHANGE, IdentityProvider
from agencies.identity.provider import AgencyProvider, Conversation
from agencies.models import Agency
from core.access import get_or_404
from core.dates import today
from core.forms import form_page, posted
from core.history import history_of


@login_not_required
@require_POST
def start(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send the browser to the provider."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    provider = find(str(pk))
    if provider is None:
        return refusal(request, _off())
    too_often: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
    if too_often:
        return too_often
    try:
        return AgencyProvider(request, provider.as_app()).begin(request, get_next_redirect_url(request))
    except (RequestException, OAuth2Error):
        return refusal(request, away(provider.agency_name))


@login_not_required
@require_safe
def callback(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The provider sends the browser back with its answer."""
    try:
        answered: HttpResponseBase = OAuth2CallbackView.adapter_view(Conversation(request, str(pk)))(request)
    except SocialApp.DoesNotExist:
        return refusal(request, _off())
    return answered


def _off() -> str:
    return _("This way to sign in is not open. Sign in with your password or a passkey.")


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in_required
@sensitive_post_parameters("new_secret")
def provider_page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Set up, change, turn on or off the identity provider of an agency."""
    agency = _agency(request, pk)
    provider = IdentityProvider.objects.filter(agency=agency).first() or IdentityProvider(agency=agency)
    form = IdentityProviderForm(posted(request), instance=provider)
    if request.method == "POST" and form.is_valid():
        actions.keep(provider=form.save(commit=False), secret=form.cleaned_data["new_secret"], by=person(request))
        messages.success(request, _("The identity provider is saved."))
        return redirect("identity:provider", pk=pk)
    saved = not provider._state.adding  # noqa: SLF001
    context: dict[str, Any] = {
        "agency": agency,
        "provider": provider,
        "identities": actions.bound(provider) if saved else [],
        "changes": history_of(request, provider) if saved else None,
    }
    return form_page(request, "identity/provider.html", form, context)


@require_POST
@fresh_sign_in_required
def unbind(request: HttpRequest, pk: uuid.UUID, identity: uuid.UUID) -> HttpResponse:
    """Forget which account at the provider a person has."""
    provider = IdentityProvider.objects.filter(agency=_agency(request, pk)).first()
    found = next((one for one in actions.bound(provider) if one.pk == identity), None) if provider else None
    if found is None:
        raise Http404
    actions.unbind(identity=found, by=person(request))
    messages.success(request, _("The account of %(person)s is unbound.") % {"person": found.person})
    return redirect("identity:provider", pk=pk)


def _agency(request: HttpRequest, pk: uuid.UUID) -> Agency:
    agency: Agency = get_or_404(request.user, CHANGE, Agency.objects.named_on(today()), pk=pk)
    return agency
