"""What is asked of every request, and the headers of every answer that Django gives."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from pghistory.middleware import HistoryMiddleware

from core.logs import without_keys

HEADERS = {
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


class Utf8Only:
    """Refuses a request that says it is written in anything else: other codecs give what no text may hold, or stumble."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Before anything of its body is read."""
        said = (request.content_params or {}).get("charset", "utf-8")
        if said.lower() not in {"utf-8", "utf8"}:
            raise BadRequest
        return self.get_response(request)


class HistoryWithoutKeys(HistoryMiddleware):
    """Notes with each change who made it and on which page. What is kept for ever holds no key to the page."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """Person and address."""
        return {**super().get_context(request), "url": without_keys(request.path)}


class PrivateByDefault:
    """No cache keeps an answer and no search engine lists it, unless the view itself says otherwise.

    Static files never come here: WhiteNoise answers them earlier and lets caches keep them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add each header that the view did not set."""
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
