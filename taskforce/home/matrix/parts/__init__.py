"""What the world of the matrix is made of, in the order in which it is made."""

from taskforce.home.matrix.parts.assessments import assessments
from taskforce.home.matrix.parts.desk import packs, work
from taskforce.home.matrix.parts.letters import letters
from taskforce.home.matrix.parts.markings import markings
from taskforce.home.matrix.parts.register import identity_providers, imports, invitations, people, places
from taskforce.home.matrix.parts.sight import sight
from taskforce.home.matrix.world import World

PARTS = (people, places, identity_providers, imports, invitations, assessments, letters, packs, work, sight, markings)


def build() -> World:
    """The world, in the database of this process."""
    world = World()
    for part in PARTS:
        part(world)
    return world
