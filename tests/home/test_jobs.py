"""Long work on its pages: one's own, its bar, its end, and cancelling it."""

import uuid

import pytest

from core import jobs
from core.models import Job, JobState
from tests.cast import Cast, signed_in
from tests.queries import queries_of


def begin(cast: Cast, **facts) -> Job:
    job = jobs.start("test.work", subject=uuid.uuid4(), by=cast.alice, label="Make a pack")
    Job.objects.filter(pk=job.pk).update(**facts)
    return Job.objects.get(pk=job.pk)


def test_one_sees_how_far_ones_work_is(cast: Cast) -> None:
    job = begin(cast, state=JobState.RUNNING, done=30, total=120, message="page 30")
    page = signed_in(cast.alice).get(f"/jobs/{job.pk}/").content.decode()
    assert '<progress class="portal-progress__bar" max="100" value="25"' in page
    assert "page 30" in page
    assert f'hx-get="/jobs/{job.pk}/"' in page


def test_without_a_script_the_page_loads_itself_again_until_the_end(cast: Cast) -> None:
    running, done = begin(cast, state=JobState.RUNNING), begin(cast, state=JobState.DONE, result_url="/packs/")
    alice = signed_in(cast.alice)
    refresh = '<noscript><meta http-equiv="refresh"'
    assert refresh in alice.get(f"/jobs/{running.pk}/").content.decode()
    assert refresh not in alice.get(f"/jobs/{done.pk}/").content.decode()


def test_the_bar_asks_for_its_part_alone(cast: Cast) -> None:
    job = begin(cast, state=JobState.RUNNING)
    part = signed_in(cast.alice).get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'id="work"' in part


def test_work_that_is_done_leads_to_its_result(cast: Cast) -> None:
    job = begin(cast, state=JobState.DONE, result_url="/packs/one/")
    page = signed_in(cast.alice).get(f"/jobs/{job.pk}/").content.decode()
    assert 'href="/packs/one/"' in page
    assert "Cancel this work" not in page
    assert "hx-get" not in page


def test_work_that_failed_says_why(cast: Cast) -> None:
    job = begin(cast, state=JobState.FAILED, message="The disk is full.")
    assert "The disk is full." in signed_in(cast.alice).get(f"/jobs/{job.pk}/").content.decode()


def test_cancelling_asks_first(cast: Cast) -> None:
    job = begin(cast)
    alice = signed_in(cast.alice)
    assert "Let it go on" in alice.get(f"/jobs/{job.pk}/cancel/").content.decode()
    assert Job.objects.get(pk=job.pk).state == JobState.QUEUED
    assert alice.post(f"/jobs/{job.pk}/cancel/").url == f"/jobs/{job.pk}/"
    assert Job.objects.get(pk=job.pk).state == JobState.CANCELLED


def test_what_is_over_is_not_cancelled(cast: Cast) -> None:
    job = begin(cast, state=JobState.DONE)
    signed_in(cast.alice).post(f"/jobs/{job.pk}/cancel/")
    assert Job.objects.get(pk=job.pk).state == JobState.DONE


def test_work_of_others_does_not_exist(cast: Cast) -> None:
    job = begin(cast)
    charlie = signed_in(cast.charlie)
    assert [charlie.get(f"/jobs/{job.pk}/{page}").status_code for page in ("", "cancel/")] == [404, 404]
    assert charlie.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert Job.objects.get(pk=job.pk).state == JobState.QUEUED


def test_the_secretariat_may_cancel_what_others_asked_for(cast: Cast) -> None:
    job = begin(cast)
    signed_in(cast.sam).post(f"/jobs/{job.pk}/cancel/")
    assert Job.objects.get(pk=job.pk).state == JobState.CANCELLED


@pytest.mark.parametrize("address", ["/jobs/", "/jobs/{pk}/"])
def test_pages_are_only_read(cast: Cast, address: str) -> None:
    assert signed_in(cast.alice).post(address.format(pk=begin(cast).pk)).status_code == 405


def test_the_list_takes_the_same_queries_for_many(cast: Cast) -> None:
    def queries(rows: int) -> int:
        for _row in range(rows):
            begin(cast)
        return queries_of(signed_in(cast.alice), "/jobs/")

    assert queries(1) == queries(60)
