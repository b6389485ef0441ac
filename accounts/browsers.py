"""What a browser calls itself, in words that its owner knows it by."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

# In this order: many claim to be those that stand after them.
BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)\S* (?:Mobile/\S+ )?Safari/"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows NT"),
    ("ChromeOS", "CrOS"),
    ("macOS", "Mac OS X"),
    ("Linux", "Linux|X11"),
)


def name_of(user_agent: str) -> str:
    """“Firefox 140 on Windows”; what is unknown stays as it is."""
    browser = next((f"{name} {found[1]}" for name, sign in BROWSERS if (found := re.search(sign, user_agent))), "")
    system = next((name for name, sign in SYSTEMS if re.search(sign, user_agent)), "")
    if not browser:
        return user_agent
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser
