"""What holds for every request of a signed-in person: limits of the session, the second factor, language and time zone."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import sessions
from accounts.factors import needs_factor
from core.forms import UNPROCESSABLE

Answer = Callable[[HttpRequest], HttpResponseBase]


class SessionLimits:
    """Ends a session that has lasted or rested too long, before its request does anything."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Sign out and say why, or note that the person is there."""
        if request.user.is_authenticated:
            if sessions.is_over(request.session):
                logout(request)
                messages.info(request, _("You were signed out because your session was over. Sign in to go on."))
            else:
                sessions.touch(request.session)
        return self.get_response(request)


class SecondFactorWall:
    """Whoever has no second factor yet sees no page but those that set one up."""

    DOORS = frozenset(
        {"accounts:second_factor", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "account_logout"}
    )

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; the check needs to know the view."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Lead to the set-up page, unless the page is open to everyone or is a door to a second factor."""
        if not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if request.resolver_match and request.resolver_match.view_name in self.DOORS:
            return None
        if sessions.is_vouched(request.session, request.user):
            return None
        return redirect("accounts:second_factor") if needs_factor(request.user) else None


class PersonalSettings:
    """A signed-in person reads in their own language and time zone."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Activate both for this request only."""
        if not request.user.is_authenticated:
            return self.get_response(request)
        request.LANGUAGE_CODE = request.user.language
        with translation.override(request.user.language), timezone.override(zone(request.user.time_zone)):
            return self.get_response(request)


class RefusedForms:
    """A form that comes back with errors has status 422; the sign-in library would say 200."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on."""
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        """Look at the form before the page is drawn."""
        form = (response.context_data or {}).get("form")
        if request.method == "POST" and response.status_code == 200 and getattr(form, "errors", None):
            response.status_code = UNPROCESSABLE
        return response


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of that name; UTC where the system does not know it."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")
