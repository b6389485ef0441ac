"""How the portal says moments and periods, the same on page, in mail and in PDF; and what it leaves out of the words of strangers."""

from __future__ import annotations

import datetime as dt
import re

from babel.dates import format_time, get_timezone_location
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.dates import locale, long_date

# Control characters, halves of characters, and what turns the direction of reading round.
UNFIT = re.compile("[\0-\x08\x0b-\x1f\x7f\ud800-\udfff\u202d\u202e]")


def legible(text: str) -> str:
    """Words as they can be kept and shown: without the signs that no text needs, some of which no database takes."""
    return UNFIT.sub("", text)


def comma() -> str:
    """What stands between two things said one after the other, as the language writes it."""
    return pgettext("between two things", ", ")


def zone_name(moment: dt.datetime) -> str:
    """UTC, or the offset and place of the zone: “UTC+07:00, Bangkok”."""
    offset = moment.utcoffset() or dt.timedelta()
    key = getattr(moment.tzinfo, "key", "UTC")
    if key in ("UTC", "Etc/UTC") or "/" not in key:
        return "UTC" if not offset else f"UTC{moment:%z}"
    sign, hours = ("−" if offset < dt.timedelta() else "+"), abs(offset)
    minutes = int(hours.total_seconds()) // 60
    place = get_timezone_location(moment.tzinfo, locale=locale(), return_city=True)
    return f"UTC{sign}{minutes // 60:02}:{minutes % 60:02}{comma()}{place}"


def long_moment(moment: dt.datetime) -> str:
    """21 November 2026, 17:00 (UTC+07:00, Bangkok): in the reader's zone, which is named."""
    local = timezone.localtime(moment)
    clock = format_time(local.time(), "HH:mm", locale=locale())
    return _("%(day)s, %(clock)s (%(zone)s)") % {
        "day": long_date(local.date()),
        "clock": clock,
        "zone": zone_name(local),
    }


def period(first: dt.date | None, last: dt.date | None) -> str:
    """A period with its first and last day included; open sides say so."""
    if first and last:
        return long_date(first) if first == last else f"{long_date(first)} – {long_date(last)}"
    if first:
        return _("since %(day)s") % {"day": long_date(first)}
    return _("until %(day)s") % {"day": long_date(last)} if last else _("always")
