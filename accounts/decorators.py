"""For views that do something grave."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts import sessions

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
SAFE = ("GET", "HEAD", "OPTIONS")


def fresh_sign_in_required(view: View) -> View:
    """Ask again who you are, unless you said so in the last fifteen minutes, then lead back to the page one came from.

    What was posted is not done, and the page says so. Whoever has neither password nor second factor of ours signs in anew.
    """
    asking: Any = reauthentication_required(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        ways = get_adapter().get_reauthentication_methods(request.user)
        if not ways and not sessions.is_fresh(request.session):
            return _ask(request, settings.LOGIN_URL)
        try:
            answer: HttpResponseBase = asking(request, *args, **kwargs)
        except ReauthenticationRequired:
            return _ask(request, ways[0]["url"])
        return answer

    return guarded  # type: ignore[return-value]


def fresh_sign_in_to_export(view: View) -> View:
    """A list that everyone who may see it reads at any time, but takes away as a file only after a fresh sign-in."""
    guarded = fresh_sign_in_required(view)

    @wraps(view)
    def listed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (guarded if request.GET.get("format") else view)(request, *args, **kwargs)

    return listed  # type: ignore[return-value]


def fresh_sign_in_to_send(view: View) -> View:
    """A page that everyone who may see it reads at any time, but sends only after a fresh sign-in."""
    guarded = fresh_sign_in_required(view)

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (view if request.method in SAFE else guarded)(request, *args, **kwargs)

    return shown  # type: ignore[return-value]


def _ask(request: HttpRequest, way: str) -> HttpResponse:
    """To the page that asks who one is, and from there back to the form."""
    page = _page_of(request)
    if way == settings.LOGIN_URL:
        logout(request)
    if request.method not in SAFE:
        messages.warning(request, _("Nothing has been done yet. Confirm that it is you, then send it again."))
    return redirect_to_login(page, way)


def _page_of(request: HttpRequest) -> str:
    """Where the request comes from: itself when it only looks, else the page with its button."""
    if request.method in SAFE:
        return request.get_full_path()
    page = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    parts = urlsplit(page)
    return urlunsplit(("", "", parts.path, parts.query, "")) if ours else settings.LOGIN_REDIRECT_URL
