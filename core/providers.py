"""Providers of mail that report by webhook what came back: their reports are read by django-anymail.

Mail goes to a provider by SMTP like to any relay. A header of the provider's own carries the token of the message's return path,
and its reports bring it back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from django.views import View

KEY = "message"  # under this name the token travels


@dataclass(frozen=True)
class Provider:
    """The header that comes back with reports, how its value is written, and anymail's view that reads them."""

    header: str
    written: Callable[[str], str]
    view: str


def _as_json(token: str) -> str:
    return json.dumps({KEY: token}, separators=(",", ":"))


PROVIDERS = {
    "brevo": Provider("X-Mailin-custom", _as_json, "anymail.webhooks.brevo.BrevoTrackingWebhookView"),
    "mailjet": Provider("X-MJ-EventPayload", _as_json, "anymail.webhooks.mailjet.MailjetTrackingWebhookView"),
    "postmark": Provider(f"X-PM-Metadata-{KEY}", str, "anymail.webhooks.postmark.PostmarkTrackingWebhookView"),
}


def headers(token: str) -> Iterator[tuple[str, str]]:
    """What a message carries so that the provider's reports name it; nothing where none is set."""
    if provider := PROVIDERS.get(settings.MAIL_PROVIDER):
        yield provider.header, provider.written(token)


def heard(request: HttpRequest) -> HttpResponseBase | None:
    """Take a report of the provider, which must know the secret; None where no provider or no secret is set."""
    provider = PROVIDERS.get(settings.MAIL_PROVIDER)
    if provider is None or not settings.MAIL_EVENTS_SECRET:
        return None
    view: View = import_string(provider.view)(webhook_secret=settings.MAIL_EVENTS_SECRET)
    view.setup(request)
    return view.dispatch(request)
