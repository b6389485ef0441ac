"""Small words of the register's pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from agencies import documents
from agencies.models import Agency
from agencies.views import shown
from core import tags
from core.dates import AsOf, Dated, long_date
from core.tags import State

register = template.Library()

STANDING = tags.register(
    "standing",
    {
        "holds": State(_("Holds"), "green"),
        "ended": State(_("Ended"), "grey"),
        "to_come": State(_("To come"), "blue"),
    },
)


@register.filter
def kept(url: str, moment: AsOf) -> str:
    """The address with the day that this page shows."""
    return shown.kept(url, moment)


@register.simple_tag
def held(row: Dated) -> str:
    """The time a fact held, its last day included."""
    return documents.held(row)


@register.simple_tag
def absence(seat: Any) -> str:
    """That the holder of a seat, loaded `with_absence`, is absent, and who stands in; nothing for who is present."""
    if not seat.absent_until:
        return ""
    words = {"day": long_date(seat.absent_until), "alternate": seat.stand_in}
    said = _("absent until %(day)s, alternate %(alternate)s") if seat.stand_in else _("absent until %(day)s")
    return str(said % words)


@register.filter
def language_name(code: str) -> str:
    """A language's name in the reader's own."""
    return str(get_language_info(code)["name_translated"])


@register.inclusion_tag("includes/tag.html")
def standing(row: Dated, moment: AsOf) -> dict[str, Any]:
    """Whether a dated fact holds on the day shown, has ended or is still to come."""
    return {"state": tags.state("standing", _standing(row, moment))}


def _standing(row: Dated, moment: AsOf) -> str:
    if row.holds_on(moment.day):
        return "holds"
    return "to_come" if row.first_day and row.first_day > moment.day else "ended"


@register.filter
def last_name(agency: Agency) -> str:
    """The last English name of an agency whose names are loaded."""
    english = [name for name in agency.names.all() if name.language == "en"]
    return english[-1].name if english else str(agency.pk)
