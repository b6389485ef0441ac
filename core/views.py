"""Pages of the ground: refused forms, reports of the browser."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came back without its token: say so, and how to go on."""
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
