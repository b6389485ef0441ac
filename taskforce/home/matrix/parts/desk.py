"""Packs, and what stands on the desks: an obligation, long work, a mail."""

import hashlib
import uuid

from agencies.models import (
    Mechanism,
    Obligation,
    ObligationKind,
)
from core import jobs, outbox
from core.dates import today
from core.files import store
from core.sensitivity import Sensitivity
from taskforce.briefings.access import Audience
from taskforce.briefings.models import Edition, Pack
from taskforce.home.matrix.world import B_TEAM, HOUSE, MEMBERS, World, group
from taskforce.reminders.models import Rule


def packs(world: World) -> None:
    """A pack for all members and one for the secretariat, each with an edition of each level, whatever its maker chose."""
    for audience, readers in ((Audience.MEMBERS, MEMBERS), (Audience.SECRETARIAT, HOUSE)):
        pack = Pack.objects.create(
            title=world.mark(f"pack-{audience}", *readers),
            mechanism=Mechanism.objects.get(slug="matrix"),
            as_of=today(),
            audience=audience,
            created_by=world.person("sam"),
        )
        world.opens("briefings:", pack)
        world.opens("home:why", pack, kind="pack")
        for level in Sensitivity:
            _edition(world, pack, level, readers & LEVEL[level])


LEVEL = {
    Sensitivity.UNCLASSIFIED: MEMBERS,
    Sensitivity.CONFIDENTIAL: HOUSE,
    Sensitivity.STRICTLY_CONFIDENTIAL: {"lea"},
}


def _edition(world: World, pack: Pack, level: Sensitivity, readers: set[str]) -> None:
    mark, sam = world.mark(f"edition-{level.name.lower()}", *readers), world.person("sam")
    edition = Edition.objects.create(
        pack=pack,
        number=level + 1,
        content={"title": mark},
        sha256=hashlib.sha256(mark.encode()).hexdigest(),
        file=store(name=f"{mark}.pdf", content_type="application/pdf", data=mark.encode()),
        job=jobs.start("matrix", subject=uuid.uuid4(), by=sam, label=pack.title),
        made_by=sam,
        sensitivity=level,
    )
    world.opens("briefings:download", edition)
    world.bodies["briefings:verify"] = {"sha256": edition.sha256}


def work(world: World) -> None:
    obligation = Obligation.objects.create(
        kind=ObligationKind.ACTION,
        agency=group("B").agency,
        what=world.mark("obligation", *B_TEAM, *HOUSE),
        page="home:tasks",
        subject_id=uuid.uuid4(),
        due_on=today(),
    )
    rule = Rule.objects.create(kind=ObligationKind.ACTION, days=-1)
    world.opens("reminders:rule", rule)
    world.opens("reminders:of", obligation)
    job = jobs.start("matrix", subject=None, by=world.person("alice"), label=world.mark("job", "alice", *HOUSE))
    world.opens("jobs:", job)
    message = outbox.enqueue(
        key="matrix", to="rc@example.org", subject=world.mark("mail", "ada", *HOUSE), text="Neutral."
    )
    for family in ("home:message", "home:mail_resolve"):
        world.opens(family, message)
