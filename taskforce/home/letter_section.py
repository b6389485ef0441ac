"""The section of a briefing pack that tells of a letter and its answers.

Packs and letters are siblings and never import each other; the roof, which knows both, offers this section.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.sensitivity import TLP, Sensitivity
from taskforce.briefings import sections
from taskforce.briefings.documents import Content, Figure
from taskforce.briefings.sections import Order, Section, the_subject
from taskforce.letters.documents import LetterFigures, figures
from taskforce.letters.models import Letter


def subjects(reader: Any) -> Any:
    """The letters a reader may see."""
    return Letter.objects.visible_to(reader)


def gather(order: Order) -> Content:
    """What became of the chosen letter, as recorded when the pack is made."""
    letter = the_subject(order, subjects)
    found = figures(letter)
    return Content(
        values=found,
        figures=_key_figures(found, timezone.localdate(order.now)),
        sensitivity=Sensitivity(letter.sensitivity),
        tlp=TLP(letter.tlp),
    )


def _key_figures(found: LetterFigures, day: dt.date) -> dict[str, Figure]:
    sent = _("Dispatch of letter %(reference)s: states of its messages") % {"reference": found.reference}
    answers = _("Acknowledgements of letter %(reference)s recorded in the portal") % {"reference": found.reference}
    return {
        "offices": Figure(_("Offices to which it was sent"), str(found.offices), sent, day),
        "countries": Figure(_("Countries and territories they serve"), str(found.countries), sent, day),
        "reached": Figure(_("Offices whose message the relay took"), str(found.offices_reached), sent, day),
        "acknowledged": Figure(_("Offices that acknowledged"), str(found.acknowledged), answers, day),
    }


SECTION = sections.register(
    Section(
        key="letter",
        place=4,
        label=gettext_lazy("A letter and its answers"),
        what=gettext_lazy("To whom it went, how far it got, who acknowledged, how each invitation was answered."),
        template="briefings/pdf/letter.html",
        gather=gather,
        subjects=subjects,
        subject_label=gettext_lazy("Letter"),
    )
)
