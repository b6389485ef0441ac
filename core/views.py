"""Pages of the ground: refused forms, reports of the browser and of the mail provider, the reader's theme."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core import providers
from core.context import THEME_COOKIE, THEMES

log = logging.getLogger("portal.csp")
LONGEST_REPORT = 8192  # bytes
YEAR = 365 * 24 * 3600  # seconds


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came back without its token: say so, and how to go on."""
    return render(request, "403_csrf.html", {"reason": reason}, status=403)


@csrf_exempt  # browsers send reports on their own, without a token
@login_not_required
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log what a browser refused because of the Content-Security-Policy. Anybody can send one: it is kept short."""
    log.warning("refused by the browser: %r", request.read(LONGEST_REPORT))
    return HttpResponse(status=204)


@csrf_exempt  # the provider proves itself by its secret
@login_not_required
@require_POST
def mail_events(request: HttpRequest) -> HttpResponseBase:
    """The mail provider reports what became of messages; where none is set, nobody listens."""
    return providers.heard(request) or HttpResponse(status=204)


@login_not_required
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the reader's choice of light, dark or the system's own in a cookie, and go back."""
    response = HttpResponseRedirect(_back(request))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=YEAR, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
    return response


def _back(request: HttpRequest) -> str:
    """The page that the reader came from, if it is one of ours."""
    given = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure())
    return given if safe else "/"
