"""A sample pack: chosen, with no edition yet; a person makes the first one."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from agencies.models import Mechanism
from assessments.models import Assessment
from taskforce.briefings.actions import Chosen, make_pack
from taskforce.briefings.models import Pack

TITLE = "Briefing of the Principals, end of June 2012"
DAY = dt.date(2012, 6, 30)


def load(scale: int = 1) -> None:
    """One pack whatever the scale; loading twice adds nothing."""
    by = User.objects.filter(is_sample=True, role_assignments__role="secretariat").first()
    mechanism = Mechanism.objects.filter(slug="task-force").first()
    if by is None or mechanism is None or Pack.objects.filter(title=TITLE).exists():
        return
    open_to_all = Assessment.objects.filter(mechanism=mechanism, sensitivity=0, flows__isnull=False)
    assessment = open_to_all.order_by("planned_day", "pk").first()
    chosen = [Chosen("at_a_glance"), Chosen("schedule")]
    chosen += [Chosen("heat_map", assessment.pk)] if assessment else []
    make_pack(title=TITLE, mechanism=mechanism, as_of=DAY, audience="members", language="en", chosen=chosen, by=by)
