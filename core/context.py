"""What the shell of every page needs. No queries here: it also runs for error pages."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


def portal(request: HttpRequest) -> dict[str, Any]:
    """Name of the portal, its languages, theme chosen by the reader, and what the trial banner says."""
    chosen = request.COOKIES.get(THEME_COOKIE, "auto")
    return {
        "portal_name": settings.PORTAL_NAME,
        "languages": settings.LANGUAGES,  # each in its own words, whatever the language of the page
        "theme": chosen if chosen in THEMES else "auto",
        "trial": settings.TRIAL,
        "trial_mail_url": settings.PORTAL_MAIL_URL if settings.TRIAL else "",
    }
