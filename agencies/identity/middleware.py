"""A session that began at an identity provider lasts only as long as the provider would let its person in."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from accounts.current import person
from agencies.identity import actions
from core.dates import today

CAME_BY = "came_in_by"


def remember(request: HttpRequest, provider: object, person: object) -> None:
    """The person comes in by the provider now; both by their id."""
    request.session[CAME_BY] = [str(provider), str(person)]


class OwnPeopleOnly:
    """Whoever was given a role of the house or a seat of another agency since, or whose provider was turned off, signs in anew."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Ask again, and say why not. Sessions that began otherwise are not asked about."""
        if not request.user.is_authenticated or CAME_BY not in request.session:
            return self.get_response(request)
        provider, known = request.session[CAME_BY]
        if known != str(request.user.pk):  # gave up half way, and then somebody signed in otherwise
            return self.get_response(request)
        reason = actions.no_longer(provider, person(request), today())
        if not reason:
            return self.get_response(request)
        logout(request)
        messages.warning(request, reason)
        return redirect(settings.LOGIN_URL)
