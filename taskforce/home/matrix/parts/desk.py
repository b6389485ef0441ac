"""Packs, and what stands on the desks: an obligation, long work, a mail."""

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
from taskforce.home.matrix.world import HOUSE, MEMBERS, World, group
from taskforce.reminders.models import Rule


def packs(world: World) -> None:
    """A pack for all members and a confidential one for the secretariat, each with an edition."""
    for audience, level, readers in (
        (Audience.MEMBERS, Sensitivity.UNCLASSIFIED, MEMBERS),
        (Audience.SECRETARIAT, Sensitivity.CONFIDENTIAL, HOUSE),
    ):
        mark = world.mark(f"pack-{audience}", *readers)
        sam = world.person("sam")
        pack = Pack.objects.create(
            title=mark, mechanism=Mechanism.objects.get(slug="matrix"), as_of=today(), audience=audience, created_by=sam
        )
        job = jobs.start("matrix", subject=pack.pk, by=sam, label=mark)
        edition = Edition.objects.create(
            pack=pack,
            number=1,
            content={"title": mark},
            sha256="0" * 64,
            file=store(name="pack.pdf", content_type="application/pdf", data=mark.encode()),
            job=job,
            made_by=sam,
            sensitivity=level,
        )
        world.opens("briefings:", pack)
        world.opens("home:why", pack, kind="pack")
        world.opens("briefings:download", edition)


def work(world: World) -> None:
    obligation = Obligation.objects.create(
        kind=ObligationKind.ACTION,
        agency=group("B").agency,
        what=world.mark("obligation", "charlie", *HOUSE),
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
