"""Requests for sight: of what is there and hidden, and of what is not there."""

from assessments.models import Assessment
from core.sensitivity import Sensitivity
from taskforce.home.matrix.world import A_TEAM, HOUSE, World, group
from taskforce.sight.actions import ask


def sight(world: World) -> None:
    """Charlie asks for sight of A's confidential assessment, Alice for what does not exist; nobody else learns of either."""
    hidden = Assessment.objects.get(lead=group("A").agency, sensitivity=Sensitivity.CONFIDENTIAL)
    deciders = A_TEAM - {"bob"} | HOUSE
    for word, name, letter, readers in (
        ("there", "charlie", "B", {"charlie"} | deciders),
        ("nowhere", "alice", "A", {"alice", "lea"}),
    ):
        mark = world.mark(f"asked-{word}", *readers)
        address = hidden.get_absolute_url() if word == "there" else "/nowhere/"
        world.opens(
            "sight:detail",
            ask(agency=group(letter).agency, reference=f"{address} {mark}", reason=mark, by=world.person(name)),
        )
    world.bodies["sight:ask"] = {"reference": hidden.title, "reason": "Work", "agency": group("B").agency.pk}
