"""A real worker on the real broker makes an edition."""

import pytest

from core.models import Job
from taskforce.briefings.models import Edition
from tests.briefings.scene import pack_of
from tests.cast import make_cast, signed_in
from tests.worker import celery_worker, eventually


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_the_edition_and_leads_to_it() -> None:
    cast = make_cast()
    pack = pack_of(cast, by=cast.alice)
    client = signed_in(cast.alice)
    with celery_worker():
        job_page = client.post(f"{pack.get_absolute_url()}editions/").url
        eventually(lambda: Job.objects.get().is_over)
    assert Job.objects.get().result_url == pack.get_absolute_url()
    assert pack.get_absolute_url() in client.get(job_page).content.decode()
    assert Edition.objects.get().file.read().startswith(b"%PDF-1.7")
