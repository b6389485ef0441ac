"""Celery doors of the packs."""

from functools import partial

from django.utils.translation import gettext as _

from core.access import can
from core.files import StorageFull
from core.jobs import Failed, progress, work
from core.models import Job
from core.pdf import PdfFailed, PdfUnavailable
from taskforce.briefings.actions import KIND, make_edition
from taskforce.briefings.models import Pack
from taskforce.briefings.sections import NotOpen


@work(KIND)
def edition(job: Job) -> str:
    """Make the next edition of a pack; the rights of who asked are checked once more."""
    packs = Pack.objects.visible_to(job.requested_by).select_related("mechanism")
    pack = packs.filter(pk=job.subject_id).first() if job.subject_id else None
    if pack is None or not can(job.requested_by, "briefings.make_pack", pack):
        raise Failed(_("You may no longer make this pack."))
    try:
        make_edition(pack=pack, job=job, tell=partial(progress, job))
    except (NotOpen, PdfFailed, PdfUnavailable, StorageFull) as error:
        raise Failed(str(error)) from error
    return pack.get_absolute_url()
