"""Requests for a lower marking: of what not everybody sees."""

from assessments.models import Assessment
from core.sensitivity import Sensitivity
from taskforce.home.matrix.world import HOUSE, World, group
from taskforce.markings.actions import ask
from taskforce.markings.kinds import KINDS


def markings(world: World) -> None:
    """Alice asks for her agency's confidential assessment: she and the house read why, her colleagues do not."""
    subject = Assessment.objects.get(lead=group("A").agency, sensitivity=Sensitivity.CONFIDENTIAL)
    world.opens("markings:ask", subject, kind="assessment", subject=str(subject.pk))
    world.bodies["markings:ask"] = {"to": "0", "reason": "Work"}
    mark = world.mark("lowering", "alice", *HOUSE)
    asked = ask(kind=KINDS["assessment"], subject=subject, to=0, reason=mark, by=world.person("alice"))
    world.opens("markings:", asked)
    world.bodies["markings:detail"] = {"decision": "decline", "answer": "Not yet"}
