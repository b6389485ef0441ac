"""Celery doors of the roof."""

from celery import shared_task
from django.core.cache import cache

from core import pdf
from core.sweeps import claim_period
from taskforce.home import vigil

DAY = 86400  # seconds between two verifications of the history
KEPT = 120  # seconds an answer waits for its reader
PAGE = "<html lang='en'><body><h1>{}</h1><p>Task Force · Équipe spéciale · فرقة العمل · 工作队</p></body></html>"


@shared_task
def verify_history() -> None:
    """Verify the history, once a day."""
    if claim_period("history", DAY):
        vigil.keep_watch()


@shared_task
def set_first_pdf(key: str) -> None:
    """Make a small PDF and put `bytes` or `problem` under `key` in the cache. For `manage.py first_pdf`."""
    try:
        made = pdf.render(PAGE.format("First page"), title="First page")
    except (pdf.PdfUnavailable, pdf.PdfFailed) as error:
        cache.set(key, {"problem": str(error)}, KEPT)
    else:
        cache.set(key, {"bytes": len(made)}, KEPT)
