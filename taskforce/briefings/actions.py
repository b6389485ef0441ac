"""What is done with packs: choose, ask for an edition, make it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies.models import Mechanism
from core import jobs, pdf
from core.files import store
from core.kept import sentence
from core.models import Job
from taskforce.briefings import sections
from taskforce.briefings.access import Reader
from taskforce.briefings.documents import PackDocument, chapters, frozen
from taskforce.briefings.models import Choice, Edition, Pack
from taskforce.briefings.sections import Order

if TYPE_CHECKING:
    from accounts.models import User

KIND = "briefings.edition"
EDITION = sentence(gettext_noop("Edition of “%(title)s”"))
SHEETS = (*pdf.SHEETS, "css/pack.css")

Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Chosen:
    """A section as chosen in the form."""

    section: str
    subject_id: uuid.UUID | None = None


@transaction.atomic
def make_pack(
    *,
    title: str,
    mechanism: Mechanism,
    as_of: dt.date,
    audience: str,
    language: str,
    chosen: Sequence[Chosen],
    by: User,
) -> Pack:
    """Keep the choice of a pack. Its first edition is asked for separately."""
    pack = Pack.objects.create(
        title=title, mechanism=mechanism, as_of=as_of, audience=audience, language=language, created_by=by
    )
    Choice.objects.bulk_create(
        Choice(pack=pack, place=place, section=each.section, subject_id=each.subject_id)
        for place, each in enumerate(chosen, start=1)
    )
    return pack


def ask_for_edition(*, pack: Pack, by: User) -> Job:
    """Have the next edition made in the background; while one is being made, that job is returned."""
    label = EDITION % {"title": pack.title[:150]}
    return jobs.start(KIND, subject=pack.pk, by=by, label=label)


def make_edition(*, pack: Pack, job: Job, tell: Tell) -> Edition:
    """Gather, set and freeze the next edition. Asked again for the same job, returns what that job made.

    `tell` moves the bar. Raises sections.NotOpen, pdf.PdfFailed, pdf.PdfUnavailable, core.files.StorageFull.
    """
    if made := Edition.objects.filter(job=job).first():
        return made
    with translation.override(pack.language):
        document = gather(pack, timezone.now(), tell)
        tell(len(document.chapters), len(document.chapters) + 1, _("Setting the pages"))
        data = typeset(document)
    return _freeze(pack, document, data, job)


def gather(pack: Pack, now: dt.datetime, tell: Tell) -> PackDocument:
    """The finished values of every section, with the rights of the audience."""
    reader, choices = Reader(pack.audience), list(pack.choices.all())
    parts = []
    for done, choice in enumerate(choices):
        section = sections.get(choice.section)
        tell(done, len(choices) + 1, str(section.label))
        order = Order(pack.mechanism, pack.as_of, reader, now, choice.subject_id)
        parts.append((str(section.label), section.template, section.gather(order)))
    return PackDocument(
        title=pack.title,
        mechanism=pack.mechanism.name,
        audience=pack.get_audience_display(),
        language=pack.language,
        as_of=pack.as_of,
        number=pack.editions.count() + 1,
        made_at=now,
        chapters=chapters(parts),
    )


def typeset(document: PackDocument) -> bytes:
    """The PDF of a pack."""
    html = render_to_string("briefings/pdf/pack.html", {"pack": document, "title": document.title})
    return pdf.render(html, title=document.title, language=document.language, marking=document.marking, sheets=SHEETS)


@transaction.atomic
def _freeze(pack: Pack, document: PackDocument, data: bytes, job: Job) -> Edition:
    """Keep the edition with the hash of its PDF. Two jobs cannot meet here: one pack has one job at a time."""
    file = store(
        name=f"pack-{pack.as_of}-{document.made_at:%Y-%m-%dT%H%M%SZ}.pdf",
        content_type="application/pdf",
        data=data,
        by=job.requested_by,
    )
    return Edition.objects.create(
        pack=pack,
        number=document.number,
        content=frozen(document),
        sensitivity=document.sensitivity,
        tlp=document.tlp,
        sha256=file.sha256,
        file=file,
        job=job,
        made_by=job.requested_by,
    )
