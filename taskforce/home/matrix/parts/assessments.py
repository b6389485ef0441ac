"""Assessments of each sensitivity, every part of them marked, and contributions to them."""

from django.utils import timezone

from agencies.models import (
    Mechanism,
)
from assessments.models import Assessment, Cell, CellState, Contribution, Estimate, Flow, Source
from assessments.workflow import ContributionStatus
from core.access import grant
from core.audit import signed
from core.dates import today
from core.files import store
from core.sensitivity import Sensitivity
from taskforce.home.matrix.world import A_TEAM, B_TEAM, HOUSE, MEMBERS, World, group


def assessments(world: World) -> None:
    plain = _assessment(world, "plain", "A", Sensitivity.UNCLASSIFIED, MEMBERS)
    confidential = _assessment(world, "confidential", "A", Sensitivity.CONFIDENTIAL, A_TEAM | HOUSE)
    granted = _assessment(world, "granted", "B", Sensitivity.CONFIDENTIAL, B_TEAM | A_TEAM | HOUSE)
    strict = _assessment(world, "strict", "B", Sensitivity.STRICTLY_CONFIDENTIAL, {*B_TEAM, "lea"})
    grant(group("A"), "assessments.view_assessment", granted)
    world.opens("assessments:", plain, confidential, granted, strict)
    for kind, family in (
        ("assessment", (plain, confidential, granted, strict)),
        ("contribution", Contribution.objects.all()),
    ):
        world.opens("home:why", *family, kind=kind)
    world.bodies["assessments:ask"] = {
        "agencies": [group("A").agency.pk],
        "what": "Seizures",
        "due_on_day": 1,
        "due_on_month": 6,
        "due_on_year": 2090,
    }
    world.opens("assessments:end_sight", granted, agency=group("A").agency.pk)


def _assessment(world: World, word: str, letter: str, level: Sensitivity, readers: set[str]) -> Assessment:
    """An assessment whose every part carries a mark; a contribution of agency B is its own and the lead's besides."""
    day = today()
    assessment = Assessment.objects.create(
        title=world.mark(f"assessment-{word}", *readers),
        area="Area",
        lead=group(letter).agency,
        mechanism=Mechanism.objects.get(slug="matrix"),
        sensitivity=level,
        planned_day=day,
        forecast_day=day,
        note=world.mark(f"note-{word}", *readers),
    )
    with signed(note=world.mark(f"why-{word}", *readers)):
        Assessment.objects.filter(pk=assessment.pk).update(area=world.mark(f"area-{word}", *readers))
    flow = Flow.objects.create(assessment=assessment, commodity="drugs", name=world.mark(f"flow-{word}", *readers))
    Cell.objects.create(flow=flow, question=1, text=world.mark(f"answer-{word}", *readers), state=CellState.DRAFT)
    source = Source.objects.create(assessment=assessment, title=world.mark(f"source-{word}", *readers))
    estimate = Estimate.objects.create(
        assessment=assessment, quantity=world.mark(f"estimate-{word}", *readers), unit="US$", method="None"
    )
    world.opens("assessments:source", assessment, part=source.pk)
    world.opens("assessments:estimate", assessment, part=estimate.pk)
    world.opens("assessments:move", assessment, name="start_collection")
    for question in (1, 2):
        world.opens("assessments:cell", assessment, flow=flow.pk, question=question)
    owners = readers & (B_TEAM | HOUSE | (A_TEAM if letter == "A" else set()))
    for status, families in CONTRIBUTIONS.items():
        contribution = _contribution(world, assessment, status, world.mark(f"{status}-{word}", *owners))
        for family in families:
            world.opens(f"assessments:{family}", contribution)
    return assessment


CONTRIBUTIONS = {
    ContributionStatus.ASKED: ("contribution", "submit", "withdraw"),
    ContributionStatus.ACCEPTED: ("contribution", "contribution_file", "accept", "return"),
}


def _contribution(world: World, assessment: Assessment, status: str, mark: str) -> Contribution:
    """What agency B was asked for, or gave with a file."""
    given = status == ContributionStatus.ACCEPTED
    return Contribution.objects.create(
        assessment=assessment,
        agency=group("B").agency,
        what=mark,
        due_on=today(),
        status=status,
        text=mark if given else "",
        file=store(name=f"{mark}.txt", content_type="text/plain", data=mark.encode()) if given else None,
        submitted_at=timezone.now() if given else None,
    )
