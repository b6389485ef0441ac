"""A pack with its sections, and editions made of it, in a few words."""

import datetime as dt

from accounts.models import User
from assessments.models import Assessment
from core.models import Job
from taskforce.briefings.actions import Chosen, ask_for_edition, make_edition, make_pack
from taskforce.briefings.models import Edition, Pack
from tests.assessments.factories import AssessmentFactory, FlowFactory, answer
from tests.cast import Cast

DAY = dt.date(2026, 1, 15)


def assessed(cast: Cast, **fields) -> Assessment:
    """An assessment of the Task Force with one flow, one of its six questions agreed."""
    assessment = AssessmentFactory(mechanism=cast.task_force, lead=cast.agency_a, **fields)
    answer(FlowFactory(assessment=assessment, name="Timber"), 1, state="agreed", confidence="high")
    return assessment


def pack_of(cast: Cast, *chosen: Chosen, by: User | None = None, **fields) -> Pack:
    """A pack for the members, with the mechanism at a glance unless other sections are chosen."""
    given = {"title": "Briefing of the Principals", "as_of": DAY, "audience": "members", "language": "en"} | fields
    return make_pack(**given, mechanism=cast.task_force, chosen=chosen or [Chosen("at_a_glance")], by=by or cast.sam)


def issued(pack: Pack, by: User | None = None) -> Edition:
    """The next edition, really set."""
    job = ask_for_edition(pack=pack, by=by or pack.created_by)
    edition = make_edition(pack=pack, job=job, tell=lambda _done, _total, _what: None)
    Job.objects.filter(pk=job.pk).update(state="done")
    return edition
