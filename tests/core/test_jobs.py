"""Long work shows its progress, can be cancelled, survives a killed worker, and is parked when it kills workers."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from core import jobs
from core.models import Job, JobState
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind():
    """A kind of work that counts to three; removed after the test."""
    steps: list[int] = []

    @jobs.work("test.count")
    def count(job: Job) -> str:
        for step in range(3):
            jobs.progress(job, step, 3, f"step {step}")
            steps.append(step)
        return "/result/"

    yield steps
    del jobs._work["test.count"]


def begin(cast: Cast) -> Job:
    return jobs.start("test.count", subject=cast.alice.pk, by=cast.alice, label="Count to three")


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_work_is_done_and_says_where_its_result_is(cast: Cast, kind: list[int]) -> None:
    job = begin(cast)
    jobs.run(job.pk)
    assert (fresh(job).state, fresh(job).percent, fresh(job).result_url) == (JobState.DONE, 100, "/result/")
    assert kind == [0, 1, 2]


def test_the_same_work_is_not_begun_twice_at_a_time(cast: Cast, kind: list[int]) -> None:
    assert begin(cast).pk == begin(cast).pk


def test_work_that_is_over_is_not_done_again(cast: Cast, kind: list[int]) -> None:
    job = begin(cast)
    jobs.run(job.pk)
    jobs.run(job.pk)
    assert kind == [0, 1, 2]


def test_waiting_work_is_cancelled_at_once(cast: Cast, kind: list[int]) -> None:
    job = begin(cast)
    jobs.ask_to_cancel(job)
    jobs.run(job.pk)
    assert (fresh(job).state, kind) == (JobState.CANCELLED, [])


def test_work_cancelled_the_moment_it_begins_is_not_done(cast: Cast) -> None:
    done: list[str] = []

    @jobs.work("test.silent")
    def work(job: Job) -> str:
        done.append(job.label)  # asks nobody whether to go on
        return "/result/"

    job = jobs.start("test.silent", subject=None, by=cast.alice, label="Stop me")
    jobs.ask_to_cancel(job)
    jobs._do(job)
    assert (fresh(job).state, done) == (JobState.CANCELLED, [])


def test_running_work_stops_at_its_next_step(cast: Cast) -> None:
    @jobs.work("test.cancelled")
    def work(job: Job) -> str:
        jobs.progress(job, 0, 2)
        jobs.ask_to_cancel(job)
        jobs.progress(job, 1, 2)
        raise AssertionError("went on")

    job = jobs.start("test.cancelled", subject=None, by=cast.alice, label="Stop me")
    jobs.run(job.pk)
    assert fresh(job).state == JobState.CANCELLED


def test_work_that_cannot_be_done_says_why(cast: Cast) -> None:
    @jobs.work("test.failing")
    def work(job: Job) -> str:
        raise jobs.Failed("No office has an address.")

    job = jobs.start("test.failing", subject=None, by=cast.alice, label="Fail")
    jobs.run(job.pk)
    assert (fresh(job).state, fresh(job).message) == (JobState.FAILED, "No office has an address.")


def test_an_unforeseen_error_is_logged_and_named_by_its_job(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    @jobs.work("test.broken")
    def work(job: Job) -> str:
        raise ZeroDivisionError("secret detail")

    job = jobs.start("test.broken", subject=None, by=cast.alice, label="Break")
    jobs.run(job.pk)
    assert fresh(job).state == JobState.FAILED
    assert str(job.pk) in fresh(job).message
    assert "secret detail" not in fresh(job).message
    assert "ZeroDivisionError" in caplog.text


def test_work_whose_worker_died_is_begun_again(cast: Cast, kind: list[int]) -> None:
    job = begin(cast)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=1)
    jobs.run(job.pk)
    assert fresh(job).state == JobState.DONE


def test_work_that_keeps_killing_its_worker_is_parked(cast: Cast, kind: list[int]) -> None:
    job = begin(cast)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=jobs.MAX_ATTEMPTS)
    jobs.run(job.pk)
    assert (fresh(job).state, kind) == (JobState.FAILED, [])


def test_work_that_gets_further_each_time_is_not_parked(cast: Cast, kind: list[int]) -> None:
    job = begin(cast)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, attempts=jobs.MAX_ATTEMPTS, furthest=40, furthest_before=20
    )
    jobs.run(job.pk)
    assert fresh(job).state == JobState.DONE


@pytest.mark.django_db(transaction=True)
@pytest.mark.django_db(transaction=True)
def test_work_that_lost_the_database_is_begun_again(cast: Cast) -> None:
    backends: list[int] = []

    @jobs.work("test.crash")
    def work(job: Job) -> str:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backends.append(cursor.fetchone()[0])
            if len(backends) == 1:
                cursor.execute("SELECT pg_terminate_backend(%s)", backends)
        return "/result/"

    job = jobs.start("test.crash", subject=None, by=cast.alice, label="Lose the database")
    with pytest.raises(OperationalError):
        jobs.run(job.pk)
    assert fresh(job).state == JobState.RUNNING
    jobs.sweep()
    jobs.run(job.pk)
    assert (fresh(job).state, len(set(backends))) == (JobState.DONE, 2)


def test_a_living_worker_is_left_alone(cast: Cast, kind: list[int]) -> None:
    job = begin(cast)
    key = int.from_bytes(job.pk.bytes[:8], "big", signed=True)
    held, done = threading.Event(), threading.Event()

    def living() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [key])
            held.set()
            done.wait(10)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
        connection.close()

    thread = threading.Thread(target=living)
    thread.start()
    held.wait(10)
    jobs.run(job.pk)
    assert fresh(job).state == JobState.QUEUED
    done.set()
    thread.join()
    jobs.run(job.pk)
    assert fresh(job).state == JobState.DONE


def test_one_sees_ones_own_work_and_the_secretariat_sees_all(cast: Cast, kind: list[int]) -> None:
    job = begin(cast)
    assert list(Job.objects.visible_to(cast.alice)) == [job]
    assert list(Job.objects.visible_to(cast.charlie)) == []
    assert list(Job.objects.visible_to(cast.sam)) == [job]
